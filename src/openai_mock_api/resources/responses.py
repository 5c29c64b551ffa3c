"""Stored responses: retrieve, delete, cancel, input items; counting and compacting input (source: API reference)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.http import JSON_HEAD, Response, Stream, json_response
from openai_mock_api.resources.items import INCLUDABLE, records
from openai_mock_api.resources.paging import Paging, page
from openai_mock_api.resources.query import Query
from openai_mock_api.resources.response_includes import check_included, including
from openai_mock_api.resources.response_records import read
from openai_mock_api.surfaces.chat.surface import SSE_HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.resources.collection import Collection
    from openai_mock_api.resources.conversations import Conversations
    from openai_mock_api.resources.past import StoredPast
    from openai_mock_api.resources.response_records import Background
    from openai_mock_api.resources.store import Record

#: How long the stream of a response can be asked for again, in seconds.
STREAMED: Final = 300

#: More events than any stream has.
_MOST: Final = 1_000_000_000


class StoredResponses:
    """The responses that were created without ``store: false``.

    Handlers take the id of the path. They raise ``ApiError`` 404 for an unknown one, which there is none of where
    objects are made up: see ``Collection``.
    """

    def __init__(self, kept: Collection, past: StoredPast, conversations: Conversations, clock: Clock) -> None:
        self._kept = kept
        self._past = past
        self._conversations = conversations
        self._clock = clock

    def one(self, request: Request, response: str) -> Response:
        """Return one as it is now, or its stream, from behind the event ``starting_after``."""
        query = Query(request.query)
        included = query.several("include", *INCLUDABLE)
        record = self._kept.get(response)
        check_included(included)
        if query.boolean("stream"):
            return self._stream(record, query.integer("starting_after", 0, _MOST, -1))
        return Response(200, JSON_HEAD, self._now(record, included))

    def delete(self, _: Request, response: str) -> Response:
        """Forget one."""
        return json_response({**self._kept.delete(response), "object": "response"})

    def cancel(self, _: Request, response: str) -> Response:
        """Stop one that is made in the background: its conversation never has it. One that is finished stays."""
        record = self._kept.get(response)
        kept = read(record.content)
        if kept.background is None and not record.object().get("background"):
            raise ApiError(400, "Cannot cancel a synchronous response.")
        now = self._clock.now()
        if kept.background is not None and kept.background.status(now) is not None:
            cancelled = msgspec.json.encode({**kept.background.begun, "status": "cancelled"})
            content = msgspec.structs.replace(kept, background=kept.background.until(now), output=[]).encoded()
            record = self._kept.put(response, cancelled, content)
            if kept.conversation is not None:
                self._conversations.give_up(kept.conversation, response)
        return Response(200, JSON_HEAD, self._now(record))

    def input_items(self, request: Request, response: str) -> Response:
        """List the items that one answers, those of earlier turns too, in pages."""
        query = Query(request.query)
        paging, included = Paging.read(query), query.several("include", *INCLUDABLE)
        items = records(self._past.inputs(read(self._kept.get(response).content)), included)
        return json_response(page(items, paging, self._place(items)))

    def _place(self, items: list[Record]) -> Callable[[str], int | None]:
        places = {item.id: item.place for item in items}

        def place(item: str) -> int | None:
            if item not in places and self._kept.is_complete:
                raise ApiError(404, f"Item with id '{item}' not found.", param="after")
            return places.get(item)

        return place

    def _now(self, record: Record, included: Sequence[str] = ()) -> bytes:
        kept = read(record.content)
        background = kept.background
        status = None if background is None else background.status(self._clock.now())
        if background is None or status is None:
            return msgspec.json.encode(including(record.object(), kept, included)) if included else record.data
        return msgspec.json.encode({**background.begun, "status": status})

    def _stream(self, record: Record, after: int) -> Response:
        background = read(record.content).background
        if background is None or background.events is None:
            raise _not_streamed()
        if self._clock.now() > background.created + STREAMED:
            raise ApiError(400, "This response can no longer be streamed because it is more than 5 minutes old.")
        return Response(200, SSE_HEAD, b"", _rest(background, after + 1, self._clock.now()))


def _rest(background: Background, first: int, now: float) -> Stream:
    """Return the events from one on: at once those that are past, the others when they are due."""
    events = (background.events or [])[first:]
    due = [max(0.0, background.created + seconds - now) for seconds in background.due[first:]]
    delays = tuple(later - earlier for earlier, later in pairwise([0.0, *due]))
    return Stream(tuple(event.encode() for event in events), delays=delays if any(delays) else None)


def _not_streamed() -> ApiError:
    return ApiError(
        400, "This response cannot be streamed because it was not created with background=true and stream=true."
    )


def not_found(response: str) -> ApiError:
    """There is no such response."""
    return ApiError(404, f"Response with id '{response}' not found.")
