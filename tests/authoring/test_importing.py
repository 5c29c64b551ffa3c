from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.authoring.importing import FORMATS
from openai_mock_api.config.load import load_text
from openai_mock_api.errors import ConfigError
from tests.authoring.imports import imported, remarks

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


WORDS = (
    "match", "response", "userMessage", "systemMessage", "turnIndex", "sequenceIndex", "toolCallId", "model", "content",
    "toolCalls", "blocks", "error", "usage", "streamingProfile", "latency", "when", "respond", "messages_contain",
    "turn", "tool_calls", "status", "message", "finish_reason", "name", "arguments", "lag_enabled", "lag_factor",
    "unknown_response", "fallback", "id", "function", "custom", "annotations",
)  # fmt: skip
HELLO = {"match": {"userMessage": "Hello"}, "response": {"content": "Hi"}}
OTHER = "left out; something in it is not of the type that it has there"
BROKEN: list[tuple[Any, list[str]]] = [
    ({"fixtures": [{"match": {}, "response": {"toolCalls": [3]}}, HELLO]}, [f"fixtures[0]: {OTHER}"]),
    (
        {"fixtures": [{"match": {"sequenceIndex": x}, "response": {"content": "a"}} for x in ("x", 1)] + [HELLO]},
        [f"fixtures[0]: {OTHER}"],
    ),
    (
        {"fixtures": [HELLO, {"match": {}, "response": {"error": {"message": "m"}, "status": 200}}]},
        ["fixtures[1]: left out; expected 400 to 599, got 200"],
    ),
    ({"rules": [{"when": 3}, {"respond": {"content": "Hi"}}]}, [f"rules[0]: {OTHER}"]),
    (
        {"rules": [{"respond": {"content": "Hi"}}, {"respond": {"tool_calls": [{"arguments": {}}]}}]},
        [f"rules[1]: {OTHER}"],
    ),
    ({"rules": [{"respond": {"content": "Hi"}}], "defaults": 3}, [f"defaults: {OTHER}"]),
    (
        {"responses": {"a": "b"}, "settings": {"lag_enabled": True, "lag_factor": "x"}, "defaults": [1]},
        [f"settings: {OTHER}", f"defaults: {OTHER}"],
    ),
    (
        {"responses": {"": "b", "a": "b"}},
        ['responses[""]: left out; a user message needs `content`; for any text write `matcher: any`'],
    ),
    ([{"choices": [3]}, {"choices": [{"message": {"content": "Hi"}}]}], [f"[0]: {OTHER}"]),
]


@pytest.mark.parametrize(("data", "left"), BROKEN)
def test_what_is_broken_is_left_out_and_the_rest_carried_over(data: Any, left: list[str]) -> None:
    assert remarks(data) == left
    assert load_text(imported(data).text).config.responses


def test_a_text_that_cannot_be_read_says_where() -> None:
    with pytest.raises(ConfigError, match=r"line 2, column 1 of source"):
        imported("{a")


def test_where_nothing_is_left_everything_that_was_is_said() -> None:
    with pytest.raises(ConfigError) as caught:
        imported({"fixtures": [{"match": {}, "response": {"image": {}}}]})
    assert str(caught.value).splitlines()[-1] == "nothing could be carried over"
    assert "image is no chat answer" in str(caught.value)


def test_variables_in_texts_stay_texts() -> None:
    made = imported({"responses": {"${HOME}": "$${PATH:-x}"}})
    expected, turn = load_text(made.text).config.responses[0].messages
    assert (expected.content, turn.content) == ("${HOME}", "$${PATH:-x}")


def test_a_list_of_pairs_is_no_section_of_settings() -> None:
    made = imported({"responses": {"Hello": "Hi"}, "settings": [[1, None]], "defaults": [[None, None]]}, "mockllm")
    left_out = "left out; something in it is not of the type that it has there"
    assert [(left.path, left.message) for left in made.remarks] == [("settings", left_out), ("defaults", left_out)]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(FILES), JUNK, JUNK)
def test_whatever_stands_in_a_file_is_carried_over_or_told(file: tuple[str, Any], first: Any, second: Any) -> None:
    tool, data = file
    entries = {"aimock": "fixtures", "mockllm": "responses", "fakellm": "rules"}
    if tool == "openai-responses":
        made = {**data[0], "choices": [first, second]}
    elif tool == "mockllm":
        made = {**data, entries[tool]: {"a": first, "b": second}, "defaults": first, "settings": second}
    else:
        made = {entries[tool]: [*data[entries[tool]], first, second], "defaults": second}
    text = carried(made, tool)
    if text.endswith("nothing could be carried over"):
        assert tool == "openai-responses"  # where all of a file is one conversation
    else:
        assert load_text(text).config.responses


def carried(data: Any, tool: str) -> str:
    """Return what data became, or what is said of it."""
    try:
        return imported(data, tool).text
    except ConfigError as error:
        return str(error)
