from typing import Any

import pytest

from openai_mock_api.authoring.importing import FORMATS
from openai_mock_api.config.load import load_text
from openai_mock_api.errors import ConfigError
from tests.authoring.imports import imported

FILES: list[tuple[str, Any]] = [
    ("aimock", {"fixtures": [{"match": {}, "response": {"content": "Hi"}}]}),
    ("mockllm", {"responses": {"Hello": "Hi"}}),
    ("fakellm", {"rules": [{"respond": {"content": "Hi"}}]}),
    ("openai-responses", [{"choices": [{"message": {"content": "Hi"}}]}]),
]


@pytest.mark.parametrize(("tool", "data"), FILES)
def test_a_format_is_recognised(tool: str, data: Any) -> None:
    made = imported(data)
    assert made.tool == tool
    assert made.text.startswith(f"# Made from source ({tool}) by openai-mock-api import.\napi_key: test-key\n")
    assert load_text(made.text).config.responses
    assert imported(data, tool) == made


@pytest.mark.parametrize(("tool", "data"), FILES)
def test_a_file_of_another_tool_is_refused(tool: str, data: Any) -> None:
    other = next(name for name in FORMATS if name != tool)
    with pytest.raises(ConfigError, match=f"source  is not of {other}, which is "):
        imported(data, other)


@pytest.mark.parametrize("text", ["", "text", "[]", "{}", "responses: []", '[{"choices": 3}]'])
def test_what_is_of_no_format_is_told_which_there_are(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        imported(text)
    assert str(caught.value).startswith("source  is of no format that is known: aimock is a mapping with `fixtures`")


BROKEN = [
    {"fixtures": [{"match": {}, "response": {"toolCalls": [3]}}]},
    {"fixtures": [{"match": {"sequenceIndex": "x"}, "response": {"content": "a"}}] * 2 + [
        {"match": {"sequenceIndex": 1}, "response": {"content": "a"}}]},
    {"rules": [{"respond": {"tool_calls": [{"arguments": {}}]}}]},
    {"responses": {"a": "b"}, "settings": {"lag_enabled": True, "lag_factor": "x"}},
    [{"choices": [3]}],
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_what_is_broken_inside_is_refused(data: Any) -> None:
    with pytest.raises(ConfigError, match="correct it, or choose --from"):
        imported(data)


def test_a_text_that_cannot_be_read_says_where() -> None:
    with pytest.raises(ConfigError, match=r"line 2, column 1 of source"):
        imported("{a")


def test_where_nothing_is_left_everything_that_was_is_said() -> None:
    with pytest.raises(ConfigError) as caught:
        imported({"fixtures": [{"match": {}, "response": {"image": {}}}]})
    assert str(caught.value).splitlines()[-1] == "nothing could be carried over"
    assert "image is no chat answer" in str(caught.value)


def test_what_cannot_be_served_is_an_error() -> None:
    with pytest.raises(ConfigError, match="expected 400 to 599, got 200"):
        imported({"fixtures": [{"match": {}, "response": {"error": {"message": "m"}, "status": 200}}]})


def test_variables_in_texts_stay_texts() -> None:
    made = imported({"responses": {"${HOME}": "$${PATH:-x}"}})
    expected, turn = load_text(made.text).config.responses[0].messages
    assert (expected.content, turn.content) == ("${HOME}", "$${PATH:-x}")
