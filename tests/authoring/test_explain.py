from typing import Any

import pytest

from openai_mock_api.authoring.asking import ask
from openai_mock_api.authoring.explain import Explanation, as_data, as_text, explain
from openai_mock_api.authoring.findings import Sources
from openai_mock_api.config.load import load_text
from openai_mock_api.config.settings import Settings
from tests.authoring.scripts import HEAD, loaded, settings

SCRIPT = """\
  - {id: exact, messages: [{role: user, content: order status}, {role: assistant, content: On its way.}]}
  - {id: contains, messages: [{role: user, content: order, matcher: contains}, {role: assistant, content: Which?}]}
  - {id: any, messages: [{role: user, matcher: any}, {role: assistant, content: Hm}]}
  - {id: weather, when: {model: o3}, messages: [{role: user, content: order status}, {role: assistant}]}
  - {id: far, messages: [{role: user, content: tomorrow}, {role: assistant}]}
"""

TEXT = """\
user: order status

exact answers with messages[1] (config.yaml:3:65), score 1.00:
  On its way.

The other responses:
1. contains: fits too, but exact has the higher score (1.00 against 0.60)
2. any: fits too, but exact has the higher score (1.00 against 0.10)
3. weather: parted at when.model (condition)
     expected: 'o3'
     got:      'gpt-4o'
4. far: parted at messages[0] (user, exact)
     expected: 'tomorrow'
     got:      'order status'
     hint:     they part at character 1"""


def body(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}


def explained(responses: str, asked: dict[str, Any]) -> Explanation:
    return explain(settings(responses), ask(asked))


def test_the_winner_and_why_each_other_one_did_not_answer() -> None:
    assert as_text(explained(SCRIPT, body("order status")), Sources(loaded(SCRIPT).origins)) == TEXT


def test_the_same_as_data() -> None:
    data = as_data(explained(SCRIPT, body("order status")), Sources(loaded(SCRIPT).origins))
    assert data["matched"] == {
        "id": "exact",
        "turn": 1,
        "score": 1.0,
        "messages": 1,
        "source": "config.yaml",
        "line": 3,
        "column": 65,
    }
    assert (data["messages"], data["answer"], data["refusal"]) == (["user: order status"], ["On its way."], None)
    assert [(other["id"], other["fits"]) for other in data["others"]] == [
        ("contains", True), ("any", True), ("weather", False), ("far", False),
    ]  # fmt: skip
    assert data["others"][2]["parted_at"] == "when.model"


ONE = "  - {id: a, messages: [{role: user, content: '(\\w+)', matcher: regex}, {role: assistant, %s}]}\n"

ANSWERS = [
    ("content: Hi", ["Hi"]),
    ("content: {a: 1}", ['{"a":1}']),
    ("content: You said $1.", ["You said Hello."]),
    ("template: true, content: 'Hello {{ last_user }}'", ["Hello Hello"]),
    ("template: true, content: '{{ 1 / 0 }}'", ["error 400 script_error: "]),
    ("refusal: No", ["refusal: No"]),
    ("error: rate_limit", ["error 429 rate_limit_exceeded: Rate limit reached"]),
    ("error: {status: 502}", ["error 502 server_error: Bad Gateway"]),
    ("content: Look, fault: failed, error: timeout", ["Look", "breaks off: error 408 timeout: Request timed out."]),
    ("content: Look, tool_calls: [{id: c, function: {name: f, arguments: {a: 1}}}]", ["Look", 'calls f({"a":1})']),
    ("choices: [{content: a}, {content: b}]", ["choice 0: a", "choice 1: b"]),
]


@pytest.mark.parametrize(("turn", "answer"), ANSWERS)
def test_what_would_be_answered(turn: str, answer: list[str]) -> None:
    found = explained(ONE % turn, body("Hello"))
    assert len(found.answer) == len(answer)
    assert all(line.startswith(said) for line, said in zip(found.answer, answer, strict=True))


def test_an_answer_that_contradicts_the_request_is_the_error() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    asked = body("Hello", response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
    (line,) = explained(ONE % "content: Hi", asked).answer
    assert line.startswith("error 400 script_error: ")


EXPECTING = ONE % "content: Hi, expect: {tools: [f], mode: %s}"


@pytest.mark.parametrize(("mode", "answer"), [("soft", ["Hi"]), ("hard", ["error 400 expectation_failed: "])])
def test_what_a_turn_expects_in_vain(mode: str, answer: list[str]) -> None:
    found = explained(EXPECTING % mode, body("Hello"))
    assert found.answer[0].startswith(answer[0])
    unmet = "The request does not meet what the turn expects:\ntools:\n  expected: f\n  got:      no tools"
    assert unmet in as_text(found, Sources({}))
    assert as_data(found, Sources({}))["unmet"] == ["tools"]


def test_a_miss_ranks_what_came_nearest() -> None:
    found = explained(SCRIPT.replace("any, messages", "any, when: {stream: true}, messages"), body("tomorow"))
    assert found.match is None
    text = as_text(found, Sources({}))
    assert "\n\nNo response answers.\n\nThe responses, the nearest first:\n1. far: parted at" in text
    assert as_data(found, Sources({}))["matched"] is None


@pytest.mark.parametrize(("policy", "answer"), [("echo", "  Bye"), ("auto", "  This is a mock answer")])
def test_a_policy_answers_a_miss(policy: str, answer: str) -> None:
    text = HEAD + "  - {id: a, messages: [{role: user, content: Hi}, {role: assistant}]}\n"
    config = Settings.loaded(load_text(f"unmatched: {policy}\n{text}"))
    said = as_text(explain(config, ask(body("Bye"))), Sources({}))
    assert f"No response answers; `unmatched` makes this answer:\n{answer}" in said


def test_a_request_that_the_api_refuses_is_explained_all_the_same() -> None:
    found = explained(ONE % "content: Hi", body("Hello", temperature=9))
    assert found.match is not None
    assert "The API refuses this request before anything is matched: Invalid 'temperature'" in as_text(
        found, Sources({})
    )


def test_a_lenient_configuration_refuses_nothing() -> None:
    config = Settings.loaded(load_text("validation: warn\n" + HEAD + ONE % "content: Hi"))
    assert explain(config, ask(body("Hello", temperature=9))).refusal is None


def test_the_only_response_has_no_others() -> None:
    text = as_text(explained(ONE % "content: ''", body("Hello")), Sources({}))
    assert text == "user: Hello\n\na answers with messages[1] (a messages[1]), score 0.80:\n  "
