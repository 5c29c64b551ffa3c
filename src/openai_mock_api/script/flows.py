"""A conversation of the script: steps that are expected, and turns that answer."""

from __future__ import annotations

from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from openai_mock_api.script.matching.conditions import Condition, Glob
from openai_mock_api.script.matching.matchers import AnyText, Difference, Matcher
from openai_mock_api.script.messages import Call, Message, Role, Speaker, a_message
from openai_mock_api.script.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

Then = Literal["repeat", "loop", "miss"]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the request must hold at this place. The ``role`` may be ``any``: anybody's but the system's."""

    role: Speaker
    matcher: Matcher
    tool_call_id: str | None = None
    parts: tuple[str, ...] = ()

    def fits(self, message: Message) -> bool:
        """Compare role, tool call, content parts and text, in this order."""
        return (
            (message.role == self.role or self._is_anybody(message))
            and (self.tool_call_id is None or self._is_answered(message))
            and (not self.parts or self._has_parts(message))
            and self.matcher.fits(message.text)
        )

    def difference(self, message: Message) -> Difference | None:
        """Say which of the comparisons failed first, or None."""
        if message.role != self.role and not self._is_anybody(message):
            wanted = "no system message" if self.role == "any" else a_message(self.role)
            return Difference(wanted, a_message(message.role))
        if self.tool_call_id is not None and not self._is_answered(message):
            got = message.tool_call_id
            return Difference(f"tool_call_id {self.tool_call_id}", f"tool_call_id {got}" if got else "no tool_call_id")
        if not self._has_parts(message):
            return Difference(f"parts {', '.join(self.parts)}", ", ".join(message.parts) or "text only")
        return self.matcher.difference(message.text)

    def _is_anybody(self, message: Message) -> bool:
        return self.role == "any" and message.role != "system"

    def _is_answered(self, message: Message) -> bool:
        """Whether a message answers the call. That of a function, the older form, has its name and no call's id."""
        if message.tool_call_id is None:
            return message.name is not None
        return message.tool_call_id == self.tool_call_id

    def _has_parts(self, message: Message) -> bool:
        return all(part in message.parts for part in self.parts)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What the assistant says at this place: ``replies`` in sequence, one a call, ``then`` what follows the last.

    In a request the message at this place is not compared, unless the turn has a ``matcher``.
    """

    replies: tuple[Reply, ...]
    then: Then = "repeat"
    matcher: Matcher | None = None

    def __post_init__(self) -> None:
        if not self.replies:
            raise ValueError("an assistant turn needs at least one reply")

    @property
    def role(self) -> Role:
        """Always ``assistant``."""
        return "assistant"

    def fits(self, message: Message) -> bool:
        """Compare the role, and the text where a matcher asks for it."""
        return message.role == "assistant" and (self.matcher is None or self.matcher.fits(message.text))

    def difference(self, message: Message) -> Difference | None:
        """Say which of the comparisons failed first, or None."""
        if message.role != "assistant":
            return Difference("an assistant message", a_message(message.role))
        return self.matcher.difference(message.text) if self.matcher else None

    @property
    def counted(self) -> bool:
        """Whether it matters how often the turn has answered, or anything else but the request's body."""
        return len(self.replies) > 1 or self.then == "miss" or not all(map(_depends_on_body_alone, self.replies))

    def reply(self, played: int) -> Reply | None:
        """Return the answer after ``played`` earlier ones, or None when the sequence has ended in a miss."""
        if played < len(self.replies):
            return self.replies[played]
        if self.then == "loop":
            return self.replies[played % len(self.replies)]
        return self.replies[-1] if self.then == "repeat" else None


def _depends_on_body_alone(reply: Reply) -> bool:
    if reply.expectation is not None:
        return False
    return reply.template is None or reply.template.depends_on_body_alone


Step = Expected | Turn


class Parting(msgspec.Struct, frozen=True):
    """Where a call left a flow: ``place`` is ``messages[2]`` (of the flow), ``when.model`` …; ``fitted`` counts the
    steps that fitted before.
    """  # noqa: D205 - one sentence

    place: str
    kind: str
    fitted: int
    difference: Difference


class Flow(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """One conversation, with at least one turn. Immutable; lives as long as the script that holds it.

    ``anchor`` ``start`` aligns it with the whole conversation of a request, ``end`` with its tail. ``choose``
    is ``next`` (the turn that follows the matched messages) or ``last`` (always the last turn). ``written`` is what it
    was compiled from, for those who show it.
    """

    id: str
    steps: tuple[Step, ...]
    conditions: tuple[Condition, ...] = ()
    priority: int = 0
    anchor: Literal["start", "end"] = "start"
    choose: Literal["next", "last"] = "next"
    written: Any = None

    def __post_init__(self) -> None:
        if not self._turns:
            raise ValueError("a response needs at least one assistant message")

    @cached_property
    def has_system(self) -> bool:
        """Whether a system message takes part; if not, those of the request are set aside."""
        return any(step.role == "system" for step in self.steps)

    @cached_property
    def _turns(self) -> list[int]:
        return [i for i, step in enumerate(self.steps) if isinstance(step, Turn)]

    @cached_property
    def _answers(self) -> list[int]:
        """Places of the turns that answer after 0, 1, 2 … steps."""
        last = self._turns[-1]
        if self.choose == "last":
            return [last] * (len(self.steps) + 1)
        return [next((i for i in self._turns if i >= length), last) for length in range(len(self.steps) + 1)]

    @cached_property
    def pairs_tools(self) -> bool:
        """Whether a tool's message may stand at another place than its step: where a step names its call."""
        return any(isinstance(step, Expected) and step.tool_call_id is not None for step in self.steps)

    @property
    def depends_on_body_alone(self) -> bool:
        """Whether neither earlier calls nor a call's headers change what the flow answers."""
        counted = any(isinstance(step, Turn) and step.counted for step in self.steps)
        return not counted and not any(condition.name.startswith("headers.") for condition in self.conditions)

    def is_meant_for(self, endpoint: str) -> bool:
        """Whether a condition names an endpoint."""
        named = (c for c in self.conditions if isinstance(c, Glob) and c.name == "endpoint")
        return any(endpoint in condition.patterns for condition in named)

    def turn_after(self, length: int) -> int:
        """Place of the turn that answers when the first ``length`` steps have been said."""
        return self._answers[min(length, len(self.steps))]

    def turn(self, place: int) -> Turn:
        """Return the assistant turn at ``place``."""
        step = self.steps[place]
        assert isinstance(step, Turn)
        return step

    def fits(self, call: Call, messages: list[Message]) -> bool:
        """Whether the conditions hold and the first steps fit ``messages``, which are no more than the steps."""
        if self.conditions and self.condition_parting(call):
            return False
        if self.pairs_tools:
            messages = self._paired(messages)
        for step, message in zip(self.steps, messages):  # noqa: B905, SIM110 - this runs for every candidate
            if not step.fits(message):
                return False
        return True

    def met(self, call: Call, length: int) -> list[tuple[Step, Message]]:
        """Pair the first ``length`` steps with the messages of a call that fits them."""
        messages = [message for message in call.messages if self.has_system or message.role != "system"]
        return list(zip(self.steps, self._paired(messages[-length:]), strict=False))

    def parting(self, call: Call, messages: list[Message], length: int) -> Parting | None:
        """Return where the call leaves the first ``length`` steps, or None when it fits them."""
        return self.condition_parting(call) or self.message_parting(messages, length)

    def condition_parting(self, call: Call) -> Parting | None:
        """Return the first condition that does not hold, or None."""
        for condition in self.conditions:
            difference = condition.difference(call)
            if difference is not None:
                return Parting(f"when.{condition.name}", "condition", 0, difference)
        return None

    def message_parting(self, messages: list[Message], length: int) -> Parting | None:
        """Return the first of ``length`` steps that its message does not fit, or None."""
        for place, message in enumerate(self._paired(messages)[:length]):
            step = self.steps[place]
            difference = step.difference(message)
            if difference is not None:
                return Parting(f"messages[{place}]", step_kind(step), place, difference)
        return None

    def _paired(self, messages: list[Message]) -> list[Message]:
        """Put the messages that answer parallel tool calls in the order of the steps that name the calls."""
        paired: list[Message] = []
        for is_tool, run in groupby(messages, lambda message: message.role == "tool"):
            neighbours = list(run)
            paired += _ordered(self.steps[len(paired) :], neighbours) if is_tool else neighbours
        return paired


def _ordered(steps: Sequence[Step], left: list[Message]) -> list[Message]:
    """Give each step the message of its call; messages whose call no step names keep their order."""
    named = [_taken(left, step.tool_call_id) if isinstance(step, Expected) else None for step in steps[: len(left)]]
    return [message or left.pop(0) for message in named] + left


def _taken(left: list[Message], tool_call_id: str | None) -> Message | None:
    """Remove the message that answers a call from those that are left."""
    for place, message in enumerate(left):
        if tool_call_id is not None and message.tool_call_id == tool_call_id:
            return left.pop(place)
    return None


def step_kind(step: Step) -> str:
    """Name the comparison of a step, for reports: ``user, contains``."""
    matcher: Any = step.matcher or AnyText()
    return f"{step.role}, {matcher.kind}"
