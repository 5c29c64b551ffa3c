"""A room: a script, and everything that its requests leave behind.

``handle`` is a plain function from request to response. It is synchronous and total: bad input becomes an error body of
OpenAI's API, never an exception.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from openai_mock_api.clock import Clock
from openai_mock_api.errors import ApiError
from openai_mock_api.http import Response, header_value, json_response
from openai_mock_api.journal import Exchange, Journal
from openai_mock_api.lazy import Lazy
from openai_mock_api.resources.chat_completions import ChatCompletions
from openai_mock_api.resources.chat_synthesis import ChatSynthesis
from openai_mock_api.resources.store import Store
from openai_mock_api.resources.storing_chat import StoringChat
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.tokens import counting as tokens
from openai_mock_api.server.admission import Admission
from openai_mock_api.server.answering import Answering
from openai_mock_api.server.arrivals import Arrivals
from openai_mock_api.server.azure import AZURE, Azure
from openai_mock_api.server.gates import Gates
from openai_mock_api.server.keys import Keys
from openai_mock_api.server.logs import REQUESTS
from openai_mock_api.server.routes import Route, Routes
from openai_mock_api.server.traffic import Traffic
from openai_mock_api.surfaces.azure import extras as azure_extras
from openai_mock_api.surfaces.chat.surface import Chat
from openai_mock_api.surfaces.errors import body_too_large, error_response, internal_error, unknown_path
from openai_mock_api.surfaces.models import Models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_mock_api.config.settings import Settings
    from openai_mock_api.http import Request
    from openai_mock_api.script.flows import Flow
    from openai_mock_api.server import conversing, inputs, prompts
    from openai_mock_api.server.memory import Kept
else:
    conversing, inputs = Lazy("openai_mock_api.server.conversing"), Lazy("openai_mock_api.server.inputs")
    prompts = Lazy("openai_mock_api.server.prompts")

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

#: So many exchanges are kept that came after a room was closed, of so many bytes: the last ones.
LATE: Final = 100
LATE_BYTES: Final = 1_000_000


class Room:
    """One mock API, closed against others. Lives longer than its server: then its journal can still be read.

    ``name`` and ``key`` are those of a namespace, the main room has none. ``late`` are the exchanges that came after it
    was closed. May be used from every thread.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None, name: str = "", key: str = "") -> None:
        self.name = name
        self.key = key
        self.late = Journal(LATE, LATE_BYTES)
        self.clock = clock or Clock(settings.seed)
        self._lock = threading.Lock()
        self.gates = Gates(self.clock)
        self.journal = Journal(settings.journal.exchanges, settings.journal.bytes)
        self.store = Store(settings.resources)
        self.load(settings)

    def load(self, settings: Settings) -> None:
        """Serve another configuration from the next request on. Journal, stored objects and clock stay."""
        self.store.limit(settings.resources)
        with self._lock:
            self.settings = settings
            self.traffic = Traffic(settings, self.clock)
            self.admission = Admission(settings)
            self._follow(settings.script, Plays())
        streams = self.clock.streams
        self._arrivals = None if streams is None else Arrivals(streams, self.name)
        self._keys = Keys((self.key, *settings.keys) if self.key and settings.keys is not None else settings.keys)
        organization = header_value(settings.organization).replace(b"%", b"%%")
        self._head = b"%%b%b%b" % (CORS_HEAD, HEAD % organization)
        self._models = Models(settings.models, settings.resources.missing)
        self._forget_routes()

    def _follow(self, script: Script, plays: Plays) -> None:
        """Answer by another script from the next request on. What was answered from memory is matched anew."""
        self.answering = Answering(script, self.settings.unmatched, self.clock, self.admission, self.traffic, plays)

    def add(self, flows: Iterable[Flow]) -> None:
        """Add flows to the script. They win over older ones that fit as well. Raises ``ValueError`` for a known id."""
        added = tuple(flows)
        self.edit(lambda script: (*added, *script.flows))

    def edit(self, change: Callable[[Script], Iterable[Flow]]) -> None:
        """Answer by the flows that ``change`` makes of the script. Sequences of flows that stay go on.

        Raises ``ValueError`` when two flows have the same id, and whatever ``change`` raises: then nothing changes.
        """
        with self._lock:
            before, plays = self.answering.script, self.answering.plays
            script = Script(change(before))
            for flow in script.flows:
                if script.by_id[flow.id] is not flow:
                    raise ValueError(f"there is a response {flow.id!r} already; ids must be unique")
            stay = set(script.flows)
            plays.forget({flow.id for flow in before.flows if flow not in stay})
            self._follow(script, plays)

    def _return(self) -> None:
        """Answer by the configuration's script, every sequence from its start."""
        with self._lock:
            if self.answering.script is self.settings.script:
                self.answering.plays.clear()
            else:
                self._follow(self.settings.script, Plays())

    @property
    def size(self) -> int:
        """Bytes of what it remembers of requests: its journal and its stored objects."""
        return self.journal.size + self.store.size

    def shut(self) -> None:
        """Open every gate, answer nothing from memory any more, and keep no routes: a room may be kept for long."""
        self._follow(self.answering.script, self.answering.plays)
        self._forget_routes()
        self.gates.close()

    def _forget_routes(self) -> None:
        """Let the routes be made anew when they are next used: most rooms are a test's, and never see Azure's."""
        for name in ("_routes", "_azure"):
            self.__dict__.pop(name, None)

    @cached_property
    def _routes(self) -> Routes[Route]:
        return Routes(self._table(), self._families())

    @cached_property
    def _azure(self) -> Azure:
        routes = Routes(self._table(azure=True), self._families(azure=True))
        return Azure(routes, self._keys, self.settings.azure.deployments)

    def _table(self, *, azure: bool = False) -> list[Route]:
        extras = azure_extras if azure else None
        completions = ChatCompletions(self.store, self._synthesis())
        chat = StoringChat(Chat(self.settings.validation, extras, self.settings.moderations), completions.kept)
        return [
            Route("POST", "/chat/completions", lambda request: self.answering.answer(chat, request)),
            Route("GET", "/chat/completions", completions.all),
            Route("GET", "/chat/completions/{completion}", completions.one),
            Route("POST", "/chat/completions/{completion}", completions.update),
            Route("DELETE", "/chat/completions/{completion}", completions.delete),
            Route("GET", "/chat/completions/{completion}/messages", completions.messages),
            Route("GET", "/models", self._models.all),
            Route("GET", "/models/{model}", self._models.one),
            Route("DELETE", "/models/{model}", self._models.delete),
            Route("GET", "/health", self._health, open=True),
        ]

    def _families(self, *, azure: bool = False) -> dict[str, Callable[[], list[Route]]]:
        """Return what makes the routes of the other families, by what their paths begin with.

        Their modules are loaded when one is asked for: most servers are a test's, and answer chat alone.
        """

        def conversations() -> list[Route]:
            return conversing.routes(self)

        return {
            "responses": conversations,
            "conversations": conversations,
            "completions": lambda: prompts.routes(self, azure=azure),
            "embeddings": lambda: inputs.embeddings(self),
            "moderations": lambda: inputs.moderations(self),
        }

    def _synthesis(self) -> ChatSynthesis | None:
        """Return what makes up a completion for an unknown id, if the configuration asks for that."""
        if self.settings.resources.missing == "not_found":
            return None
        return ChatSynthesis(Chat(), self.clock, next(iter(self.settings.models), "gpt-4o"))

    def reset(self) -> None:
        """Forget what happened.

        That is the journal, stored and deleted objects, spent limits, cached prompts, how far sequences have come, and
        how often requests have come. The script is the configuration's again, and every gate is closed.
        """
        self.journal.clear()
        self.store.clear()
        self._models.restore()
        self.traffic.reset()
        self._return()
        if self._arrivals is not None:
            self._arrivals.clear()
        self.gates.close()

    def prepare(self) -> None:
        """Do now what the first request would otherwise wait for: the script's index and the token tables."""
        self.answering.script.warm()
        tokens.load()

    def handle(self, request: Request) -> Response:
        """Answer a request, and keep both in the journal."""
        begun = self.clock.monotonic()
        try:
            if self._arrivals is not None:
                self._arrivals.begin(request, self.answering.script.headers)
            if len(request.body) > self.settings.max_body_bytes:
                raise body_too_large(self.settings.max_body_bytes)
            response = self._dispatch(request)
        except ApiError as error:
            response = error_response(error)
        except Exception:
            log.exception("%s %s failed", request.method, _in_one_line(request.path))
            response = error_response(internal_error())
        return self._finish(request, response, begun)

    def again(self, kept: Kept) -> Response | None:
        """Answer a request that has been answered before: nothing changes but ids and time. None if it could differ."""
        if kept.answering is not self.answering:
            return None
        if self._arrivals is not None:
            self._arrivals.begin(kept.request, self.answering.script.headers)
        begun = self.clock.monotonic()
        return self._finish(kept.request, self.answering.signed(kept.rendering.response(self.clock), kept.match), begun)

    def refuse(self, request: Request, error: ApiError) -> Response:
        """Answer a request with an error, and keep both in the journal."""
        return self._finish(request, error_response(error), self.clock.monotonic(), gated=False)

    def opening(self, request: Request) -> Response | None:
        """Refuse a request for a WebSocket whose path has none or whose key is not accepted. None lets it be opened."""
        try:
            if request.path.startswith(AZURE):
                self._azure.open(request)
            elif request.path.removeprefix("/v1").rstrip("/") == "/responses":
                self._keys.check(request)
            else:
                raise unknown_path(request.method, request.path)
        except ApiError as error:
            return self.refuse(request, error)
        return None

    def turn_away(self, request: Request, error: ApiError) -> Response:
        """Answer a request that comes after the room was closed, and keep both among the late ones."""
        log.warning("%s %s came late: %s", request.method, _in_one_line(request.path), error.message)
        return self._finish(request, error_response(error), self.clock.monotonic(), journal=self.late, gated=False)

    def _dispatch(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight(request)
        if request.path.startswith(AZURE):
            return self._azure.answer(request)
        route, texts = self._routes.find(request.method, request.path)
        if not route.open:
            self._keys.check(request)
        return route.handler(request, *texts)

    def _finish(
        self,
        request: Request,
        response: Response,
        begun: float,
        *,
        journal: Journal | None = None,
        gated: bool = True,
    ) -> Response:
        duration = self.clock.monotonic() - begun
        response.begun = begun
        id_ = "req_" + self.clock.hex()
        response.head = self._head % (response.head, id_.encode(), duration * 1000)
        if response.own:
            response.own_headers_win()
        exchange = Exchange(id_, request, response, self.clock.now(), duration, self.name)
        (self.journal if journal is None else journal).add(exchange)
        if self.gates.shut and gated:
            self.gates.keep_back(exchange)
        if log.isEnabledFor(logging.INFO):
            _log_exchange(exchange)
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


def _in_one_line(path: str) -> str:
    """Return a path for the log, in which a client must not write lines of its own."""
    return path if path.isprintable() else quote(path)


def _log_exchange(exchange: Exchange) -> None:
    """Log a request, and its answer once that is made."""
    if exchange.response.pending is not None:
        exchange.response.pending.afterwards(partial(_log_exchange, exchange))
        return
    duration, flow = exchange.duration * 1000, exchange.matched

    fields = {"status": exchange.status, "duration_ms": round(duration, 3), "response": flow}
    log.info(
        "%s%s %s %d %.1f ms%s",
        f"[{exchange.namespace}] " if exchange.namespace else "",
        exchange.method,
        _in_one_line(exchange.path),
        exchange.status,
        duration,
        f" {flow}" if flow else "",
        extra={"http": {**fields, "namespace": exchange.namespace} if exchange.namespace else fields},
    )
