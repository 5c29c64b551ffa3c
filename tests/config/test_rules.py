from typing import Any

import pytest

from openai_mock_api.config import model
from tests.config.test_turn_rules import found

SAYS = {"role": "assistant", "content": "x"}
RESPONSE = {"id": "a", "messages": [SAYS]}
CONFIG = {"api_key": "k", "responses": [RESPONSE]}


@pytest.mark.parametrize(
    "data",
    [
        CONFIG,
        {**CONFIG, "api_key": None},
        {**CONFIG, "api_keys": ["a"]},
        {**CONFIG, "port": 0, "host": "0.0.0.0", "models": ["a"], "unmatched": "auto"},
        {**CONFIG, "responses": [{**RESPONSE, "when": {"model": ["a*"], "stream": False, "body": {"a.b": None}}}]},
    ],
)
def test_what_is_right(data: dict[str, Any]) -> None:
    assert found(data, model.MockConfig) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"api_key": ""}, "api_key: is empty; give a key, or null to accept any"),
        ({"api_keys": ["a", ""]}, "api_keys[1]: is empty; give a key"),
        ({"api_key": None, "api_keys": ["a"]},
         "api_keys: has no effect beside `api_key: null`, which accepts any key; remove one"),
        ({"port": 65536}, "port: expected 0 to 65535, got 65536"),
        ({"port": -1}, "port: expected 0 to 65535, got -1"),
        ({"host": ""}, "host: is empty; for all interfaces write 0.0.0.0"),
        ({"models": [""]}, "models[0]: is empty; name a model"),
        ({"include": [""]}, "include[0]: is empty; name a file"),
        ({"organization": "a\rb"}, "organization: a header cannot hold line breaks or control characters"),
        ({"max_body_bytes": 0}, "max_body_bytes: expected 1 or more, got 0"),
        ({"journal": {"exchanges": 0}}, "journal.exchanges: expected 1 or more, got 0"),
        ({"unmatched": "ech"}, "unmatched: 'ech' is not a policy for unmatched calls; did you mean 'echo'? "
                               "(error, echo, auto)"),
    ],
)  # fmt: skip
def test_what_is_wrong_at_the_top(fields: dict[str, Any], said: str) -> None:
    assert found({**CONFIG, **fields}, model.MockConfig) == [said]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": " "}, "id: is empty; give the response a name"),
        ({"messages": []}, "messages: is empty; a response needs at least one message from the assistant"),
        ({"messages": [{"role": "user", "content": "x"}]},
         "messages: has no assistant message to answer with; add one"),
        ({"when": {"model": ""}}, "when.model: holds an empty pattern, which no request fits; for any model write '*'"),
        ({"when": {"model": []}}, "when.model: is an empty list, which no request fits; remove it, or list what fits"),
        ({"when": {"endpoint": []}},
         "when.endpoint: is an empty list, which no request fits; remove it, or list what fits"),
        ({"when": {"tools": [""]}}, "when.tools[0]: is empty; name a tool"),
        ({"when": {"headers": {"": "x"}}},
         'when.headers[""]: not a name for a header; use letters, digits and hyphens'),
        ({"when": {"body": {"a..b": 1}}}, 'when.body["a..b"]: not a path into the body; write it as `metadata.plan`'),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_response(fields: dict[str, Any], said: str) -> None:
    assert found({**RESPONSE, **fields}, model.MockResponse) == [said]


def test_an_included_file_names_files() -> None:
    assert found({"include": [""]}, model.IncludedFile) == ["include[0]: is empty; name a file"]


@pytest.mark.parametrize(
    "fields",
    [{"messages": "x"}, {"messages": [{"role": "x"}]}, {"id": []}],
)
def test_one_fault_is_not_reported_twice(fields: dict[str, Any]) -> None:
    assert len(found({**RESPONSE, **fields}, model.MockResponse)) == 1
