from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.clock import Clock
from openai_mock_api.script.matching.matchers import Contains, Matcher, Not, Regex
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.templates.bounds import CHARACTERS, FillingError
from openai_mock_api.script.templates.groups import Groups, Names, groups_of, referring
from openai_mock_api.script.templates.scene import Scene
from tests.script.making import call, flow, say, system, tool, turn, user

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call

NAMES = Names(2, frozenset({"city", "CITY", "x1"}))
GROUPS: Groups = {0: "all", 1: "one", 2: "two", "city": "Paris", "CITY": "PARIS", "x1": "x"}


def regex(source: str) -> Regex:
    return Regex.of(source)


def met(called: Call, *steps: object, **more: object) -> Match:
    match = Script([flow("f", *steps, **more)]).match(called, Plays())  # type: ignore[arg-type]
    assert isinstance(match, Match)
    return match


def scene(groups: Groups) -> Scene:
    called = call("x")
    made = Scene(called, met(called, user("x"), turn()), 0, Clock(1))
    made.groups = groups
    return made


def fill(text: str, names: Names = NAMES, *, as_json: bool = False, groups: Groups = GROUPS) -> str:
    filling = referring(text, names, as_json=as_json)
    return text if filling is None else filling.fill(scene(groups))


# -- what a text refers to


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$1 and $2", "one and two"),
        ("$1$2", "onetwo"),
        ("$<city>, ${city}, $<CITY>, ${x1}", "Paris, Paris, PARIS, x"),
        ("$1st, $1.50", "onest, one.50"),
        ("$$1 $$<city> $${city}", "$1 $<city> ${city}"),
        ("$$$1", "$$1"),
    ],
)
def test_references_become_what_was_captured(text: str, filled: str) -> None:
    assert fill(text) == filled


@pytest.mark.parametrize(
    "text",
    [
        "",
        "costs $5",
        "$3",
        "$0",
        "$10",
        "$12",
        "$<nope>",
        "${nope}",
        "$city",
        "$",
        "$$",
        "$$5",
        "${CITY}",
        "${}",
        "$<>",
    ],
)
def test_what_names_no_group_stays_as_it_is(text: str) -> None:
    assert referring(text, NAMES) is None


def test_other_dollars_stay_beside_a_reference() -> None:
    assert fill("$$ and $5, $1 for $3 $$ $$5") == "$$ and $5, one for $3 $$ $$5"


def test_without_groups_nothing_is_a_reference() -> None:
    assert not Names().any
    assert referring("$1 $<city>", Names()) is None


@given(st.text())
def test_within_json_every_capture_is_still_json(captured: str) -> None:
    try:
        captured.encode()
    except UnicodeEncodeError:
        captured = captured.encode("utf-8", "replace").decode()
    assert json.loads(fill('{"a":"$1"}', as_json=True, groups={1: captured})) == {"a": captured}


def test_a_group_that_was_not_met_is_empty() -> None:
    assert fill("<$1>", groups={}) == "<>"


def test_captures_together_are_bounded() -> None:
    groups: Groups = {1: "x" * (CHARACTERS // 2)}
    assert len(fill("$1$1", groups=groups)) == CHARACTERS
    with pytest.raises(FillingError, match="longer than"):
        fill("$1$1$2", groups={**groups, 2: "y"})


# -- the groups of a flow


def test_the_groups_of_a_flow_are_those_of_all_its_expressions() -> None:
    matchers: list[Matcher] = [regex("(a)(?<x>b)"), Contains.of("(c)"), Not(regex("(a)(b)(c)")), regex("(?<y>d)")]
    names = Names.of(matchers)
    assert (names.numbered, names.named) == (2, frozenset("xy"))
    assert [group in names for group in (0, 1, 2, 3, "x", "z", None)] == [False, True, True, False, True, False, False]


# -- what was captured


def test_groups_go_by_number_and_by_name() -> None:
    called = call("to Paris in 3 days")
    match = met(called, user(regex("to (?<city>\\w+)(?: on (\\w+))? in (\\d+)")), turn())
    assert groups_of(called, match) == {0: "to Paris in 3", 1: "Paris", 2: "", 3: "3", "city": "Paris"}


def test_names_are_collected_and_numbers_are_those_of_the_last_expression() -> None:
    steps = [user(regex("(?<a>\\d)(?<b>\\d)")), turn(), user("more"), turn(), user(regex("(?<b>\\w)z")), turn()]
    called = call("12", say("assistant", "ok"), "more", say("assistant", "ok"), "yz")
    assert groups_of(called, met(called, *steps)) == {"a": "1", 0: "yz", 1: "y", "b": "y"}


def test_an_expression_without_groups_takes_nothing_away() -> None:
    called = call("12", say("assistant", "ok"), "yz")
    assert groups_of(called, met(called, user(regex("(1)")), turn(), user(regex("y")), turn()))[1] == "1"


def test_only_what_was_matched_captures() -> None:
    called = call("a")
    assert groups_of(called, met(called, user(regex("a")), turn(), user(regex("(b)")), turn())) == {}


def test_steps_meet_their_messages_at_the_end_of_a_conversation() -> None:
    called = call("1", say("assistant", "ok"), "2")
    assert groups_of(called, met(called, user(regex("(\\d)")), turn(), anchor="end"))[1] == "2"


def test_system_messages_are_set_aside_as_in_matching() -> None:
    called = call(say("system", "9"), "1")
    assert groups_of(called, met(called, user(regex("(\\d)")), turn()))[1] == "1"
    assert groups_of(called, met(called, system(regex("(\\d)")), user("1"), turn()))[1] == "9"


def test_tool_messages_meet_the_steps_of_their_calls() -> None:
    called = call("go", say("assistant", ""), say("tool", "b2", "call_2"), say("tool", "a1", "call_1"))
    steps = [user("go"), turn(), tool(regex("a(?<first>.)"), "call_1"), tool(regex("b(?<second>.)"), "call_2"), turn()]
    assert groups_of(called, met(called, *steps)) == {"first": "1", "second": "2", 0: "b2", 1: "2"}
