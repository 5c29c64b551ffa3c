"""The surface of responses, with what is kept: every response, unless the request says ``store: false``.

A response in the background is queued while its reply waits, in progress while it is said, each for half of the time
where there is only one of the two.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from openai_mock_api.resources.items import listed
from openai_mock_api.resources.response_records import Background, Kept, conversation_of, previous_of, read
from openai_mock_api.surfaces.responses.answer import DIGITS, ResponsesAnswer
from openai_mock_api.surfaces.responses.output import SHARED
from openai_mock_api.surfaces.responses.request import own_items, resolved

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request, Response, Stream
    from openai_mock_api.resources.collection import Collection
    from openai_mock_api.resources.conversations import Conversations
    from openai_mock_api.resources.past import StoredPast
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.surfaces.responses.surface import Responses


class StoringResponses:
    """The surface of responses, which knows and keeps what was said before. A view of what is stored."""

    def __init__(self, surface: Responses, kept: Collection, past: StoredPast, conversations: Conversations) -> None:
        self._surface = surface
        self._kept = kept
        self._past = past
        self._conversations = conversations

    def parse(self, request: Request) -> Call:
        """Check a request and build the call, what came before it in front. Raises ``ApiError``."""
        return self._surface.parse(request, self._past)

    def render(self, call: Call, reply: Reply) -> ResponsesAnswer | StoredAnswer:
        """Answer a call with a reply. The answer is kept unless the call says otherwise. Raises ``ScriptError``."""
        answer = self._surface.render(call, reply)
        document = call.parameters or {}
        conversation = conversation_of(document)
        if document.get("store") is False and conversation is None:
            return answer
        items = listed(resolved(document, self._past) if call.recalls else own_items(document), _new_id)
        kept = Kept(items, previous_of(document), conversation)
        begins = reply.delay if answer.duration > reply.delay else answer.duration / 2
        return StoredAnswer(answer, kept.encoded(), begins, document.get("store") is not False, conversation, self)

    def keep(self, id: str, data: bytes, content: bytes) -> None:  # noqa: A002 - the wire's own name
        """Keep a response."""
        self._kept.put(id, data, content)

    def go_on(self, conversation: str, data: bytes, content: bytes) -> None:
        """Add the items of a response to its conversation."""
        self._conversations.append(conversation, [*read(content).input, *msgspec.json.decode(data)["output"]])


def _new_id(prefix: str, place: int) -> msgspec.Raw:
    """Return the id of an item of the request. It is two digits longer than those of the response's output."""
    return msgspec.Raw(b'"%b_%b%04x"' % (prefix.encode(), SHARED, place))


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer that is kept each time it is given. ``content`` is that of its record, with marks for ids.

    In the background it is queued for so many seconds until it ``begins``. With ``stored`` as false, only its
    conversation keeps it.
    """

    answer: ResponsesAnswer
    content: bytes
    begins: float
    stored: bool
    conversation: str | None
    keeper: StoringResponses

    def response(self, clock: Clock) -> Response:
        """Return the answer with ids and moments of its own."""
        token, created = clock.hex(DIGITS).encode(), clock.now()
        response = self.answer.filled(token, created)
        content = self.content.replace(SHARED, token)
        if self.answer.background:
            content = self._in_background(content, token, created, response.stream).encoded()
        is_sent = response.stream is None and not self.answer.background
        data = response.body if is_sent else self.answer.object(token, created)
        if self.stored:
            self.keeper.keep(f"resp_{token.decode()}00", data, content)
        if self.conversation is not None:
            self.keeper.go_on(self.conversation, data, content)
        return response

    def _in_background(self, content: bytes, token: bytes, created: float, stream: Stream | None) -> Kept:
        answer = self.answer
        background = Background(
            begun=msgspec.json.decode(answer.begun(token, created, b"queued")),
            created=created,
            delay=self.begins,
            duration=answer.duration,
            events=None if stream is None else [event.decode() for event in stream.tails],
            due=[] if stream is None else _due(stream, answer.delay),
        )
        return msgspec.structs.replace(read(content), background=background)


def _due(stream: Stream, delay: float) -> list[float]:
    """Return when each event is due, in seconds after the response was created."""
    return [delay + seconds for seconds in accumulate(wait for wait, _ in stream.frames())]
