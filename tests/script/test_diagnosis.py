from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from openai_mock_api.script import diagnosis
from openai_mock_api.script.diagnosis import COMPARED, SHOWN, NearMiss, near_miss, nearest, report, shortened
from openai_mock_api.script.matching.conditions import Glob, Streaming
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Regex
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.script import Miss, Plays, Script
from tests.script.making import call, flow, say, system, tool, turn, user

if TYPE_CHECKING:
    from openai_mock_api.script.flows import Flow


def misses(flows: list[Flow], called: Call, plays: Plays | None = None, most: int = 3) -> list[NearMiss]:
    plays = plays or Plays()
    found = Script(flows).match(called, plays)
    assert isinstance(found, Miss)
    return nearest(found, plays, most)


def test_the_three_nearest_are_named_nearest_first() -> None:
    flows = [flow(text, user(text), turn()) for text in ("Goodbye", "Hello wurld", "Hello", "Where is it?", "Hallo")]
    near = misses(flows, call("Hello world"))
    assert [n.flow for n in near] == ["Hello wurld", "Hello", "Hallo"]
    assert near[0].closeness == pytest.approx(10 / 11, abs=0.01)
    assert len(misses(flows, call("Hello world"), most=1)) == 1


hi = user("Hi")

PARTINGS: dict[str, tuple[Flow, Call, tuple[str, str, str, str]]] = {
    "text": (flow("a", hi, turn()), call("Ho"), ("messages[0]", "user, exact", "Hi", "Ho")),
    "later text": (
        flow("a", hi, turn(), user(Contains.of("Paris")), turn()),
        call("Hi", say("assistant", "ok"), "London"),
        ("messages[2]", "user, contains", "paris", "London"),
    ),
    "assistant's text": (
        flow("a", hi, turn(matcher=Exact.of("yes")), hi, turn()),
        call("Hi", say("assistant", "no"), "Hi"),
        ("messages[1]", "assistant, exact", "yes", "no"),
    ),
    "role": (
        flow("a", hi, turn()),
        call(say("tool", "Hi")),
        ("messages[0]", "user, exact", "a user message", "a tool message"),
    ),
    "role of a turn": (
        flow("a", hi, turn(), hi, turn()),
        call("Hi", "Hi"),
        ("messages[1]", "assistant, any", "an assistant message", "a user message"),
    ),
    "no system message": (
        flow("a", system(AnyText()), hi, turn()),
        call("Hi"),
        ("messages[0]", "system, any", "a system message", "a user message"),
    ),
    "system messages only": (
        flow("a", hi, turn()),
        call(say("system", "x")),
        ("messages[0]", "user, exact", "a user message", "no message"),
    ),
    "too long": (
        flow("a", hi, turn()),
        call("Hi", say("assistant", ""), "more"),
        ("messages[2]", "end of the response", "at most 2 messages", "3 messages"),
    ),
    "tool call": (
        flow("a", tool(AnyText(), "call_1"), turn()),
        call(say("tool", "x", "call_2")),
        ("messages[0]", "tool, any", "tool_call_id call_1", "tool_call_id call_2"),
    ),
    "tool call without id": (
        flow("a", tool(AnyText(), "call_1"), turn()),
        call(say("tool", "x")),
        ("messages[0]", "tool, any", "tool_call_id call_1", "no tool_call_id"),
    ),
    "parts": (
        flow("a", user(AnyText(), parts=("image", "file")), turn()),
        call("x"),
        ("messages[0]", "user, any", "parts image, file", "text only"),
    ),
    "other parts": (
        flow("a", user(AnyText(), parts=("image",)), turn()),
        call(Message(role="user", text="x", parts=("audio",))),
        ("messages[0]", "user, any", "parts image", "audio"),
    ),
    "condition": (
        flow("a", hi, turn(), conditions=(Streaming(False), Glob.of("model", ["gpt-4o*", "o1"]))),
        call("Hi", model="gpt-5"),
        ("when.model", "condition", "gpt-4o* or o1", "gpt-5"),
    ),
    "tail": (
        flow("a", user("one"), turn(), user("two"), turn(), anchor="end"),
        call("zero", "one", say("assistant", ""), "three"),
        ("messages[2]", "user, exact", "two", "three"),
    ),
}


@pytest.mark.parametrize("name", PARTINGS)
def test_partings(name: str) -> None:
    missed, called, parted = PARTINGS[name]
    (near,) = misses([missed], called)
    difference = near.parting.difference
    assert (near.parting.place, near.parting.kind, difference.expected, difference.got) == parted


def test_a_used_up_sequence() -> None:
    once = flow("once", hi, turn("a", "b", then="miss"))
    plays = Plays()
    plays.add(once, 1)
    plays.add(once, 1)
    (near,) = misses([once], call("Hi"), plays)
    assert near.as_data() == {
        "id": "once",
        "closeness": 1.0,
        "parted_at": "messages[1].sequence",
        "kind": "sequence",
        "expected": "a sequence that is not used up",
        "got": "2 answers given",
        "similarity": None,
        "hint": "`then: repeat` or `then: loop` would go on",
    }


def test_a_used_up_sequence_at_the_end_of_a_longer_request() -> None:
    tail = flow("tail", hi, turn("x", then="miss"), hi, turn("y"), anchor="end")
    plays = Plays()
    plays.add(tail, 1)
    (near,) = misses([tail], call("one", "two", "three", "Hi"), plays)
    assert (near.parting.place, near.parting.difference.got) == ("messages[1].sequence", "1 answers given")


def test_an_unmet_condition_does_not_hide_that_the_messages_fit() -> None:
    flows = [flow(f"hello {i}", user(f"Hello {i}"), turn()) for i in range(5)]
    flows.append(flow("conditional", user("Good morning"), turn(), conditions=(Streaming(True),)))
    near = misses(flows, call("Good morning"))[0]
    assert (near.flow, near.closeness, near.parting.place) == ("conditional", 0.9, "when.stream")


def test_of_equally_near_flows_those_with_shared_words_come_first() -> None:
    flows = [flow(f"f{i}", system(AnyText()), user(f"word{i}"), turn()) for i in range(6)]
    assert [n.flow for n in misses(flows, call("word4 and word5"))] == ["f4", "f5", "f0"]


def test_no_flows() -> None:
    assert misses([], call("Hi")) == []
    assert report([]) == "The script holds no responses."


def test_among_many_flows_few_are_compared_and_the_near_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counted(called: Call, missed: Flow, plays: Plays) -> NearMiss:
        compared.append(missed.id)
        return near_miss(called, missed, plays)

    monkeypatch.setattr(diagnosis, "near_miss", counted)
    flows = [flow(f"f{i}", user(f"What about the item number{i} please"), turn()) for i in range(5000)]
    near = misses(flows, call("what about item number4321, please?"))
    assert near[0].flow == "f4321"
    assert len(compared) == COMPARED


def test_among_many_flows_without_shared_words_some_are_named() -> None:
    flows = [flow(f"f{i}", user(f"alpha {i}"), turn()) for i in range(100)]
    assert len(misses(flows, call("!?"))) == 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("x" * SHOWN, "x" * SHOWN),
        ("a" * 500 + "z" * 500, "a" * 80 + " … " + "z" * 80),
        ("\ud800", "?"),
    ],
)
def test_shortened(text: str, shown: str) -> None:
    assert shortened(text) == shown


def test_as_data_is_json() -> None:
    flows = [
        flow("json", user(Json.of({"a": [1] * 200})), turn()),
        flow("fuzzy", user(Fuzzy.of("other")), turn()),
        flow("surrogate", user(Contains.of("\ud801")), turn()),
    ]
    data = [n.as_data() for n in misses(flows, call("x" * 1000 + "\ud800"))]
    decoded = msgspec.json.decode(msgspec.json.encode(data))
    assert [set(entry) for entry in decoded] == [
        {"id", "closeness", "parted_at", "kind", "expected", "got", "similarity", "hint"}
    ] * 3
    assert all(len(entry["got"]) == 163 for entry in decoded)


def test_report() -> None:
    flows = [
        flow("weather", user("What is the weather?"), turn()),
        flow("number", user(Regex.of(r"\d+ apples")), turn()),
        flow("tools", system(AnyText()), user("What is the weather like?"), turn()),
    ]
    assert report(misses(flows, call("What is the\nweather like?"))) == (
        "Nearest responses:\n"
        "1. weather: parted at messages[0] (user, exact)\n"
        "     expected: 'What is the weather?'\n"
        "     got:      'What is the\\nweather like?'\n"
        "     hint:     they part at character 12\n"
        "2. number: parted at messages[0] (user, regex)\n"
        "     expected: '\\\\d+ apples'\n"
        "     got:      'What is the\\nweather like?'\n"
        "     hint:     no part of the text fits it\n"
        "3. tools: parted at messages[0] (system, any)\n"
        "     expected: 'a system message'\n"
        "     got:      'a user message'"
    )
