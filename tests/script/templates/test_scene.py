from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.script.matching.matchers import AnyText, Regex
from openai_mock_api.script.messages import Call, Message, Tool, ToolCall
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.templates.scene import KNOWN, SECRET_HEADERS, Scene
from tests.script.making import call, flow, say, tool, turn, user

if TYPE_CHECKING:
    from openai_mock_api.script.flows import Step


def known(name: str, called: Call, *, played: int = 0, seed: int | None = 1) -> Any:
    any_user = user(AnyText())
    steps: list[Step] = [any_user, turn(), tool(AnyText()), turn()]
    match = Script([flow("f", *steps, anchor="end")]).match(called, Plays())
    assert isinstance(match, Match)
    clock = Clock(seed)
    clock.now = lambda: 1_700_000_000.5
    return KNOWN[name](Scene(called, match, played, clock))


def test_the_call() -> None:
    body = {"model": "gpt-4o", "user": "ann", "metadata": {"plan": "pro"}}
    called = call(
        "Hi",
        stream=True,
        tools=(Tool("f"), Tool("g")),
        headers=((b"x-tenant", b"acme"), (b"x-tenant", b"second"), (b"authorization", b"Bearer s3cret")),
        body=msgspec.json.encode(body),
    )
    assert known("call", called) == {
        "model": "gpt-4o",
        "endpoint": "chat",
        "stream": True,
        "user": "ann",
        "tools": ["f", "g"],
        "body": body,
        "headers": {"x-tenant": "acme"},
    }


@pytest.mark.parametrize("name", sorted(SECRET_HEADERS))
def test_headers_with_keys_are_absent(name: str) -> None:
    assert known("call", call("Hi", headers=((name.encode(), b"s3cret"),), body=b"{}"))["headers"] == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"'])
def test_a_body_that_is_no_object_is_empty(body: bytes) -> None:
    assert known("call", call("Hi", body=body))["body"] == {}


def test_the_messages() -> None:
    asked = ToolCall("call_1", "f", "{}")
    messages = [
        Message("user", "Hi", name="ann", parts=("image",)),
        Message("assistant", tool_calls=(asked,)),
        Message("tool", "18", tool_call_id="call_1"),
    ]
    plain = known("messages", call(*messages))
    empty: dict[str, Any] = {"text": "", "name": None, "tool_call_id": None, "tool_calls": [], "parts": []}
    assert plain == [
        {**empty, "role": "user", "text": "Hi", "name": "ann", "parts": ["image"]},
        {**empty, "role": "assistant", "tool_calls": [{"id": "call_1", "name": "f", "arguments": "{}"}]},
        {**empty, "role": "tool", "text": "18", "tool_call_id": "call_1"},
    ]
    assert known("last", call(*messages)) == plain[2]
    assert known("last_user", call(*messages)) == "Hi"


@pytest.mark.parametrize(
    ("text", "result"),
    [('{"t": 18}', {"t": 18}), ("18", 18), ("18 degrees", "18 degrees"), ("", ""), ("[" * 5000, "[" * 5000)],
)
def test_the_results_of_tools_are_decoded_where_they_are_json(text: str, result: object) -> None:
    called = call("Hi", say("assistant", ""), say("tool", text, "call_1"))
    assert known("results", called) == {"call_1": result}


def test_a_result_without_an_id_is_left_out() -> None:
    assert known("results", call("Hi", say("assistant", ""), say("tool", "18"))) == {}


def test_half_a_surrogate_pair_is_a_text() -> None:
    assert known("results", call("Hi", say("assistant", ""), say("tool", "\ud800", "c"))) == {"c": "\ud800"}


def test_the_match() -> None:
    called = call("to Paris")
    match = Script([flow("f", user(Regex.of("to (?<city>.*)")), turn())]).match(called, Plays())
    assert isinstance(match, Match)
    scene = Scene(called, match, 0, Clock(1))
    assert KNOWN["match"](scene) == {0: "to Paris", 1: "Paris", "city": "Paris"}


def test_the_turn() -> None:
    assert known("turn", call("Hi"), played=3) == {"number": 1, "answered": 3}
    after_tool = call("Hi", say("assistant", ""), say("tool", "18", "c"))
    assert known("turn", after_tool) == {"number": 2, "answered": 0}


def test_the_time_is_the_clocks() -> None:
    assert known("now", call("Hi")) == datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)


def test_a_uuid_is_one_of_version_4_and_new_each_time() -> None:
    uuid = known("uuid", call("Hi"))
    first, second = uuid(), uuid()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first != second


@pytest.mark.parametrize(
    ("name", "arguments"), [("uuid", ()), ("random", ()), ("randint", (1, 10**9)), ("choice", (range(10**9),))]
)
def test_chance_follows_the_seed(name: str, arguments: tuple[Any, ...]) -> None:
    drawn = [known(name, call("Hi"), seed=seed)(*arguments) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_chance_stays_within_its_bounds() -> None:
    assert {known("randint", call("Hi"), seed=seed)(1, 3) for seed in range(50)} == {1, 2, 3}
    assert {known("choice", call("Hi"), seed=seed)("ab") for seed in range(50)} == {"a", "b"}
    assert 0 <= known("random", call("Hi"))() < 1
