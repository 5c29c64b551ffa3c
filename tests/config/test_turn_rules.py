import math
from typing import Any

import pytest

from openai_mock_api.config import model
from openai_mock_api.config.conversion import Conversion
from openai_mock_api.config.reading import Document
from openai_mock_api.config.rules import complaints

USER = {"role": "user", "content": "x"}
SAYS = {"role": "assistant", "content": "x"}
CALL = {"id": "c", "function": {"name": "f"}}
BREAK_OFF = "remove one, use `sequence`, or let the answer break off by `fault`"


def found(data: Any, struct: Any = model.ConversationMessage) -> list[str]:
    """Faults of types and rules of one Struct, as ``path: message``."""
    document = Document(data)
    conversion = Conversion(document)
    conversion.read(data, struct)
    faults = [*conversion.faults]
    for built in conversion.built:
        faults += [((*built.path, *path), message) for path, message in complaints(built)]
    return [str(problem) for problem in document.problems(faults)]


@pytest.mark.parametrize(
    "data",
    [
        USER,
        {"role": "user", "matcher": "any"},
        {"role": "user", "matcher": "any", "content": None},
        {"role": "user", "parts": ["image"]},
        {"role": "user", "tool_calls": [CALL]},
        {**USER, "tool_call_id": "ignored"},
        {**USER, "threshold": 7},
        {**USER, "matcher": "fuzzy", "threshold": 1},
        {**USER, "matcher": "json", "content": {}},
        {**USER, "matcher": "json", "content": "42"},
        {**USER, "matcher": "contains", "not": True, "case_sensitive": True},
        {**USER, "delay": 0, "headers": {}, "sequence": []},
        {"role": "developer", "matcher": "any"},
        {"role": "any", "matcher": "any"},
        {**SAYS, "expect": {"tools": ["f"], "system": "Be brief", "mode": "hard"}},
        {"role": "assistant", "sequence": [{"content": "x", "expect": {"stream": True}}]},
        {"role": "tool", "tool_call_id": "c", "matcher": "any"},
        {"role": "assistant"},
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {**SAYS, "tool_calls": [CALL]},
        {**SAYS, "matcher": "exact", "not": True},
        {"role": "assistant", "matcher": "any"},
        {"role": "assistant", "content": "", "refusal": "No."},
        {"role": "assistant", "error": "rate_limit"},
        {"role": "assistant", "error": {}},
        {"role": "assistant", "error": {"status": 599, "retry_after": 0, "headers": {"x-a": "é\t"}}},
        {"role": "assistant", "sequence": [{"content": "a"}, {"error": "timeout"}], "then": "loop"},
        {**SAYS, "fault": "failed"},
        {**SAYS, "fault": {"type": "error_event", "after": 0}, "error": "rate_limit"},
        {**SAYS, "pacing": {"ttft": 0.1, "tokens_per_second": 20}, "usage": {"prompt_tokens": 0}},
        {"role": "assistant", "tool_calls": [{"id": "c", "broken": True, "function": {"name": "f", "arguments": "{"}}]},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}]},
    ],
)
def test_what_is_right(data: dict[str, Any]) -> None:
    assert found(data) == []


NOT_THE_CLIENT_S = "says how the assistant answers; a user message is what the client sends"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"role": "user"}, "a user message needs `content`; for any text write `matcher: any`"),
        ({"role": "system", "content": ""}, "a system message needs `content`; for any text write `matcher: any`"),
        ({**USER, "matcher": "any"}, "content: `matcher: any` takes no content; remove one of them"),
        ({"role": "any"}, "a message of any role needs `content`; for any text write `matcher: any`"),
        ({"role": "any", "matcher": "any", "error": "timeout"},
         "error: says how the assistant answers; a message of any role is what the client sends"),
        ({**USER, "expect": {"stream": True}}, f"expect: {NOT_THE_CLIENT_S}"),
        ({"role": "assistant", "expect": {"stream": True}, "sequence": [{}]},
         "expect: goes into the entries of `sequence`, which answer instead of this message"),
        ({"role": "assistant", "choices": [{"expect": {"stream": True}}]},
         "choices[0].expect: is of the whole answer; put it beside `choices`"),
        ({"role": "tool", "content": "x"}, "a tool message needs `tool_call_id`, the id of the call that it answers"),
        ({**USER, "error": "timeout"}, f"error: {NOT_THE_CLIENT_S}"),
        ({**USER, "delay": 1}, f"delay: {NOT_THE_CLIENT_S}"),
        ({**USER, "refusal": "no"}, f"refusal: {NOT_THE_CLIENT_S}"),
        ({**USER, "sequence": [{}]}, f"sequence: {NOT_THE_CLIENT_S}"),
        ({**USER, "then": "loop"}, f"then: {NOT_THE_CLIENT_S}"),
        ({**USER, "usage": {"total_tokens": 1}}, f"usage: {NOT_THE_CLIENT_S}"),
        ({**USER, "matcher": "regex", "content": "("}, "content: does not compile: missing ) at position 1"),
        ({**USER, "matcher": "json", "content": "{"}, "content: is not JSON: Input data was truncated"),
        ({**USER, "matcher": "json", "content": "[" * 99_999}, "content: maximum recursion depth exceeded"),
        ({**USER, "content": "1", "matcher": "json", "case_sensitive": False},
         "case_sensitive: `matcher: json` always compares case; remove it"),
        ({**USER, "matcher": "fuzzy", "threshold": 80}, "threshold: expected a number from 0 to 1, got 80"),
        ({"role": "user", "matcher": "any", "not": True},
         "not: inverts a matcher that fits every text, so nothing would fit"),
        ({"role": "user", "parts": ["file"], "not": True},
         "not: inverts a matcher that fits every text, so nothing would fit"),
        ({**SAYS, "matcher": "any"}, "content: `matcher: any` takes no content; remove one of them"),
        ({"role": "assistant", "matcher": "exact"},
         "matcher: has no `content` to compare with; add it, or remove the matcher"),
        ({**SAYS, "not": True}, "not: needs a `matcher`; without one an assistant message is not compared"),
        ({**SAYS, "case_sensitive": False},
         "case_sensitive: needs a `matcher`; without one an assistant message is not compared"),
        ({**SAYS, "parts": ["image"]},
         "parts: asks for content parts of the client's message; an assistant message has none"),
        ({**SAYS, "then": "loop"}, "then: says what follows a `sequence`, but there is none"),
        ({**SAYS, "sequence": [{"content": "a"}]},
         "content: goes into the entries of `sequence`, which answer instead of this message"),
        ({**SAYS, "error": "timeout"},
         f"error: is an answer of its own, but `content` is given too; {BREAK_OFF}"),
        ({"role": "assistant", "error": "timeout", "tool_calls": [CALL]},
         f"error: is an answer of its own, but `tool_calls` is given too; {BREAK_OFF}"),
        ({**SAYS, "fault": "eror_event"},
         "fault: 'eror_event' is not a fault; did you mean 'error_event'? (error_event, failed)"),
        ({**SAYS, "fault": {"type": "failed", "after": -1}}, "fault.after: expected 0 or more, got -1"),
        ({**SAYS, "fault": {"after": 1}}, "fault: `type` is missing; expected one of error_event, failed"),
        ({"role": "assistant", "choices": [{"content": "a", "fault": "failed"}]},
         "choices[0].fault: is of the whole answer; put it beside `choices`"),
        ({**USER, "fault": "failed"}, f"fault: {NOT_THE_CLIENT_S}"),
        ({"role": "assistant", "refusal": "No.", "broken": True},
         "broken: says that the text is meant so, but there is none; add `content`, or remove it"),
        ({**USER, "broken": True}, f"broken: {NOT_THE_CLIENT_S}"),
        ({**SAYS, "refusal": "No."},
         "refusal: stands instead of an answer, but `content` is given too; remove one"),
        ({**SAYS, "delay": -1}, "delay: expected 0 or more, got -1"),
        ({**SAYS, "headers": {"a b": "x"}},
         'headers["a b"]: not a name for a header; use letters, digits and hyphens'),
        ({**SAYS, "headers": {"a": "x\ny"}}, "headers.a: a header cannot hold line breaks or control characters"),
        ({**SAYS, "headers": {"a": "日本"}}, "headers.a: a header holds Latin-1 only, got '日本'; encode it"),
        ({**SAYS, "headers": {"Content-Length": "3"}},
         "headers.Content-Length: the server sets this header itself; remove it"),
        ({**SAYS, "pacing": {"tokens_per_second": 0}},
         "pacing.tokens_per_second: expected more than 0, got 0; leave it out for no delay"),
        ({**SAYS, "pacing": {"tokens_per_second": 1, "inter_token": 1}},
         "pacing.inter_token: is the inverse of `tokens_per_second`, which is also given; remove one"),
        ({**SAYS, "pacing": {"ttft": -0.5}}, "pacing.ttft: expected 0 or more, got -0.5"),
        ({**SAYS, "usage": {"prompt_tokens": -1}}, "usage.prompt_tokens: expected 0 or more, got -1"),
        ({"role": "assistant", "error": {"status": 200}}, "error.status: expected 400 to 599, got 200"),
        ({"role": "assistant", "error": {"retry_after": -1}}, "error.retry_after: expected 0 or more, got -1"),
        ({"role": "assistant", "sequence": [{"delay": -1}]}, "sequence[0].delay: expected 0 or more, got -1"),
        ({"role": "assistant", "tool_calls": [{**CALL, "id": ""}]},
         "tool_calls[0].id: is empty; give the call an id"),
        ({"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": ""}}]},
         "tool_calls[0].function.name: is empty; name the function"),
        ({"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{"}}]},
         "tool_calls[0].function.arguments: is not JSON: Input data was truncated; mend it, or set `broken: true` "
         "on the tool call to send it on purpose"),
    ],
)  # fmt: skip
def test_what_is_wrong(data: dict[str, Any], said: str) -> None:
    (problem,) = found(data)
    assert problem.startswith(said)


@pytest.mark.parametrize(
    "data",
    [
        {"role": "user", "contnt": "x"},
        {"role": "usr"},
        {"role": "assistant", "matcher": "exact", "content": {1}},
        {**SAYS, "matcher": "fuzy", "case_sensitive": True},
        {"role": "assistant", "sequence": 3, "then": "loop"},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": 3}]},
    ],
)
def test_one_fault_is_not_reported_twice(data: dict[str, Any]) -> None:
    assert len(found(data)) == 1


def test_rules_are_applied_beside_faults_of_types() -> None:
    assert found({**SAYS, "delay": -1, "modl": "x"}) == [
        "delay: expected 0 or more, got -1",
        "modl: unknown key; did you mean 'model'?",
    ]


def test_infinite_numbers_built_in_python_are_wrong() -> None:
    assert found({**SAYS, "delay": math.inf}) == ["delay: expected a number, got the number inf"]
