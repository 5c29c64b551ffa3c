"""Chat completions that nobody asked for: what an unknown id gets with ``missing: synthesize``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.resources.chat_requests import KeptRequest
from openai_mock_api.resources.collection import MADE_UP
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.replies import Reply

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.surfaces.chat.surface import Chat

#: The SDK's type for stored messages knows no role but this.
_REQUEST: Final = KeptRequest.of({"messages": [{"role": "assistant", "content": MADE_UP}]})


class ChatSynthesis:
    """Makes up completions of one model, rendered like those of the script."""

    def __init__(self, chat: Chat, clock: Clock, model: str) -> None:
        self._chat = chat
        self._clock = clock
        self._model = model

    def __call__(self, id: str) -> tuple[bytes, bytes]:  # noqa: A002 - the wire's own name
        """Return data and content of the completion with an id."""
        call = Call("chat", self._model, [Message("assistant", MADE_UP)])
        completion = self._chat.render(call, Reply(content=MADE_UP)).response(self._clock).body
        return _REQUEST.stored_with(msgspec.json.encode({**msgspec.json.decode(completion), "id": id}))
