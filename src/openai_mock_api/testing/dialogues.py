"""A whole conversation that a request is compared with, message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from openai_mock_api.config.comparison import matcher_of
from openai_mock_api.config.compiler import step_of, tool_call_of
from openai_mock_api.config.model import ConversationMessage
from openai_mock_api.dialogue import conversation, decoded
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.matching.expectations import Unmet
from openai_mock_api.script.matching.matchers import AnyText, Difference, Exact
from openai_mock_api.script.messages import ToolCall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai_mock_api.script.messages import Message


class Line(msgspec.Struct, frozen=True):
    """One message of it. Of an assistant's, the calls of tools are compared too, but for their ids."""

    expected: Expected
    tool_calls: tuple[ToolCall, ...] = ()

    def difference(self, message: Message) -> Difference | None:
        """Say what parts a message from it first, or None."""
        difference = self.expected.difference(message)
        if difference is not None or not self.tool_calls:
            return difference
        if _forms(self.tool_calls) == _forms(message.tool_calls):
            return None
        return Difference(_shown(self.tool_calls), _shown(message.tool_calls))


class Dialogue:
    """The messages that a request shall have, all of them: as the builders write them, or as the API does.

    Without a system message among them, those of the request are set aside.
    """

    def __init__(self, messages: Sequence[ConversationMessage | Mapping[str, Any]]) -> None:
        self._lines = list(map(_line, messages))
        self._with_system = any(line.expected.role == "system" for line in self._lines)

    def unmet(self, messages: Sequence[Message]) -> Unmet | None:
        """Return where the messages of a request part from it first, or None."""
        said = [message for message in messages if self._with_system or message.role != "system"]
        for place, (line, message) in enumerate(zip(self._lines, said, strict=False)):
            difference = line.difference(message)
            if difference is not None:
                return Unmet(f"messages[{place}]", difference)
        if len(said) == len(self._lines):
            return None
        return Unmet("messages", Difference(_count(len(self._lines)), _count(len(said))))


def _line(message: ConversationMessage | Mapping[str, Any]) -> Line:
    if not isinstance(message, ConversationMessage):
        return _line_of_api(message)
    if message.role != "assistant":
        step = step_of(message)
        assert isinstance(step, Expected)
        return Line(step)
    matcher = AnyText() if message.content in (None, UNSET) else matcher_of(message)
    return Line(Expected(role="assistant", matcher=matcher), tuple(map(tool_call_of, message.tool_calls)))


def _line_of_api(message: Mapping[str, Any]) -> Line:
    (said,) = conversation({"messages": [dict(message)]})
    matcher = Exact.of(said.text) if message.get("content") is not None else AnyText()
    return Line(Expected(role=said.role, matcher=matcher, tool_call_id=said.tool_call_id), said.tool_calls)


def _forms(calls: Sequence[ToolCall]) -> list[tuple[str, str, Any]]:
    return [(call.kind, call.name, decoded(call.arguments)) for call in calls]


def _shown(calls: Sequence[ToolCall]) -> str:
    return ", ".join(f"{call.name}({call.arguments})" for call in calls) or "no tool calls"


def _count(number: int) -> str:
    return f"{number} message" if number == 1 else f"{number} messages"
