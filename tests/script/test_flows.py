from __future__ import annotations

import pytest

from openai_mock_api.script.flows import Expected, Flow, Turn, step_kind
from openai_mock_api.script.matching.conditions import Streaming
from openai_mock_api.script.matching.matchers import AnyText, Contains, Difference, Exact, Not
from openai_mock_api.script.messages import Message, Role
from openai_mock_api.script.replies import Reply
from tests.script.making import call, expected, flow, say, system, tool, turn, user

MESSAGES = [
    Message(role="user", text="x"),
    Message(role="user", text="y"),
    Message(role="user", text="x", parts=("image", "audio")),
    Message(role="user", text="y", parts=("image",)),
    Message(role="tool", text="x", tool_call_id="a"),
    Message(role="tool", text="x", tool_call_id="b"),
    Message(role="tool", text="x"),
    Message(role="assistant", text="x"),
    Message(role="assistant", text="y"),
    Message(role="system", text="x"),
]

STEPS: list[tuple[Expected | Turn, list[int]]] = [
    (user("x"), [0, 2]),
    (user(AnyText()), [0, 1, 2, 3]),
    (user(AnyText(), parts=("image",)), [2, 3]),
    (user("x", parts=("image", "audio")), [2]),
    (tool("x", "a"), [4]),
    (tool("x"), [4, 5, 6]),
    (turn(), [7, 8]),
    (turn(matcher=Exact.of("y")), [8]),
    (turn(matcher=Not(Exact.of("y"))), [7]),
    (system("x"), [9]),
]


@pytest.mark.parametrize(("step", "fitting"), STEPS)
def test_steps_fit(step: Expected | Turn, fitting: list[int]) -> None:
    assert [i for i, message in enumerate(MESSAGES) if step.fits(message)] == fitting
    assert [i for i, message in enumerate(MESSAGES) if step.difference(message) is None] == fitting


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ("repeat", ["a", "b", "b", "b", "b"]),
        ("loop", ["a", "b", "a", "b", "a"]),
        ("miss", ["a", "b", None, None, None]),
    ],
)
def test_sequences(then: str, says: list[str | None]) -> None:
    said = [turn("a", "b", then=then).reply(played) for played in range(5)]
    assert [reply.content if reply else None for reply in said] == says


def test_a_turn_needs_a_reply() -> None:
    with pytest.raises(ValueError, match="at least one reply"):
        Turn(replies=())


def test_a_flow_needs_a_turn() -> None:
    with pytest.raises(ValueError, match="at least one assistant message"):
        Flow(id="a", steps=(user("x"),))


def test_a_turn_is_an_assistants() -> None:
    assert turn().role == "assistant"


TALK = (user("1"), turn(), user("2"), user("3"), turn(), user("4"))


@pytest.mark.parametrize(("choose", "turns"), [("next", [1, 1, 4, 4, 4, 4, 4, 4]), ("last", [4] * 8)])
def test_the_turn_that_answers(choose: str, turns: list[int]) -> None:
    talk = flow("a", *TALK, choose=choose)
    assert [talk.turn_after(length) for length in range(8)] == turns


def test_the_turn_at_a_place() -> None:
    reply = Reply(content="x")
    assert flow("a", user("1"), Turn(replies=(reply,))).turn(1).replies == (reply,)


def test_has_system() -> None:
    assert flow("a", user("x"), system("y"), turn()).has_system
    assert not flow("a", user("x"), turn()).has_system


def test_parting_names_the_first_of_conditions_then_messages() -> None:
    talk = flow("a", *TALK, conditions=(Streaming(True),))
    said = [say("user", "1"), say("assistant", ""), say("user", "no")]
    unmet = talk.parting(call(), said, 3)
    assert unmet is not None
    assert (unmet.place, unmet.kind, unmet.fitted) == ("when.stream", "condition", 0)
    parted = talk.parting(call(stream=True), said, 3)
    assert parted is not None
    assert (parted.place, parted.kind, parted.fitted) == ("messages[2]", "user, exact", 2)
    assert talk.parting(call(stream=True), said, 2) is None


def test_steps_meet_the_messages_that_were_compared_with_them() -> None:
    steps: list[Expected | Turn] = [user("a"), turn(), tool("x", "c1"), tool("y", "c2"), turn()]
    called = call(say("system", "s"), "a", say("assistant", ""), say("tool", "y", "c2"), say("tool", "x", "c1"))
    met = flow("f", *steps).met(called, 4)
    assert [(step, message.text) for step, message in met] == list(zip(steps, ["a", "", "x", "y"], strict=False))
    assert [message.text for _, message in flow("f", user("x"), turn(), anchor="end").met(called, 1)] == ["x"]
    assert [message.text for _, message in flow("f", system("s"), turn()).met(call(say("system", "s")), 1)] == ["s"]


def test_fits_agrees_with_parting() -> None:
    talk = flow("a", *TALK, conditions=(Streaming(True),))
    said = [say("user", "1"), say("assistant", ""), say("user", "2")]
    for stream in (True, False):
        for last in (say("user", "3"), say("user", "no"), say("tool", "3")):
            called = call(stream=stream)
            assert talk.fits(called, [*said, last]) is (talk.parting(called, [*said, last], 4) is None)


PARALLEL = flow("a", tool("1", "a"), tool("2", "b"), tool("3"), turn(), tool("4", "a"), turn())


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("a1 b2 c3", True),
        ("b2 a1 c3", True),
        ("c3 b2 a1", True),
        ("c3 b1 a2", False),
        ("a1 b2 a3", True),
        ("a1 a2 b3", False),
        ("b2 a1", True),
        ("b2", False),
        ("b2 a1 c3 - a4", True),
        ("b2 a1 c3 - b4", False),
        ("b2 a1 c3 a4", False),
    ],
)
def test_tool_messages_are_paired_by_their_calls_within_a_run(said: str, fits: bool) -> None:
    """``b2`` is the text 2 that answers call b, ``-`` an assistant message."""
    messages = [say("assistant", "") if word == "-" else say("tool", word[1], word[0]) for word in said.split()]
    assert PARALLEL.fits(call(), messages) is fits


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (user(Contains.of("x")), "user, contains"),
        (expected("tool", AnyText()), "tool, any"),
        (turn(), "assistant, any"),
        (turn(matcher=Not(Exact.of("x"))), "assistant, not exact"),
    ],
)
def test_step_kind(step: Expected | Turn, kind: str) -> None:
    assert step_kind(step) == kind


@pytest.mark.parametrize(
    ("message", "fits"),
    [
        (Message("tool", "x", tool_call_id="a"), True),
        (Message("tool", "x", tool_call_id="b"), False),
        (Message("tool", "x", name="get_weather"), True),
        (Message("tool", "x", name="get_weather", tool_call_id="b"), False),
        (Message("tool", "x"), False),
    ],
)
def test_the_message_of_a_function_answers_any_call(message: Message, fits: bool) -> None:
    step = Expected(role="tool", matcher=AnyText(), tool_call_id="a")
    assert (step.fits(message), step.difference(message) is None) == (fits, fits)


# -- anybody


@pytest.mark.parametrize("role", ["user", "tool", "assistant"])
def test_a_step_for_anybody_fits_every_role_but_the_systems(role: Role) -> None:
    step = Expected(role="any", matcher=Contains.of("weather"))
    assert step.fits(say(role, "the weather"))
    assert step.difference(say(role, "the weather")) is None
    assert not step.fits(say(role, "the time"))
    assert step.difference(say(role, "the time")) is not None


def test_the_system_is_not_anybody() -> None:
    step = Expected(role="any", matcher=AnyText())
    assert not step.fits(say("system", "Be brief."))
    assert step.difference(say("system", "Be brief.")) == Difference("no system message", "a system message")
