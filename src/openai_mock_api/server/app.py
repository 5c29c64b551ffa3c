"""The app: a plain function from request to response, and what it needs to know.

``handle`` is synchronous and total: bad input becomes an error body of OpenAI's API, never an exception.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from openai_mock_api.clock import Clock
from openai_mock_api.errors import ApiError
from openai_mock_api.http import Response, header_value, json_response
from openai_mock_api.journal import Exchange, Journal
from openai_mock_api.script import tokens
from openai_mock_api.script.candidates import Match
from openai_mock_api.server.answering import Answering
from openai_mock_api.server.keys import Keys
from openai_mock_api.server.logs import REQUESTS
from openai_mock_api.server.routes import Route, Routes
from openai_mock_api.surfaces.chat import Chat
from openai_mock_api.surfaces.errors import body_too_large, error_response, internal_error
from openai_mock_api.surfaces.models import Models

if TYPE_CHECKING:
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.http import Request
    from openai_mock_api.server.answering import Rendering

log = logging.getLogger(REQUESTS)

#: Cross-origin headers, as the npm package sends them, with the names that browsers may read.
CORS_HEAD: Final = (
    b"access-control-allow-origin: *\r\n"
    b"access-control-allow-methods: GET, POST, PUT, DELETE, OPTIONS\r\n"
    b"access-control-expose-headers: X-Request-ID\r\n"
)
#: The headers of every answer; what is left open are the organisation, the request's id and the milliseconds.
HEAD: Final = (
    b"openai-version: 2020-10-01\r\nopenai-organization: %b\r\nx-request-id: %%b\r\nopenai-processing-ms: %%d\r\n"
)

ALLOWED_HEADERS: Final = b"Origin, X-Requested-With, Content-Type, Accept, Authorization"


#: So many requests, each of at most so many bytes, are remembered with their answers.
KEPT: Final = 1000
SHORT: Final = 8192


class Kept(NamedTuple):
    """A request that always gets the same answer, and that answer."""

    request: Request
    rendering: Rendering
    match: Match


class App:
    """One mock API. Lives as long as its server, and longer: a stopped server's journal can still be read."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.journal = Journal(settings.journal.exchanges, settings.journal.bytes)
        self.load(settings)

    def load(self, settings: Settings) -> None:
        """Serve another configuration from the next request on. Journal and clock stay."""
        self.settings = settings
        self.answering = Answering(settings.script, settings.unmatched, self.clock)
        self._kept: dict[bytes, Kept] = {}
        self._keys = Keys(settings.keys)
        organization = header_value(settings.organization).replace(b"%", b"%%")
        self._head = b"%%b%b%b" % (CORS_HEAD, HEAD % organization)
        self._routes = Routes(self._table())

    def _table(self) -> list[Route]:
        chat = Chat()
        models = Models(self.settings.models)
        return [
            Route("POST", "/chat/completions", lambda request: self.answering.answer(chat, request)),
            Route("GET", "/models", models.all),
            Route("GET", "/models/{model}", models.one),
            Route("GET", "/health", self._health, open=True),
        ]

    def reset(self) -> None:
        """Forget what happened: the journal, and how far sequences have come."""
        self.journal.clear()
        self.answering.plays.clear()

    def prepare(self) -> None:
        """Do now what the first request would otherwise wait for: the script's index and the token tables."""
        self.answering.script.warm()
        tokens.load()

    def handle(self, request: Request) -> Response:
        """Answer a request, and keep both in the journal."""
        begun = self.clock.monotonic()
        try:
            if len(request.body) > self.settings.max_body_bytes:
                raise body_too_large(self.settings.max_body_bytes)
            response = self._dispatch(request)
        except ApiError as error:
            response = error_response(error)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = error_response(internal_error())
        return self._finish(request, response, begun)

    def keep(self, data: bytes, request: Request, response: Response) -> None:
        """Remember the answer to the bytes of a request, if it is the answer to those bytes every time."""
        if response.rendering is None or len(data) > SHORT:
            return
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[data] = Kept(request, response.rendering, response.outcome)

    def recall(self, data: bytes) -> Response | None:
        """Answer bytes that have been answered before: nothing changes but ids and time. None for others."""
        kept = self._kept.get(data)
        if kept is None:
            return None
        begun = self.clock.monotonic()
        return self._finish(kept.request, self.answering.again(kept.rendering, kept.match), begun)

    def refuse(self, request: Request, error: ApiError) -> Response:
        """Answer a request that an adapter could not even read whole, and keep both in the journal."""
        return self._finish(request, error_response(error), self.clock.monotonic())

    def _dispatch(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight(request)
        route, texts = self._routes.find(request.method, request.path)
        if not route.open:
            self._keys.check(request)
        return route.handler(request, *texts)

    def _finish(self, request: Request, response: Response, begun: float) -> Response:
        duration = self.clock.monotonic() - begun
        id_ = "req_" + self.clock.hex()
        response.head = self._head % (response.head, id_.encode(), duration * 1000)
        if response.own:
            response.own_headers_win()
        self.journal.add(Exchange(id_, request, response, self.clock.now(), duration))
        if log.isEnabledFor(logging.INFO):
            _log_request(request, response, duration)
        return response

    def _health(self, _: Request) -> Response:
        moment = datetime.fromtimestamp(self.clock.now(), UTC)
        return json_response(
            {"status": "ok", "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        )


def _preflight(request: Request) -> Response:
    """Answer a browser's question before a cross-origin request: what it asks to send is allowed."""
    asked = request.header(b"access-control-request-headers") or ALLOWED_HEADERS
    head = b"content-type: text/plain; charset=utf-8\r\naccess-control-allow-headers: %b\r\n" % asked
    return Response(200, head, b"OK")


def _log_request(request: Request, response: Response, duration: float) -> None:
    outcome = response.outcome
    flow = outcome.flow.id if isinstance(outcome, Match) else None
    log.info(
        "%s %s %d %.1f ms%s",
        request.method,
        request.path,
        response.status,
        duration * 1000,
        f" {flow}" if flow else "",
        extra={"http": {"status": response.status, "duration_ms": round(duration * 1000, 3), "response": flow}},
    )
