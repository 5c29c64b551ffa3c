import datetime
import math
from types import MappingProxyType
from typing import Any

import pytest

from openai_mock_api.config.conversion import UNREAD, Conversion
from openai_mock_api.config.model import ConversationMessage, MockConfig, MockResponse, ToolCall, ToolFunction
from openai_mock_api.config.reading import Document, read


def converted(data: Any, annotation: Any = MockConfig) -> tuple[Any, list[str]]:
    conversion = Conversion(Document(data))
    value = conversion.read(data, annotation)
    return value, [str(p) for p in conversion.document.problems(conversion.faults)]


def message(**fields: Any) -> Any:
    return converted({"role": "user", **fields}, ConversationMessage)


def test_plain_data_becomes_structs() -> None:
    data = {
        "apiKey": "k",
        "port": 1,
        "responses": [
            {"id": "a", "messages": [{"role": "user", "content": "x", "not": True}, {"role": "assistant"}]},
        ],
    }
    config, problems = converted(data)
    assert problems == []
    messages = [ConversationMessage(role="user", content="x", not_=True), ConversationMessage(role="assistant")]
    assert config == MockConfig(api_key="k", port=1, responses=[MockResponse(id="a", messages=messages)])


def test_structs_and_other_mappings_are_taken_too() -> None:
    response = MockResponse(id="a", messages=[ConversationMessage(role="user", content={"a": (1, None)})])
    config, problems = converted(MappingProxyType({"responses": (response,)}))
    assert problems == []
    assert config.responses[0].messages[0].content == {"a": [1, None]}


TEXT_SOURCES = [
    ("42", "42"),
    ("1.10", "1.10"),
    ("0x1F", "0x1F"),
    ("true", "true"),
    ("True", "True"),
    ("0123", "0123"),
    ("1e999", "1e999"),
    ("no", "no"),
    ("'7'", "7"),
]


@pytest.mark.parametrize(("written", "text"), TEXT_SOURCES)
def test_scalars_count_as_text_the_way_they_are_written(written: str, text: str) -> None:
    document = read(f"{{role: user, content: {written}}}")
    assert Conversion(document).read(document.data, ConversationMessage).content == text


@pytest.mark.parametrize(("value", "text"), [(42, "42"), (1.5, "1.5"), (True, "true")])
def test_scalars_from_python_count_as_text_too(value: Any, text: str) -> None:
    assert message(content=value)[0].content == text


def test_null_means_not_given_where_it_has_no_meaning() -> None:
    read_message, problems = message(matcher=None, tool_calls=None, threshold=None, content=None)
    assert problems == []
    assert read_message == ConversationMessage(role="user", content=None)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"matcher": "fuzy"}, "matcher: 'fuzy' is not a matcher; did you mean 'fuzzy'? "
                              "(exact, fuzzy, regex, contains, any, json)"),
        ({"matcher": 3}, "matcher: '3' is not a matcher; expected one of: exact, fuzzy, regex, contains, any, json"),
        ({"matcher": []}, "matcher: expected one of exact, fuzzy, regex, contains, any, json, got a list"),
        ({"matcher": {1}}, "matcher: expected one of exact, fuzzy, regex, contains, any, json, got a Python set"),
        ({"matcher": "\ud800"}, "matcher: holds half a surrogate pair; remove it"),
        ({"contnt": 1}, "contnt: unknown key; did you mean 'content'?"),
        ({"toolCalls": 1}, "toolCalls: unknown key; did you mean 'tool_calls'?"),
        ({"delay": "soon"}, "delay: expected a number, got text 'soon'"),
        ({"delay": None, "threshold": True}, "threshold: expected a number, got true"),
        ({"not": "maybe"}, "not: expected true or false, got text 'maybe'"),
        ({"content": {1}}, "content: expected text, a mapping, a list or null, got a Python set"),
        ({"content": "\udc00"}, "content: holds half a surrogate pair; remove it"),
        ({"content": {1: 2}}, "content: keys must be text, got the number 1"),
        ({"content": {"a": 2**64}}, "content.a: an integer of more than 64 bits is no JSON; put it in quotes"),
        ({"content": {"a": [math.nan]}}, "content.a[0]: the number nan is no JSON; put it in quotes"),
        ({"content": {"a": -math.inf}}, "content.a: the number -inf is no JSON; put it in quotes"),
        ({"refusal": 10**5000}, "refusal: expected text or null, got an integer of more than 64 bits"),
        ({"refusal": math.nan}, "refusal: expected text or null, got the number nan"),
        ({"threshold": 10**5000}, "threshold: expected a number, got an integer of more than 64 bits"),
        ({"content": {"a": datetime.date(2024, 1, 1)}},
         "content.a: expected JSON data, got a Python date"),
        ({"content": ["\ud800"]}, "content[0]: holds half a surrogate pair; remove it"),
        ({"parts": "image"}, "parts: expected a list, got text 'image'; write it as [image]"),
        ({"parts": ["imge"]}, "parts[0]: 'imge' is not a kind of part; did you mean 'image'? (image, audio, file)"),
        ({"parts": [None]}, "parts[0]: expected one of image, audio, file, got null"),
        ({"headers": {"a": []}}, "headers.a: expected text, got a list"),
        ({"headers": []}, "headers: expected a mapping, got a list"),
        ({"usage": 3}, "usage: expected a mapping, got the number 3"),
        ({"refusal": {}}, "refusal: expected text or null, got a mapping"),
        ({"error": "rate_limt"}, "error: 'rate_limt' is not an error; did you mean 'rate_limit'?"),
        ({"error": {"status": "x"}}, "error.status: expected an integer, got text 'x'"),
        ({"sequence": [{"role": "assistant"}]}, "sequence[0].role: unknown key; allowed are: content, tool_calls"),
        ({"tool_calls": [{"function": {"name": "f"}}]}, "tool_calls[0]: `id` is missing; expected text"),
        ({"tool_calls": [{"id": None, "function": {"nam": "f"}}]}, "tool_calls[0].id: expected text, got null"),
    ],
)  # fmt: skip
def test_each_fault_says_what_was_got_and_expected(fields: dict[str, Any], problem: str) -> None:
    found = message(**fields)[1]
    assert found[0].startswith(problem)


def test_all_faults_are_reported_in_order() -> None:
    data = {
        "prot": 1,
        "responses": [{"id": [], "messages": "x"}, 3, {"messages": []}],
        "journal": {"bytes": "many"},
    }
    _, problems = converted(data)
    assert problems == [
        "prot: unknown key; did you mean 'port'?",
        "responses[0].id: expected text, got a list",
        "responses[0].messages: expected a list, got text 'x'; write it as [x]",
        "responses[1]: expected a mapping, got the number 3",
        "responses[2]: `id` is missing; expected text",
        "journal.bytes: expected an integer, got text 'many'",
    ]


def test_a_misspelled_key_is_not_also_missing() -> None:
    _, problems = converted({"idd": "a", "messages": []}, MockResponse)
    assert problems == ["idd: unknown key; did you mean 'id'?"]


def test_both_spellings_of_a_key() -> None:
    config, problems = converted({"apiKey": "a", "api_key": "b"})
    assert problems == ["apiKey: the same as `api_key`, which is also given; remove one"]
    assert config.api_key == "b"


def test_what_could_not_be_read_is_named_and_left_out() -> None:
    conversion = Conversion(Document({}))
    call = {"id": 1, "functon": {}, "type": "functions", "broken": False, "banana": 1}
    struct = conversion.read(call, ToolCall)
    assert struct.id == "1"
    assert conversion.built[-1].unread == {"function", "type"}


def test_a_second_unknown_key_does_not_hide_a_given_one() -> None:
    conversion = Conversion(Document({}))
    struct = conversion.read({"name": "f", "nam": "g"}, ToolFunction)
    assert struct.name == "f"
    assert conversion.built[-1].unread == set()


def test_the_whole_may_be_unreadable() -> None:
    assert Conversion(Document([])).read(["x"], MockConfig) is UNREAD


def test_data_that_holds_itself_is_refused() -> None:
    data: dict[str, Any] = {}
    data |= {"a": data, "b": [data, data]}
    _, problems = message(content=data)
    assert problems == ["content.a.a.a.a.a.a.a: nested deeper than 150 levels"]
