import pytest

from openai_mock_api.authoring.findings import Finding
from openai_mock_api.authoring.turns import turn_findings
from tests.authoring.scripts import settings

CASES = [
    ("messages: [{role: user, content: a}, {role: assistant}, {role: assistant}]", [("warning", 2, "answers only")]),
    ("messages: [{role: assistant}]", [("warning", 0, "answers only")]),
    ("messages: [{role: assistant}, {role: user, content: a}, {role: assistant}]", [("note", 0, "stands before")]),
    (
        "reply: last, messages: [{role: user, content: a}, {role: assistant}, {role: user, content: b}, "
        "{role: assistant}]",
        [("note", 1, "`reply: last`")],
    ),
    (
        "reply: last, messages: [{role: user, content: a}, {role: assistant}, {role: assistant}]",
        [("warning", 1, "answers only")],
    ),
    ("messages: [{role: user, content: a}, {role: assistant}, {role: user, content: b}, {role: assistant}]", []),
    ("messages: [{role: tool, tool_call_id: c, matcher: any}, {role: assistant}]", []),
]


def found(response: str) -> list[Finding]:
    (flow,) = settings(f"  - {{id: a, {response}}}\n").script.flows
    return list(turn_findings(flow))


@pytest.mark.parametrize(("response", "expected"), CASES)
def test_turns_that_never_answer(response: str, expected: list[tuple[str, int, str]]) -> None:
    findings = found(response)
    assert [(f.level, f.path) for f in findings] == [(level, ("messages", place)) for level, place, _ in expected]
    for finding, (_, _, said) in zip(findings, expected, strict=True):
        assert said in finding.message


TOOL = (
    "messages: [{role: user, content: a}, {role: assistant%s}, {role: tool, tool_call_id: c, matcher: any}, "
    "{role: assistant}]"
)


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ("", "they call no tool"),
        (", tool_calls: [{id: d, function: {name: f}}, {id: e, function: {name: f}}]", "they call 'd', 'e'"),
    ],
)
def test_a_result_of_no_call(said: str, made: str) -> None:
    (finding,) = found(TOOL % said)
    assert finding.path == ("messages", 2, "tool_call_id")
    assert finding.message == f"no turn before this message makes the call 'c' ({made}), so no client answers it"


@pytest.mark.parametrize(
    "said",
    [
        ", tool_calls: [{id: c, function: {name: f}}]",
        ", sequence: [{error: overloaded}, {tool_calls: [{id: c, function: {name: f}}]}]",
        ", choices: [{tool_calls: [{id: c, function: {name: f}}]}, {content: b}]",
    ],
)
def test_a_result_of_a_call_is_fine(said: str) -> None:
    assert found(TOOL % said) == []
