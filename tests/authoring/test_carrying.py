from typing import Any

import pytest

from openai_mock_api.authoring.carrying import Carrying, asked, expected, literal_glob, results, tool_call, user
from openai_mock_api.config.reading import Document, read

TURN = {"role": "assistant", "content": "Hi"}


def carrying() -> Carrying:
    return Carrying(Document({}))


def test_names_are_unique_and_never_empty() -> None:
    made = carrying()
    for name in ("Hello", "hello!", "???", "x" * 99):
        made.add(name, [user(name), TURN])
    assert [response["id"] for response in made.config()["responses"]] == ["hello", "hello-2", "response", "x" * 40]


def test_priorities_keep_the_order_where_specificity_would_change_it() -> None:
    made = carrying()
    made.add("any", [user(), TURN])
    made.add("exact", [user("x", "exact"), TURN])
    assert [response["priority"] for response in made.config()["responses"]] == [2, 1]
    made = carrying()
    made.add("exact", [user("x", "exact"), TURN], anchor="start", when={"model": "o3"})
    made.add("any", [asked(None, TURN), TURN])
    assert made.config()["responses"] == [
        {"id": "exact", "when": {"model": "o3"}, "messages": [{"role": "user", "content": "x"}, TURN]},
        {"id": "any", "anchor": "end", "messages": [{"role": "any", "matcher": "any"}, TURN]},
    ]


def test_what_was_left_has_its_place() -> None:
    made = Carrying(read("a: 1\nb: {c: 2}", "file.yaml"))
    made.left_keys(("b",), {"c": 2}, ())
    made.left(("a",), "lost")
    assert list(map(str, made.remarks)) == [
        "file.yaml:1:1  a: lost",
        "file.yaml:2:5  b.c: left out; nothing here corresponds to it",
    ]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (user(), {"role": "user", "matcher": "any"}),
        (user("a"), {"role": "user", "content": "a", "matcher": "contains", "case_sensitive": True}),
        (user("a", case_sensitive=False), {"role": "user", "content": "a", "matcher": "contains"}),
        (expected("system", "a", "exact"), {"role": "system", "content": "a"}),
    ],
)
def test_expected_messages(made: dict[str, Any], message: dict[str, Any]) -> None:
    assert made == message


def test_a_turn_with_calls_answers_the_user_alone() -> None:
    turn = {"role": "assistant", "tool_calls": [tool_call("f", {})]}
    assert asked(None, turn) == {"role": "user", "matcher": "any"}
    assert asked("a", TURN) == user("a")


@pytest.mark.parametrize(
    ("arguments", "broken"), [({"a": 1}, False), ("{}", False), ("{", True), ("[" * 5000, True), ([1], False)]
)
def test_calls_that_are_no_json_are_meant_so(arguments: Any, broken: bool) -> None:
    assert tool_call("f", arguments).get("broken", False) is broken


def test_results_follow_all_calls_of_a_turn() -> None:
    turn = {
        "sequence": [{"tool_calls": [tool_call("f", {})]}, {"content": "a"}, {"tool_calls": [tool_call("g", {}, "x")]}]
    }
    assert [result["tool_call_id"] for result in results(turn)] == ["call_f", "x"]


def test_a_glob_for_one_text() -> None:
    assert literal_glob("a*[?]") == "a[*][[][?]]"
