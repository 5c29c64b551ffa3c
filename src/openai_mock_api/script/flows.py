"""A conversation of the script: steps that are expected, and turns that answer."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from openai_mock_api.script.conditions import Condition
from openai_mock_api.script.matchers import AnyText, Difference, Matcher
from openai_mock_api.script.messages import Call, Message, Role
from openai_mock_api.script.replies import Reply

Then = Literal["repeat", "loop", "miss"]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the request must hold at this place."""

    role: Role
    matcher: Matcher
    tool_call_id: str | None = None
    parts: tuple[str, ...] = ()

    def difference(self, message: Message) -> Difference | None:
        """Compare role, tool call, content parts and text, in this order."""
        if message.role != self.role:
            return Difference(f"a {self.role} message", f"a {message.role} message")
        if self.tool_call_id is not None and message.tool_call_id != self.tool_call_id:
            return Difference(f"tool_call_id {self.tool_call_id}", f"tool_call_id {message.tool_call_id}")
        if self.parts and not all(part in message.parts for part in self.parts):
            return Difference(f"parts {', '.join(self.parts)}", ", ".join(message.parts) or "text only")
        return self.matcher.difference(message.text)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What the assistant says at this place: ``replies`` in sequence, one a call, ``then`` what follows the last.

    In a request the message at this place is not compared, unless the turn has a ``matcher``.
    """

    replies: tuple[Reply, ...]
    then: Then = "repeat"
    matcher: Matcher | None = None

    @property
    def role(self) -> Role:
        """Always ``assistant``."""
        return "assistant"

    def difference(self, message: Message) -> Difference | None:
        """Compare the role, and the text where a matcher asks for it."""
        if message.role != "assistant":
            return Difference("an assistant message", f"a {message.role} message")
        return self.matcher.difference(message.text) if self.matcher else None

    def reply(self, played: int) -> Reply | None:
        """Return the answer after ``played`` earlier ones, or None when the sequence has ended in a miss."""
        if played < len(self.replies):
            return self.replies[played]
        if self.then == "loop":
            return self.replies[played % len(self.replies)]
        return self.replies[-1] if self.then == "repeat" else None


Step = Expected | Turn


class Parting(msgspec.Struct, frozen=True):
    """Where a call left a flow: ``place`` is ``messages[2]`` (of the flow), ``when.model`` …; ``fitted`` counts the
    steps that fitted before.
    """  # noqa: D205 - one sentence

    place: str
    kind: str
    fitted: int
    difference: Difference


class Flow(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One conversation. Immutable; lives as long as the script that holds it.

    ``anchor`` ``start`` aligns it with the whole conversation of a request, ``end`` with its tail. ``choose``
    is ``next`` (the turn that follows the matched messages) or ``last`` (always the last turn).
    """

    id: str
    steps: tuple[Step, ...]
    conditions: tuple[Condition, ...] = ()
    priority: int = 0
    anchor: Literal["start", "end"] = "start"
    choose: Literal["next", "last"] = "next"

    @property
    def has_system(self) -> bool:
        """Whether a system message takes part; if not, those of the request are set aside."""
        return any(step.role == "system" for step in self.steps)

    def turn_after(self, length: int) -> int:
        """Place of the turn that answers when the first ``length`` steps have been said."""
        turns = [i for i, step in enumerate(self.steps) if isinstance(step, Turn)]
        if self.choose == "last":
            return turns[-1]
        return next((i for i in turns if i >= length), turns[-1])

    def turn(self, place: int) -> Turn:
        """Return the assistant turn at ``place``."""
        step = self.steps[place]
        assert isinstance(step, Turn)
        return step

    def parting(self, call: Call, messages: list[Message], length: int) -> Parting | None:
        """None when the conditions hold and the first ``length`` steps fit ``messages`` (as many), in order."""
        for condition in self.conditions:
            difference = condition.difference(call)
            if difference is not None:
                return Parting(f"when.{condition.name}", "condition", 0, difference)
        for place in range(length):
            step = self.steps[place]
            difference = step.difference(self._opposite(step, messages, place))
            if difference is not None:
                return Parting(f"messages[{place}]", step_kind(step), place, difference)
        return None

    def _opposite(self, step: Step, messages: list[Message], place: int) -> Message:
        """Return the message at a step's place or, for a tool's step, the one of its call among its neighbours."""
        message = messages[place]
        if not isinstance(step, Expected) or step.tool_call_id in (None, message.tool_call_id):
            return message
        return next((m for m in _tool_run(messages, place) if m.tool_call_id == step.tool_call_id), message)


def _tool_run(messages: list[Message], place: int) -> list[Message]:
    """Return the tool messages around ``place`` that answer the same assistant message."""
    start = stop = place
    while start > 0 and messages[start - 1].role == "tool":
        start -= 1
    while stop < len(messages) and messages[stop].role == "tool":
        stop += 1
    return messages[start:stop]


def step_kind(step: Step) -> str:
    """Name the comparison of a step, for reports: ``user, contains``."""
    matcher: Any = step.matcher or AnyText()
    return f"{step.role}, {matcher.kind}"
