"""The routes of responses and conversations, which share what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.resources import responses
from openai_mock_api.resources.collection import Collection
from openai_mock_api.resources.conversations import Conversations
from openai_mock_api.resources.past import StoredPast, no_previous
from openai_mock_api.resources.response_inputs import ResponseInputs
from openai_mock_api.resources.response_synthesis import ResponseSynthesis
from openai_mock_api.resources.responses import StoredResponses
from openai_mock_api.resources.storing_responses import StoringResponses
from openai_mock_api.server.routes import Route
from openai_mock_api.surfaces.responses.surface import Responses

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.clock import Clock
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.http import Request, Response
    from openai_mock_api.resources.store import Store
    from openai_mock_api.server.answering import Surface


def conversing(
    settings: Settings, store: Store, clock: Clock, answer: Callable[[Surface, Request], Response]
) -> list[Route]:
    """Return the routes. ``answer`` answers requests of a surface by the script."""
    level, synthesize = settings.validation, settings.resources.missing == "synthesize"
    surface = Responses(level)
    made_up = ResponseSynthesis(surface, clock, next(iter(settings.models), "gpt-4o")) if synthesize else None
    kept = Collection(store, "response", responses.not_found, made_up)
    conversations = Conversations(store, clock, synthesize=synthesize, lenient=level != "strict")
    past = StoredPast(Collection(store, "response", no_previous, made_up), conversations)
    storing = StoringResponses(surface, kept, past, conversations)
    stored, inputs = StoredResponses(kept, past, clock), ResponseInputs(past, clock, level)
    one, items = "/conversations/{conversation}", "/conversations/{conversation}/items"
    return [
        Route("POST", "/responses", lambda request: answer(storing, request)),
        Route("POST", "/responses/input_tokens", inputs.count),
        Route("POST", "/responses/compact", inputs.compact),
        Route("GET", "/responses/{response}", stored.one),
        Route("DELETE", "/responses/{response}", stored.delete),
        Route("POST", "/responses/{response}/cancel", stored.cancel),
        Route("GET", "/responses/{response}/input_items", stored.input_items),
        Route("POST", "/conversations", conversations.create),
        Route("GET", one, conversations.one),
        Route("POST", one, conversations.update),
        Route("DELETE", one, conversations.delete),
        Route("GET", items, conversations.all_items),
        Route("POST", items, conversations.add),
        Route("GET", f"{items}/{{item}}", conversations.item),
        Route("DELETE", f"{items}/{{item}}", conversations.delete_item),
    ]
