"""From a request to what the script answers: the same way for every surface."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from openai_mock_api.http import Response, header_value
from openai_mock_api.script.candidates import Match
from openai_mock_api.script.diagnosis import nearest, report
from openai_mock_api.script.generate import auto, echo
from openai_mock_api.script.script import Miss, Plays
from openai_mock_api.surfaces.errors import error_response, no_match

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.script import Script

log = logging.getLogger("openai_mock_api.matching")

#: What answers a call that no flow matches, by policy.
GENERATORS: Final[dict[str, Callable[[Call], Reply]]] = {"echo": echo, "auto": auto}


class Rendering(Protocol):
    """An answer of a surface that lacks its ids and its time."""

    def response(self, clock: Clock) -> Response:
        """Return the answer with ids and a time of its own."""


class Surface(Protocol):
    """One API family, as far as conversations need it."""

    def parse(self, request: Request) -> Call:
        """Check a request and build the call. Raises ``ApiError``."""

    def render(self, call: Call, reply: Reply) -> Rendering:
        """Answer a call with a reply."""


class Answering:
    """A script and how far its sequences have come. ``unmatched`` names the policy for misses."""

    def __init__(self, script: Script, unmatched: str, clock: Clock) -> None:
        self.script = script
        self.plays = Plays()
        self._clock = clock
        self._generate = GENERATORS.get(unmatched)
        self._heads = {flow.id: b"x-mock-response: %b\r\n" % header_value(flow.id) for flow in script.flows}

    def answer(self, surface: Surface, request: Request) -> Response:
        """Answer a request. Raises ``ApiError`` for what the surface refuses, before anything is matched."""
        call = surface.parse(request)
        outcome = self.script.match(call, self.plays)
        if isinstance(outcome, Match):
            return self._matched(surface, call, outcome)
        return self._missed(surface, call, outcome)

    def _matched(self, surface: Surface, call: Call, match: Match) -> Response:
        if match.flow.turn(match.turn).counted:
            self.plays.add(match.flow, match.turn)
        reply = match.reply
        if reply.failure is None:
            return self.again(surface.render(call, reply), match)
        response = error_response(reply.failure.exception())
        response.delay = reply.delay
        return self._signed(response, match)

    def again(self, rendering: Rendering, match: Match) -> Response:
        """Give the answer of a match, once more where that is the answer to every request like it."""
        response = self._signed(rendering.response(self._clock), match)
        if self.script.depends_on_body_alone:
            response.rendering = rendering
        return response

    def _signed(self, response: Response, match: Match) -> Response:
        """Say which flow has answered: in a header, in the journal, in the log."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("matched %s, turn %d, score %.2f", match.flow.id, match.turn, match.score)
        response.head += self._heads[match.flow.id]
        response.outcome = match
        if match.reply.headers:
            response.own = {**(response.own or {}), **match.reply.headers}
        return response

    def _missed(self, surface: Surface, call: Call, miss: Miss) -> Response:
        if self._generate is None:
            response = self._explained(miss)
        else:
            response = surface.render(call, self._generate(call)).response(self._clock)
        response.outcome = miss
        return response

    def _explained(self, miss: Miss) -> Response:
        near = nearest(miss, self.plays)
        explanation = report(near)
        log.warning("no response matches a call for %s\n%s", miss.call.model, explanation)
        return error_response(no_match(near, explanation))
