"""Requests that hold several calls: each is matched on its own, and one response answers them all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from openai_mock_api.errors import ScriptError
from openai_mock_api.http import Response
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.server.admission import warned
from openai_mock_api.server.answering import is_refused, worked_match
from openai_mock_api.server.routes import Route
from openai_mock_api.server.traffic import counted
from openai_mock_api.surfaces.azure import extras
from openai_mock_api.surfaces.completions.surface import Completions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.script import Miss
    from openai_mock_api.server.answering import Answering, Rendering
    from openai_mock_api.server.room import Room


#: Most flows that one answer names in its headers: clients take a hundred headers.
NAMED: Final = 20


class PromptSurface(Protocol):
    """One API family whose requests hold several calls."""

    def parse(self, request: Request) -> Sequence[Call]:
        """Check a request and build its calls, at least one. Raises ``ApiError``."""

    def render(self, calls: Sequence[Call], replies: Sequence[Reply]) -> Rendering:
        """Answer each call with its reply."""


class _Said(NamedTuple):
    """What one call gets."""

    outcome: Match | Miss
    reply: Reply


def routes(room: Room, *, azure: bool = False) -> list[Route]:
    """Return the route of text completions in a room; ``azure`` adds what Azure adds to their answers."""
    surface = Completions(room.settings.validation, extras if azure else None)
    return [Route("POST", "/completions", lambda asked: answer_prompts(room.answering, room.clock, surface, asked))]


def answer_prompts(answering: Answering, clock: Clock, surface: PromptSurface, request: Request) -> Response:
    """Answer a request. The first error or miss among its calls is the answer to all. Raises ``ApiError``."""
    calls = surface.parse(request)
    for call in calls:
        answering.admission.check(call)
    head = answering.traffic.admit(*calls)
    response = counted(_answered(answering, clock, surface, calls), head)
    told = next((call for call in calls if call.warning is not None), calls[0])
    told.unmet = tuple(unmet for call in calls for unmet in call.unmet)
    return warned(response, told)


def _answered(answering: Answering, clock: Clock, surface: PromptSurface, calls: Sequence[Call]) -> Response:
    answers: list[_Said] = []
    for place, call in enumerate(calls):
        said = _say(answering, call, f"prompt[{place}]" if len(calls) > 1 else None)
        if isinstance(said, Response):
            return said
        answers.append(said)
    if any(said.reply.work is not None for said in answers):
        return answering.later(partial(_worked, answering, clock, surface, calls, answers), answers[0].outcome)
    return _rendered(answering, clock, surface, calls, answers)


async def _worked(
    answering: Answering, clock: Clock, surface: PromptSurface, calls: Sequence[Call], answers: list[_Said]
) -> Response:
    """Answer with what functions make where they shall."""
    for place, (call, (outcome, reply)) in enumerate(zip(calls, answers, strict=True)):
        if isinstance(outcome, Match) and reply.work is not None:
            said = _scripted(answering, call, await worked_match(outcome, reply.work, call))
            if isinstance(said, Response):
                return said
            answers[place] = said
    return _rendered(answering, clock, surface, calls, answers)


def _rendered(
    answering: Answering, clock: Clock, surface: PromptSurface, calls: Sequence[Call], answers: list[_Said]
) -> Response:
    rendering = surface.render(calls, [said.reply for said in answers])
    return _signed(answering, clock, rendering, [said.outcome for said in answers])


def _say(answering: Answering, call: Call, param: str | None) -> _Said | Response:
    """Find what one call gets, or the error that ends it all."""
    outcome = answering.take(call, answering.script)
    if isinstance(outcome, Match):
        return _scripted(answering, call, outcome)
    reply = answering.generated(call)
    return answering.explained(outcome, param) if reply is None else _Said(outcome, reply)


def _scripted(answering: Answering, call: Call, match: Match) -> _Said | Response:
    try:
        reply = answering.reply(call, match)
        _check_text(reply, match)
    except ScriptError as error:
        return answering.contradicted(error, match)
    if is_refused(call, reply):
        assert reply.failure is not None
        return answering.failed(reply.failure, reply, match)
    return _Said(match, reply)


def _check_text(reply: Reply, match: Match) -> None:
    """Raise ``ScriptError`` for a reply that calls tools: a text completion has none."""
    if any(said.tool_calls for said in reply.choices or (reply,)):
        raise ScriptError(
            f"The response '{match.flow.id}' calls tools at messages[{match.turn}], and a text completion cannot. Let "
            "that message have content, or answer the endpoint 'completions' by a response of its own (when: "
            "{endpoint: completions})."
        )


def _signed(answering: Answering, clock: Clock, rendering: Rendering, outcomes: Sequence[Match | Miss]) -> Response:
    """Say which flows have answered. The journal names the first, or a call that none answers."""
    first = outcomes[0]
    if len(outcomes) == 1 and isinstance(first, Match):
        return answering.again(rendering, first)
    response = rendering.response(clock)
    matches = {outcome.flow.id: outcome for outcome in outcomes if isinstance(outcome, Match)}
    for match in list(matches.values())[:NAMED]:
        answering.signed(response, match)
    response.outcome = next((outcome for outcome in outcomes if not isinstance(outcome, Match)), first)
    return response
