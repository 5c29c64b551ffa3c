"""From a request to what the script answers: the same way for every surface."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from openai_mock_api.errors import ApiError, ScriptError
from openai_mock_api.http import Response, header_value
from openai_mock_api.lazy import Lazy
from openai_mock_api.script.diagnosis import nearest, report
from openai_mock_api.script.matching.expectations import ExpectationError
from openai_mock_api.script.obedience import obey
from openai_mock_api.script.script import Miss, Plays
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.templates.blanks import filled
from openai_mock_api.script.tokens.prefixes import LEAST
from openai_mock_api.server.admission import warned
from openai_mock_api.server.pending import Pending, worked
from openai_mock_api.server.traffic import counted
from openai_mock_api.surfaces.errors import error_response, no_match

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.script import generate
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Failure, Reply, Work
    from openai_mock_api.script.script import Script
    from openai_mock_api.server.admission import Admission
    from openai_mock_api.server.traffic import Traffic
else:
    generate = Lazy("openai_mock_api.script.generate")

log = logging.getLogger("openai_mock_api.matching")

#: From here on statuses say that the request was good and the server failed.
SERVER_ERROR: Final = 500


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


class _Heads(dict[str, bytes]):
    """The header that names a flow, by its id."""

    def __missing__(self, id_: str) -> bytes:
        head = self[id_] = b"x-mock-response: %b\r\n" % header_value(id_)
        return head


class Answering:
    """A script and how far its sequences have come. ``unmatched`` names the policy for misses."""

    def __init__(
        self,
        script: Script,
        unmatched: str,
        clock: Clock,
        admission: Admission,
        traffic: Traffic,
        plays: Plays | None = None,
    ) -> None:
        self.script = script
        self.plays = plays or Plays()
        self.admission = admission
        self.traffic = traffic
        self._clock = clock
        self._generate = None if unmatched == "error" else generate.POLICIES[unmatched]
        self._heads = _Heads()

    def answer(self, surface: Surface, request: Request) -> Response:
        """Answer a request. Raises ``ApiError`` for what surface or limits refuse, before anything is matched."""
        call = surface.parse(request)
        self.admission.check(call)
        if not self.traffic.limited and len(call.body) < LEAST and not call.recalls:
            return warned(self._answered(surface, call), call)
        head = self.traffic.admit(call)
        return warned(counted(self._answered(surface, call), head), call)

    def _answered(self, surface: Surface, call: Call) -> Response:
        outcome = self.script.match(call, self.plays)
        if outcome.counted:
            outcome = self.take(call, self.script)
        if isinstance(outcome, Match):
            return self._matched(surface, call, outcome)
        return self._missed(surface, call, outcome)

    def take(self, call: Call, script: Script) -> Match | Miss:
        """Find what answers a call, and count it. No two calls get the same answer of a sequence."""
        with self.plays.lock:
            outcome = script.match(call, self.plays)
            if isinstance(outcome, Match) and outcome.counted:
                played = self.plays.add(outcome.flow, outcome.turn)
                return msgspec.structs.replace(outcome, played=played)
            return outcome

    def _matched(self, surface: Surface, call: Call, match: Match) -> Response:
        try:
            reply = self.reply(call, match)
            if reply.work is None and not is_refused(call, reply):
                response = self.again(surface.render(call, reply), match)
                if call.recalls:
                    response.rendering = None
                return response
        except ScriptError as error:
            return self.contradicted(error, match)
        if reply.work is not None:
            return self.later(partial(self._worked, surface, call, match, reply.work), match)
        assert reply.failure is not None
        return self.failed(reply.failure, reply, match)

    def later(self, make: Callable[[], Awaitable[Response]], outcome: Match | Miss) -> Response:
        """Give an answer that ``make`` will make. Until then the journal knows its outcome alone."""
        response = Response(200, outcome=outcome)
        response.pending = Pending(response, make)
        return response

    async def _worked(self, surface: Surface, call: Call, match: Match, work: Work) -> Response:
        """Answer with what a function makes, as if it stood in the script."""
        try:
            made = await worked_match(match, work, call)
        except ApiError as error:
            return self.signed(error_response(error), match)
        return self._matched(surface, call, made)

    def contradicted(self, error: ScriptError, match: Match) -> Response:
        """Say why the script cannot be followed: in the answer and in the log."""
        log.warning("%s", error.message)
        return self.signed(error_response(error), match)

    def reply(self, call: Call, match: Match) -> Reply:
        """Fill in the reply of a match.

        Raises ``ScriptError`` when it cannot be filled in or contradicts the call, or the call what it expects.
        """
        if match.reply.expectation is not None:
            expect(match, call)
        reply = match.reply
        if reply.template is not None:
            reply = filled(reply, call, match, match.played, self._clock)
        if (call.tools or call.response_format != "text") and reply.work is None:
            reply = obey(call, reply, match.flow, match.turn)
        return reply

    def failed(self, failure: Failure, reply: Reply, match: Match) -> Response:
        """Give the error that a reply is."""
        response = error_response(failure.exception())
        response.delay = reply.delay
        return self.signed(response, match)

    def again(self, rendering: Rendering, match: Match) -> Response:
        """Give the answer of a match, once more where that is the answer to every request like it."""
        response = self.signed(rendering.response(self._clock), match)
        if self.script.depends_on_body_alone:
            response.rendering = rendering
            response.maker = self
        return response

    def signed(self, response: Response, match: Match) -> Response:
        """Say which flow has answered: in a header, in the journal, in the log."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("matched %s, turn %d, score %.2f", match.flow.id, match.turn, match.score)
        response.head += self._heads[match.flow.id]
        response.outcome = match
        if match.reply.headers:
            response.own = {**(response.own or {}), **match.reply.headers}
        return response

    def _missed(self, surface: Surface, call: Call, miss: Miss) -> Response:
        reply = self.generated(call)
        if reply is None:
            return self.explained(miss)
        response = surface.render(call, reply).response(self._clock)
        response.outcome = miss
        return response

    def generated(self, call: Call) -> Reply | None:
        """Make an answer for a miss, if the policy is to make one."""
        return None if self._generate is None else self._generate(call)

    def explained(self, miss: Miss, param: str | None = None) -> Response:
        """Say why nothing matched: in the answer and in the log. ``param`` is the part of the request that missed."""
        near = nearest(miss, self.plays)
        explanation = report(near) if param is None else f"{param} is not answered.\n{report(near)}"
        log.warning("no response matches a call for %s\n%s", miss.call.model, explanation)
        response = error_response(no_match(near, explanation, param))
        response.outcome = miss
        response.notable = True
        return response


def is_refused(call: Call, reply: Reply) -> bool:
    """Whether a reply is an error that answers the request itself, instead of an answer that fails later.

    Streams break off, and what is made in the background fails. A body can only say so in the family of responses.
    """
    if reply.failure is None:
        return False
    if reply.fault is None:
        return not (call.background and reply.failure.status >= SERVER_ERROR)
    return not (call.stream or call.background or (call.endpoint == "responses" and reply.fault.kind == "failed"))


def expect(match: Match, call: Call) -> None:
    """Note what the reply expects of the call in vain. Raises ``ExpectationError`` where that ends it."""
    expectation = match.reply.expectation
    assert expectation is not None
    call.unmet = expectation.unmet(call)
    if call.unmet and expectation.hard:
        raise ExpectationError(match.flow.id, match.turn, call.unmet)


async def worked_match(match: Match, work: Work, call: Call) -> Match:
    """Return a match with the reply that a function makes. Raises ``ApiError``."""
    return msgspec.structs.replace(match, reply=await worked(work, call), counted=False)
