"""What a test adds to the script of a room, and how it ranks.

A configuration's responses have the priority 0 unless they say otherwise. What is added is above them: answers that end
after some calls first, in the order in which they were added; then the others, on the ``level`` that the last failure
without an end has opened, the newest first.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.config.compiler import flow_of
from openai_mock_api.config.load import load_responses
from openai_mock_api.script.flows import Turn
from openai_mock_api.testing.functions import work_of
from openai_mock_api.testing.messages import Conversation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from openai_mock_api.config.model import MockResponse, When
    from openai_mock_api.errors import ReplyError
    from openai_mock_api.script.flows import Flow
    from openai_mock_api.server.room import Room
    from openai_mock_api.testing.messages import Message
    from openai_mock_api.testing.turns import Function

#: The priority of what is added, and of the first answer that ends.
ADDED: Final = 1_000
ENDING: Final = 1_000_000


class Additions:
    """What a test has added to a room. ``failed`` is what its functions have raised. Lives as long as the mock."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Begin anew. The room is reset by others; functions that still work tell no one any more."""
        self.failed: list[ReplyError] = []
        self._level = self._ending = 0
        self._named: dict[str, int] = {}

    def add(
        self,
        kind: str,
        messages: Iterable[Message],
        *,
        id_: str | None = None,
        when: When | Mapping[str, Any] | None = None,
        priority: int | None = None,
        anchor: str = "start",
    ) -> str:
        """Add a response, and return its id. Raises ``ConfigError`` for what no configuration may say."""
        conversation = Conversation(messages)
        with self._lock:
            given = {
                "id": id_ or self._id(kind),
                "messages": conversation.messages,
                "when": when or {},
                "priority": self._priority(kind, conversation) if priority is None else priority,
                "anchor": anchor,
            }
            if self._room.settings.reply == "last":
                given["reply"] = "next"
            response = load_responses(given).config.responses[0]
            self._room.add([self._flow(response, conversation.functions)])
        return response.id

    def _id(self, kind: str) -> str:
        known = self._room.answering.script.by_id
        while True:
            number = self._named[kind] = self._named.get(kind, 0) + 1
            if f"{kind}-{number}" not in known:
                return f"{kind}-{number}"

    def _priority(self, kind: str, conversation: Conversation) -> int:
        if any(message.then == "miss" for message in conversation.messages):
            self._ending += 1
            return ENDING - self._ending
        if kind == "failure":
            self._level += 1
        return ADDED + self._level

    def _flow(self, response: MockResponse, functions: Mapping[tuple[int, int], Function]) -> Flow:
        """Compile a response, and put its functions in the places that they have."""
        flow = flow_of(response)
        steps = list(flow.steps)
        for (place, number), function in functions.items():
            turn = steps[place]
            assert isinstance(turn, Turn)
            replies = list(turn.replies)
            work = work_of(function, response.id, self.failed)
            replies[number] = msgspec.structs.replace(replies[number], failure=None, work=work)
            steps[place] = msgspec.structs.replace(turn, replies=tuple(replies))
        return msgspec.structs.replace(flow, steps=tuple(steps))
