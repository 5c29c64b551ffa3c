"""Endpoints whose answer is worked out rather than said: embeddings and moderations. The script can make them fail.

Each input is matched as a conversation of one message, against the flows whose conditions name the endpoint. A turn
that is an error is the answer to the whole request; of other turns only the delay and the headers count.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.inputs.moderation import Moderator
from openai_mock_api.script.inputs.nearness import Vectors
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.tokens.windows import by_name
from openai_mock_api.server.admission import warned
from openai_mock_api.server.prompts import NAMED
from openai_mock_api.server.routes import Route
from openai_mock_api.server.traffic import counted
from openai_mock_api.surfaces.embeddings.request import Limits
from openai_mock_api.surfaces.embeddings.surface import Embeddings
from openai_mock_api.surfaces.moderations.surface import Moderations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request, Response
    from openai_mock_api.script.messages import Call, Message
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.server.answering import Answering
    from openai_mock_api.server.room import Room


class Asked(Protocol):
    """One request, read."""

    @property
    def call(self) -> Call:
        """The request as a whole, without messages."""

    @property
    def messages(self) -> Sequence[Message]:
        """Each input as a message of the user."""


A = TypeVar("A", bound=Asked)


class InputSurface(Protocol[A]):
    """One API family that takes inputs."""

    def parse(self, request: Request) -> A:
        """Check a request and read its inputs. Raises ``ApiError``."""

    def respond(self, asked: A, clock: Clock) -> Response:
        """Answer what was asked. Raises ``ApiError``."""


def embeddings(room: Room) -> list[Route]:
    """Return the route of embeddings in a room."""
    settings = room.settings
    vectors = Vectors(settings.embeddings, settings.embedding_dimensions)
    limits = Limits(vectors.size, partial(by_name, settings.context_windows), settings.models)
    as_numbers = settings.embedding_format == "float"
    return [_route(room, "/embeddings", Embeddings(vectors, limits, settings.validation, as_numbers=as_numbers))]


def moderations(room: Room) -> list[Route]:
    """Return the route of moderations in a room."""
    settings = room.settings
    surface = Moderations(Moderator(settings.moderations), settings.models, settings.validation)
    return [_route(room, "/moderations", surface)]


def _route(room: Room, path: str, surface: InputSurface[A]) -> Route:
    return Route("POST", path, lambda request: answer_inputs(room.answering, room.clock, surface, request))


def answer_inputs(answering: Answering, clock: Clock, surface: InputSurface[A], request: Request) -> Response:
    """Answer a request. Raises ``ApiError``."""
    asked = surface.parse(request)
    head = answering.traffic.admit(asked.call) if answering.traffic.limited else None
    return warned(counted(_answered(answering, clock, surface, asked), head), asked.call)


def _answered(answering: Answering, clock: Clock, surface: InputSurface[A], asked: A) -> Response:
    matches: dict[str, Match] = {}
    delay = 0.0
    for match, call in _met(answering, asked):
        try:
            reply = _reply(answering, call, match)
            asked.call.unmet = call.unmet or asked.call.unmet
        except ScriptError as error:
            return answering.contradicted(error, match)
        if reply.failure is not None:
            return answering.failed(reply.failure, reply, match)
        matches[match.flow.id], delay = match, max(delay, reply.delay)
    response = surface.respond(asked, clock)
    response.delay = delay
    for match in list(matches.values())[:NAMED]:
        answering.signed(response, match)
    return response


def _met(answering: Answering, asked: Asked) -> Iterator[tuple[Match, Call]]:
    """Yield what is scripted for the inputs, one after the other, so that sequences go on from each to the next."""
    script = answering.script.meant_for(asked.call.endpoint)
    for message in asked.messages if script.flows else ():
        call = msgspec.structs.replace(asked.call, messages=[message])
        match = answering.take(call, script)
        if isinstance(match, Match):
            yield match, call


def _reply(answering: Answering, call: Call, match: Match) -> Reply:
    reply = answering.reply(call, match)
    if reply.work is None:
        return reply
    raise ScriptError(
        f"The response '{match.flow.id}' answers by a function at messages[{match.turn}], and {call.endpoint} are not "
        "answered in words. Let that message be an error, or let the response not be for this endpoint."
    )
