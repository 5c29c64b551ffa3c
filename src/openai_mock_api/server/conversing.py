"""The routes of responses and conversations, which share what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openai_mock_api.resources import responses
from openai_mock_api.resources.collection import Collection
from openai_mock_api.resources.conversations import Conversations
from openai_mock_api.resources.past import StoredPast, no_previous
from openai_mock_api.resources.response_inputs import ResponseInputs
from openai_mock_api.resources.response_synthesis import ResponseSynthesis
from openai_mock_api.resources.responses import StoredResponses
from openai_mock_api.resources.storing_responses import StoringResponses
from openai_mock_api.script.replies import Reply
from openai_mock_api.server.routes import Route
from openai_mock_api.surfaces.responses.surface import Responses

if TYPE_CHECKING:
    from openai_mock_api.http import Request, Response
    from openai_mock_api.server.room import Room


#: What is said to a request that is only to be remembered: nothing, not even an empty text.
_SILENCE: Final = Reply(items=({"type": "message"},))


def prepared(room: Room, storing: StoringResponses, request: Request) -> Response:
    """Remember a request without answering it. Raises ``ApiError`` (source: guide "WebSocket mode", ``generate``)."""
    call = storing.parse(request)
    room.answering.admission.check(call)
    return storing.render(call, _SILENCE).response(room.clock)


def routes(room: Room) -> list[Route]:
    """Return the routes of a room."""
    settings, store, clock = room.settings, room.store, room.clock
    level, synthesize = settings.validation, settings.resources.missing == "synthesize"
    surface = Responses(level, settings.moderations)
    made_up = ResponseSynthesis(surface, clock, next(iter(settings.models), "gpt-4o")) if synthesize else None
    kept = Collection(store, "response", responses.not_found, made_up)
    conversations = Conversations(
        store, clock, lambda item: past.item({}, item), synthesize=synthesize, lenient=level != "strict"
    )
    past = StoredPast(Collection(store, "response", no_previous, made_up), conversations, clock)
    storing = StoringResponses(surface, kept, past, conversations)
    stored, inputs = StoredResponses(kept, past, conversations, clock), ResponseInputs(past, clock, level)

    def create(request: Request) -> Response:
        if request.lane is not None and not request.lane.generates:
            return prepared(room, storing, request)
        return room.answering.answer(storing, request)

    return [
        Route("POST", "/responses", create),
        Route("POST", "/responses/input_tokens", inputs.count),
        Route("POST", "/responses/compact", inputs.compact),
        Route("GET", "/responses/{response}", stored.one),
        Route("DELETE", "/responses/{response}", stored.delete),
        Route("POST", "/responses/{response}/cancel", stored.cancel),
        Route("GET", "/responses/{response}/input_items", stored.input_items),
        *_conversation_routes(conversations),
    ]


def _conversation_routes(conversations: Conversations) -> list[Route]:
    one, items = "/conversations/{conversation}", "/conversations/{conversation}/items"
    return [
        Route("POST", "/conversations", conversations.create),
        Route("GET", one, conversations.one),
        Route("POST", one, conversations.update),
        Route("DELETE", one, conversations.delete),
        Route("GET", items, conversations.all_items),
        Route("POST", items, conversations.add),
        Route("GET", f"{items}/{{item}}", conversations.item),
        Route("DELETE", f"{items}/{{item}}", conversations.delete_item),
    ]
