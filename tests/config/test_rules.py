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
        {**CONFIG, "validation": "warn", "context_windows": {"my-*": 8192}},
        {**CONFIG, "limits": {}},
        {**CONFIG, "limits": {"requests_per_minute": 1, "tokens_per_minute": None, "per": "key"}},
        {
            **CONFIG,
            "limits": {"models": {"gpt-*": {"tokens_per_minute": 9}}, "keys": {"k": {"requests_per_minute": 1}}},
        },
        {**CONFIG, "api_key": None, "limits": {"keys": {"any": {"requests_per_minute": None}}}},
        {"responses": [RESPONSE], "limits": {"keys": {"test-key": {"requests_per_minute": 1}}}},
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
        ({"azure": {"deployments": {"a/b": "gpt-4o"}}},
         'azure.deployments["a/b"]: is no name for a deployment; use letters, digits and hyphens'),
        ({"azure": {"deployments": {"mine": ""}}}, "azure.deployments.mine: is empty; name a model"),
        ({"namespaces": {"max": 0}}, "namespaces.max: expected 1 or more, got 0"),
        ({"admin_key": ""}, "admin_key: is empty; give a key, or remove it"),
        ({"resources": {"objects": 0}}, "resources.objects: expected 1 or more, got 0"),
        ({"resources": {"bytes": -1}}, "resources.bytes: expected 1 or more, got -1"),
        ({"resources": {"missing": "synthesise"}},
         "resources.missing: 'synthesise' is not a policy for unknown ids; did you mean 'synthesize'? "
         "(not_found, synthesize)"),
        ({"limits": {"requests_per_minute": 0}},
         "limits.requests_per_minute: expected 1 or more, or null for any number, got 0"),
        ({"limits": {"models": {"a*": {"tokens_per_minute": -5}}}},
         'limits.models["a*"].tokens_per_minute: expected 1 or more, or null for any number, got -5'),
        ({"limits": {"per": "model"}}, "limits.per: says who shares limits, but there are none; give "
                                       "`requests_per_minute` or `tokens_per_minute`"),
        ({"limits": {"requests_per_minute": 1, "per": "modl"}}, "limits.per: 'modl' is not a way to share limits; did "
                                                               "you mean 'model'? (key_and_model, key, model, all)"),
        ({"limits": {"models": {"": {"requests_per_minute": 1}}}},
         "limits.models[\"\"]: is an empty pattern, which no model fits; for any model write '*'"),
        ({"limits": {"models": {"a": {}}}}, "limits.models.a: says nothing; give `requests_per_minute` or "
                                            "`tokens_per_minute`, null for any number"),
        ({"limits": {"models": {"a": {"requests_per_minute": "few"}}}},
         "limits.models.a.requests_per_minute: expected an integer or null, got text 'few'"),
        ({"limits": {"keys": {"z": {"requests_per_minute": 1}}}},
         "limits.keys.z: no client may send this key; add it to `api_keys`, or remove it"),
        ({"api_key": [], "limits": {"keys": {"k": {"requests_per_minute": 1}}}},
         "api_key: expected text or null, got a list"),
        (
            {"validation": "of"},
            "validation: 'of' is not a level of validation; did you mean 'off'? (strict, warn, off)",
        ),
        ({"context_windows": {"my-model": 0}}, "context_windows.my-model: expected 1 or more, got 0"),
        ({"context_windows": {"": 5}}, 'context_windows[""]: is empty; name a model'),
        ({"context_windows": {"a": "5k"}}, "context_windows.a: expected an integer, got text '5k'"),
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


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({}, ["expects nothing; name what the request must hold, such as `tools`"]),
        ({"mode": "hard"}, ["expects nothing; name what the request must hold, such as `tools`"]),
        ({"tools": [""]}, ["tools[0]: is empty; name a tool"]),
        ({"body": {"a..b": 1}}, ['body["a..b"]: not a path into the body; write it as `metadata.plan`']),
        ({"system": {}}, ["system: needs `content`, the text to compare with"]),
        ({"system": {"content": "x", "matcher": "any"}},
         ["system.content: `matcher: any` takes no content; remove one of them"]),
        ({"user": {"content": "(", "matcher": "regex"}}, ["user.content: does not compile: missing ) at position 1"]),
        ({"user": {"matcher": "any", "not": True}},
         ["user.not: inverts a matcher that fits every text, so nothing would fit"]),
        ({"user": {"content": "x", "matcher": "fuzzy", "threshold": 2}},
         ["user.threshold: expected a number from 0 to 1, got 2"]),
        ({"mode": "loud", "stream": True}, ["mode: 'loud' is not a mode; expected one of: soft, hard"]),
        ({"system": "x", "user": {"content": "y"}, "schema": {"type": "object"}}, []),
        ({"model": "gpt-*", "endpoint": "chat", "headers": {"x-a": "*"}, "response_format": "text"}, []),
    ],
)  # fmt: skip
def test_what_a_turn_may_expect(expect: dict[str, Any], said: list[str]) -> None:
    assert found(expect, model.Expect) == said
