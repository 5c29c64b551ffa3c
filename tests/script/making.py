"""Short ways to write flows and calls."""

from __future__ import annotations

from typing import Any

from openai_mock_api.script.flows import Expected, Flow, Step, Turn
from openai_mock_api.script.matching.matchers import Exact, Matcher
from openai_mock_api.script.messages import Call, Message, Role, Speaker
from openai_mock_api.script.replies import Reply
from openai_mock_api.script.script import Miss, Plays, Script
from openai_mock_api.script.search.candidates import Match


def expected(role: Speaker, text: str | Matcher, **more: Any) -> Expected:
    return Expected(role=role, matcher=Exact.of(text) if isinstance(text, str) else text, **more)


def user(text: str | Matcher, **more: Any) -> Expected:
    return expected("user", text, **more)


def system(text: str | Matcher) -> Expected:
    return expected("system", text)


def tool(text: str | Matcher, tool_call_id: str | None = None) -> Expected:
    return expected("tool", text, tool_call_id=tool_call_id)


def anyone(text: str | Matcher) -> Expected:
    return expected("any", text)


def turn(*says: str, **more: Any) -> Turn:
    return Turn(replies=tuple(Reply(content=text) for text in says or ("ok",)), **more)


def flow(id: str, *steps: Step, **more: Any) -> Flow:  # noqa: A002
    return Flow(id=id, steps=steps, **more)


def say(role: Role, text: str, tool_call_id: str | None = None) -> Message:
    return Message(role=role, text=text, tool_call_id=tool_call_id)


def call(*messages: Message | str, **more: Any) -> Call:
    """Build a call; a plain text is a user's message."""
    said = [say("user", m) if isinstance(m, str) else m for m in messages]
    return Call(endpoint="chat", model=more.pop("model", "gpt-4o"), messages=said, **more)


def answer(flows: list[Flow], called: Call, plays: Plays | None = None) -> tuple[str, int, int] | None:
    """Return id, turn and length of the match, or None."""
    found = Script(flows).match(called, plays or Plays())
    if isinstance(found, Miss):
        assert found.call is called
        return None
    assert isinstance(found, Match)
    return found.flow.id, found.turn, found.length
