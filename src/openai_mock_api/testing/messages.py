"""The messages of a conversation, as functions: the keys of a configuration that say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.config import model
from openai_mock_api.config.arguments import checked
from openai_mock_api.config.model import ConversationMessage, ToolCall
from openai_mock_api.testing.texts import Text, anything
from openai_mock_api.testing.turns import FunctionTurn, numbered

if TYPE_CHECKING:
    from openai_mock_api.testing.turns import Function

#: A message of a conversation, as the builders return it.
Message = ConversationMessage | FunctionTurn


@checked
def user(text: Text = anything, *, parts: Iterable[model.PartKind] = ()) -> ConversationMessage:
    """Expect a message of the user. ``parts`` are kinds of content parts that must be there beside text."""
    return _expected("user", text, parts=list(parts))


@checked
def system(text: Text = anything) -> ConversationMessage:
    """Expect a message of the system, or of the developer."""
    return _expected("system", text)


@checked
def tool(text: Text = anything, call: ToolCall | str | None = None) -> ConversationMessage:
    """Expect the result of a tool: of a ``call``, or of the one with that id.

    In a conversation it may be left out: results then follow the order of the calls.
    """
    id_ = call.id if isinstance(call, ToolCall) else call
    return _expected("tool", text, tool_call_id=id_)


@checked
def anyone(text: Text = anything) -> ConversationMessage:
    """Expect a message of anybody but the system: of the user, of a tool."""
    return _expected("any", text)


def _expected(role: model.Role, text: Text, **more: Any) -> ConversationMessage:
    compared = {"content": text} if isinstance(text, str) else msgspec.structs.asdict(text)
    return ConversationMessage(role=role, **compared, **more)


class Conversation:
    """Messages as they are written, and their ``functions`` by the places of message and answer.

    Calls of tools get ids of their own, and results those of the calls that they follow.
    """

    def __init__(self, messages: Iterable[Message]) -> None:
        self.messages: list[ConversationMessage] = []
        self.functions: dict[tuple[int, int], Function] = {}
        self._used: set[str] = set()
        self._waiting: list[str] = []
        for message in messages:
            self._add(message)

    def _add(self, message: Message) -> None:
        if isinstance(message, FunctionTurn):
            place = len(self.messages)
            self.functions |= {(place, i): function for i, function in message.functions.items()}
            self.messages.append(message.message)
        else:
            self.messages.append(self._paired(message))

    def _paired(self, message: ConversationMessage) -> ConversationMessage:
        if message.tool_calls and message.role == "assistant":
            calls = numbered(message.tool_calls, self._used)
            self._waiting = [call.id for call in calls]
            return msgspec.structs.replace(message, tool_calls=calls)
        if message.role == "tool" and message.tool_call_id in self._waiting:
            self._waiting.remove(message.tool_call_id)
        elif message.role == "tool" and message.tool_call_id is None and self._waiting:
            return msgspec.structs.replace(message, tool_call_id=self._waiting.pop(0))
        return message
