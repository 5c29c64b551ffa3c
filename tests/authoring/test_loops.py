import pytest

from openai_mock_api.authoring.loops import loops
from tests.authoring.scripts import contests

CALL = "{role: assistant, tool_calls: [{id: c, function: {name: look}}]}"
RESULT = "{role: tool, tool_call_id: c, matcher: any}"

LOOPING = [
    (f"  - {{id: a, anchor: end, messages: [{RESULT}, {CALL}]}}\n", "a", 1),
    (
        "  - {id: a, anchor: end, reply: last, messages: [{role: user, content: go}, "
        f"{{role: assistant}}, {RESULT}, {CALL}]}}\n",
        "a",
        3,
    ),
    (
        f"  - {{id: a, messages: [{{role: user, content: go}}, {CALL}]}}\n"
        f"  - {{id: b, anchor: end, messages: [{RESULT}, {CALL}]}}\n",
        "b",
        1,
    ),
    (
        f"  - {{id: a, anchor: end, messages: [{RESULT}, {{role: assistant, sequence: [{{tool_calls: "
        "[{id: c, function: {name: look}}]}, {tool_calls: [{id: c, function: {name: find}}]}]}]}\n",
        "a",
        1,
    ),
    (
        f"  - {{id: a, anchor: end, messages: [{RESULT}, {{role: assistant, then: loop, sequence: [{{tool_calls: "
        "[{id: c, function: {name: look}}]}, {tool_calls: [{id: c, function: {name: find}}]}]}]}\n",
        "a",
        1,
    ),
]

ENDING = [
    f"  - {{id: a, messages: [{{role: user, content: go}}, {CALL}]}}\n",
    f"  - {{id: a, messages: [{{role: user, content: go}}, {CALL}, {RESULT}, {{role: assistant, content: done}}]}}\n",
    f"  - {{id: a, anchor: end, messages: [{{role: user, content: go}}, {CALL}]}}\n",
    f"  - {{id: a, anchor: end, messages: [{RESULT}, {{role: assistant, sequence: [{{tool_calls: "
    "[{id: c, function: {name: look}}]}, {content: done}]}]}\n",
    f"  - {{id: a, anchor: end, messages: [{{role: tool, tool_call_id: c, content: more}}, {CALL}]}}\n"
    f"  - {{id: b, priority: 1, anchor: end, messages: [{{role: tool, tool_call_id: c, content: more}}, "
    "{role: assistant, content: done}]}\n",
    "  - {id: a, messages: [{role: user, content: go}, {role: assistant, error: overloaded}]}\n",
]


@pytest.mark.parametrize(("responses", "flow", "turn"), LOOPING)
def test_a_turn_that_comes_back_to_itself_is_a_loop(responses: str, flow: str, turn: int) -> None:
    findings = list(loops(contests(responses)))
    assert [(f.kind, f.response, f.path) for f in findings] == [("loop", flow, ("messages", turn))]
    assert "calls" in findings[0].message


@pytest.mark.parametrize("responses", ENDING)
def test_what_ends_is_none(responses: str) -> None:
    assert list(loops(contests(responses))) == []


def test_the_results_are_those_that_the_conversation_expects() -> None:
    seven = "{role: tool, tool_call_id: c, content: '7'}"
    text = f"  - {{id: a, messages: [{{role: user, content: go}}, {CALL}, {seven}, {CALL}]}}\n"
    text += f"  - {{id: b, anchor: end, messages: [{seven}, {{role: assistant}}]}}\n"
    assert list(loops(contests(text))) == []
    again = f"  - {{id: c, anchor: end, messages: [{{role: tool, tool_call_id: c, content: ok}}, {CALL}]}}\n"
    assert [finding.response for finding in loops(contests(text + again))] == ["c"]


def test_a_conversation_that_others_answer_is_not_played() -> None:
    text = "  - {id: a, messages: [{role: user, content: go}, {role: assistant}]}\n"
    text += f"  - {{id: b, messages: [{{role: user, content: go}}, {CALL}]}}\n"
    assert list(loops(contests(text))) == []
