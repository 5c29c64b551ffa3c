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

    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.script import Script

log = logging.getLogger("openai_mock_api.matching")

#: What answers a call that no flow matches, by policy.
GENERATORS: Final[dict[str, Callable[[Call], Reply]]] = {"echo": echo, "auto": auto}


#: What a surface's reading of a request depends on: path, content type, body.
Key = tuple[str, bytes | None, bytes]

#: So many bodies, each of at most so many bytes, are remembered with what was chosen for them.
REMEMBERED: Final = 1000
SHORT: Final = 4096


class Surface(Protocol):
    """One API family, as far as conversations need it."""

    def parse(self, request: Request) -> Call:
        """Check a request and build the call. Raises ``ApiError``."""

    def render(self, call: Call, reply: Reply) -> Response:
        """Answer a call with a reply."""


class Answering:
    """A script and how far its sequences have come. ``unmatched`` names the policy for misses."""

    def __init__(self, script: Script, unmatched: str) -> None:
        self.script = script
        self.plays = Plays()
        self._known: dict[Key, tuple[Call, Match]] = {}
        self._generate = GENERATORS.get(unmatched)
        self._heads = {flow.id: b"x-mock-response: %b\r\n" % header_value(flow.id) for flow in script.flows}

    def answer(self, surface: Surface, request: Request) -> Response:
        """Answer a request. Raises ``ApiError`` for what the surface refuses, before anything is matched."""
        key = (request.path, request.header(b"content-type"), request.body)
        known = self._known.get(key)
        if known is not None:
            return self._matched(surface, *known)
        call = surface.parse(request)
        outcome = self.script.match(call, self.plays)
        if isinstance(outcome, Match):
            self._remember(key, call, outcome)
            return self._matched(surface, call, outcome)
        return self._missed(surface, call, outcome)

    def _remember(self, key: Key, call: Call, match: Match) -> None:
        """Keep what was chosen for a request, where the same body always leads to the same choice."""
        if self.script.depends_on_body_alone and len(call.body) <= SHORT:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = call, match

    def _matched(self, surface: Surface, call: Call, match: Match) -> Response:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("matched %s, turn %d, score %.2f", match.flow.id, match.turn, match.score)
        if match.flow.turn(match.turn).counted:
            self.plays.add(match.flow, match.turn)
        reply = match.reply
        if reply.failure is None:
            response = surface.render(call, reply)
        else:
            response = error_response(reply.failure.exception())
            response.delay = reply.delay
        response.head += self._heads[match.flow.id]
        if reply.headers:
            response.own = {**response.own, **reply.headers}
        response.outcome = match
        return response

    def _missed(self, surface: Surface, call: Call, miss: Miss) -> Response:
        response = self._explained(miss) if self._generate is None else surface.render(call, self._generate(call))
        response.outcome = miss
        return response

    def _explained(self, miss: Miss) -> Response:
        near = nearest(miss, self.plays)
        explanation = report(near)
        log.warning("no response matches a call for %s\n%s", miss.call.model, explanation)
        return error_response(no_match(near, explanation))
