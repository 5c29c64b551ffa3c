"""Chat Completions that are kept when the request says ``store: true``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openai_mock_api.resources.chat_requests import KeptRequest
from openai_mock_api.resources.collection import Collection
from openai_mock_api.surfaces.chat.surface import ChatAnswer

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Response
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.surfaces.chat.surface import Chat


class StoringChat:
    """The surface of Chat Completions, and the collection that keeps completions. ``parse`` is the surface's own."""

    def __init__(self, chat: Chat, kept: Collection) -> None:
        self.parse = chat.parse
        self._chat = chat
        self._kept = kept

    def render(self, call: Call, reply: Reply) -> ChatAnswer | StoredAnswer:
        """Answer a call with a reply. The answer is kept if the call says so, unless it breaks off.

        Raises ``ScriptError``.
        """
        answer = self._chat.render(call, reply)
        if call.parameters is None or not call.parameters.get("store") or reply.failure is not None:
            return answer
        whole = self._chat.completion(call, reply) if call.stream else None
        return StoredAnswer(answer, whole, KeptRequest.of(call.parameters), self._kept)


class _Identity(msgspec.Struct):
    id: str


_identity = msgspec.json.Decoder(_Identity).decode


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer that is kept each time it is given: as it is sent, or, where that is a stream, as ``whole``."""

    answer: ChatAnswer
    whole: ChatAnswer | None
    request: KeptRequest
    kept: Collection

    def response(self, clock: Clock) -> Response:
        """Return the answer with an id and a time of its own."""
        token, created = clock.token(), clock.now()
        response = self.answer.filled(token, created)
        completion = response.body if self.whole is None else self.whole.filled(token, created).body
        self.kept.put(_identity(completion).id, *self.request.stored_with(completion))
        return response
