"""The surface of responses, with what is kept: every response, unless the request says ``store: false``.

A response in the background is queued while its reply waits and in progress while it is said, or each for half of the
time that a reply waits which is said at once.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.resources.items import listed
from openai_mock_api.resources.lanes import Lane
from openai_mock_api.resources.response_records import Background, Kept, conversation_of, previous_of, read
from openai_mock_api.surfaces.responses.answer import DIGITS, ResponsesAnswer
from openai_mock_api.surfaces.responses.output import SHARED
from openai_mock_api.surfaces.responses.request import own_items, resolved
from openai_mock_api.surfaces.responses.surface import whole_output

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
        call = self._surface.parse(request, self._past.on(request.lane))
        call.lane = request.lane
        conversation = conversation_of(call.parameters or {}) if call.recalls else None
        if conversation is not None and self._conversations.is_busy(conversation):
            raise _locked()
        return call

    def render(self, call: Call, reply: Reply) -> ResponsesAnswer | StoredAnswer:
        """Answer a call with a reply. The answer is kept unless the call says otherwise. Raises ``ScriptError``."""
        answer = self._surface.render(call, reply)
        document = call.parameters or {}
        conversation = conversation_of(document)
        stored = document.get("store") is not False
        if not stored and conversation is None and call.lane is None:
            return answer
        content = self._content(call, reply, document).encoded()
        return StoredAnswer(answer, content, stored, conversation, call.lane, self)

    def _content(self, call: Call, reply: Reply, document: dict[str, Any]) -> Kept:
        """Return what is kept beside a response. What only its connection remembers of its past is kept with it."""
        past, previous = self._past.on(call.lane), previous_of(document)
        items = listed(resolved(document, past) if call.recalls else own_items(document), _new_id)
        if call.lane is not None and previous is not None and self._kept.find(previous) is None:
            items, previous = [*past.until(previous), *items], None
        hides = reply.failure is None and (reply.items or reply.reasoning)
        return Kept(
            items,
            previous,
            conversation_of(document),
            output=whole_output(call, reply) if hides else [],
            logprobs=list(reply.logprobs) if isinstance(reply.logprobs, tuple) else reply.logprobs,
        )

    def keep(self, id: str, data: bytes, content: bytes) -> None:  # noqa: A002 - the wire's own name
        """Keep a response."""
        self._kept.put(id, data, content)

    def remember(self, lane: Lane, data: bytes, content: bytes) -> None:
        """Let a connection remember a response, unless it has failed."""
        response, kept = msgspec.json.decode(data), read(content)
        if response["status"] == "failed":
            lane.fail()
        else:
            past = self._past.on(lane).inputs(kept)
            lane.keep(response["id"], [*past, *(kept.output or response["output"])])

    def go_on(self, conversation: str, data: bytes, content: bytes) -> None:
        """Add the items of a response to its conversation, once it is finished. One that fails adds nothing."""
        response, kept = msgspec.json.decode(data), read(content)
        if response["status"] == "failed":
            return
        items = [*kept.input, *(kept.output or response["output"])]
        if kept.background is None:
            self._conversations.append(conversation, items)
        else:
            self._conversations.append_later(conversation, response["id"], items, kept.background.finished)


def _locked() -> ApiError:
    return ApiError(
        400,
        "Another process is currently operating on this conversation. Please retry in a few seconds.",
        param="conversation",
        code="conversation_locked",
    )


def _new_id(prefix: str, place: int) -> msgspec.Raw:
    """Return the id of an item of the request. It is two digits longer than those of the response's output."""
    return msgspec.Raw(b'"%b_%b%04x"' % (prefix.encode(), SHARED, place))


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer that is kept each time it is given. ``content`` is that of its record, with marks for ids.

    With ``stored`` as false, only its conversation and the ``lane`` of its connection keep it.
    """

    answer: ResponsesAnswer
    content: bytes
    stored: bool
    conversation: str | None
    lane: Lane | None
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
        if self.lane is not None:
            self.keeper.remember(self.lane, data, content)
        if self.conversation is not None:
            self.keeper.go_on(self.conversation, data, content)
        return response

    def _in_background(self, content: bytes, token: bytes, created: float, stream: Stream | None) -> Kept:
        answer = self.answer
        background = Background(
            begun=msgspec.json.decode(answer.begun(token, created, b"queued")),
            created=created,
            delay=answer.begins,
            duration=answer.duration,
            events=None if stream is None else [event.decode() for event in stream.tails],
            due=[] if stream is None else _due(stream, answer.delay),
        )
        return msgspec.structs.replace(read(content), background=background)


def _due(stream: Stream, delay: float) -> list[float]:
    """Return when each event is due, in seconds after the response was created."""
    return [delay + seconds for seconds in accumulate(wait for wait, _ in stream.frames())]
