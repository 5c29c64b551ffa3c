from typing import Any

import pytest

from tests.authoring.imports import answer, app_of, called, imported, remarks, result


def rules(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 1, "rules": list(entries), **more}


def rule(content: str = "Hi", **when: Any) -> dict[str, Any]:
    return {"name": content, "when": when, "respond": {"content": content}}


def test_the_first_rule_that_fits_answers() -> None:
    data = rules(
        rule("first", model_matches="gpt-4*"), rule("hello", messages_contain="hello"), {"respond": {"content": "rest"}}
    )
    app = app_of(data)
    assert answer(app, "Hello") == "first"
    assert answer(app, "Say HELLO", model="o3") == "hello"
    assert answer(app, "Bye", model="o3") == "rest"


def test_conditions_on_tools_and_headers() -> None:
    app = app_of(rules(rule("tool", tools_include="f"), rule("limit", **{"header.x-scenario": "a*"})))
    assert answer(app, "x", tools=[{"type": "function", "function": {"name": "f"}}]) == "tool"
    assert answer(app, "x", headers={"x-scenario": "a*"}) == "limit"
    assert answer(app, "x", headers={"x-scenario": "ab"}) == (400, "no_match")


def test_errors() -> None:
    app = app_of(rules({"name": "e", "respond": {"status": 429, "error": "Slow down"}}))
    assert answer(app, "x") == (429, "Slow down")


KICKOFF = {"name": "kickoff", "when": {"turn": 1, "messages_contain": "research"},
           "respond": {"tool_calls": [{"name": "search", "arguments": {"query": "x"}}]}}  # fmt: skip
SUMMARY = {"name": "summary", "when": {"turn": 2, "tool_result_contains": "found"}, "respond": {"content": "Done"}}


def test_a_second_turn_continues_the_only_first_one() -> None:
    data = rules(KICKOFF, SUMMARY)
    app = app_of(data)
    assert answer(app, "research it") == [("call_1", "search", '{"query":"x"}')]
    assert answer(app, "research it", called("call_1"), result("call_1", "Found it")) == "Done"
    assert answer(app, "research it", called("call_1"), result("call_1", "nothing")) == (400, "no_match")
    assert "rules[1].when.turn: became the turn that follows the only first one" in remarks(data)


def test_a_second_turn_of_several_is_left_out() -> None:
    data = rules(KICKOFF, {**KICKOFF, "name": "other"}, {**SUMMARY, "when": {"turn": 2}})
    assert "rules[2].when.turn: left out with its rule; write it behind the turn that it follows" in remarks(data)


def test_a_second_turn_that_says_nothing_is_left_out() -> None:
    data = rules(KICKOFF, {**SUMMARY, "respond": {}})
    assert "rules[1].respond: left out with its rule; it says nothing of its own" in remarks(data)
    assert answer(app_of(data), "research") == [("call_1", "search", '{"query":"x"}')]


def test_a_first_turn_is_the_beginning_of_a_conversation() -> None:
    app = app_of(rules(rule("begin", turn=1)))
    assert answer(app, "x") == "begin"
    assert answer(app, "x", {"role": "assistant", "content": "begin"}, "y") == (400, "no_match")


def test_the_message_before() -> None:
    app = app_of(rules(rule("back", previous_message_contains="sunny"), rule("any", previous_message_role="assistant")))
    assert answer(app, "a", {"role": "assistant", "content": "It is SUNNY"}, "b") == "back"
    assert answer(app, "a", {"role": "assistant", "content": "rain"}, "b") == "any"


@pytest.mark.parametrize(
    ("when", "remark"),
    [
        ({"turn_in": [1, 2]}, "turn_in: left out with its rule; a response here stands for one conversation"),
        ({"tool_result_contains": "x"},
         "tool_result_contains: left out with its rule; a response here stands for one conversation"),
        ({"turn": 3}, "turn: left out with its rule; write it behind the turn that it follows"),
        ({"previous_message_role": "tool"},
         "previous_message_role: left out with its rule; only `assistant` is carried over"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_said(when: dict[str, Any], remark: str) -> None:
    assert remarks(rules(rule("a"), rule("b", **when))) == [f"rules[1].when.{remark}"]


def test_smaller_losses_are_said_too() -> None:
    data = rules(
        {**rule("a", messages_contain="x", previous_message_contains="y", novel=1), "note": "?"},
        {"respond": {"delay": 3}},
        defaults={"fallback": "deterministic_echo"},
    )
    assert remarks(data) == [
        "rules[0].when.messages_contain: is looked for in the user's last message, not in all of them",
        "rules[0].when.previous_message_contains: is looked for in a message of the assistant alone",
        "rules[0].when.novel: left out; nothing here corresponds to it",
        "rules[0].note: left out; nothing here corresponds to it",
        "rules[1].respond: left out with its rule; it says nothing of its own",
        "rules[1].respond.delay: left out; nothing here corresponds to it",
        "defaults.fallback: became `unmatched: auto`, whose texts are others",
    ]
    assert "unmatched: auto" in imported(data).text
