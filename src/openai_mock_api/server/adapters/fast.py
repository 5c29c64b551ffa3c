"""The fast path: uvicorn's httptools protocol, answering straight from the parser's callbacks.

No scope, no task, no ASGI round trip: a complete request goes to ``App.handle``, and the answer into the transport in
one write. What this does not serve itself (``Expect``, a large body, a multipart form, HTTP/1.0, a request behind one
that the normal protocol is still answering) is replayed into the normal protocol and the ASGI adapter, which puts the
same bytes on the wire.

Paced answers run on timers of the event loop (``Delivery``). While one is under way, further requests of the same
connection wait in line; the connection is still read, because that is how a client's departure is noticed.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request, Response
from openai_mock_api.server.adapters.delivery import Delivery, in_one_chunk, pieces
from openai_mock_api.server.adapters.heads import Heads
from openai_mock_api.server.adapters.lines import answer_head, target_of, without_upgrade
from openai_mock_api.server.adapters.sending import CUT
from openai_mock_api.surfaces.errors import headers_too_large, unknown_path
from openai_mock_api.surfaces.responses.socket import is_path

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

    from openai_mock_api.server.adapters.core import Core
    from openai_mock_api.server.pacer import Pacer

#: Largest body, in bytes, that is answered from the parser's callbacks.
FAST_BODY: Final = 1_000_000

#: Largest sum of a request's target and headers, in bytes.
HEADER_BYTES: Final = 65_536

#: Bytes that a request may have beside its body before it is refused unread: an endless header or trailer. More than
#: ``HEADER_BYTES`` and one read together, so that a head which the parser finishes is judged by its own size alone.
OVERHEAD: Final = 1_000_000

#: Bytes on the wire for one byte of a body in chunks of one byte, rounded up.
CHUNKED: Final = 8

#: Seconds that a refused client gets to read why. Closing at once, with bytes unread, would take the answer from it.
LINGER: Final = 1.0

#: Shared by all connections: what bytes mean does not depend on who sends them.
_heads: Final = Heads()


class Arrival(NamedTuple):
    """One complete request, and whether its connection may be used again."""

    request: Request
    keep_alive: bool


class Way(IntEnum):
    """Who answers a request: the fast path, the normal protocol, or nobody."""

    FAST = 0
    NORMAL = 1
    NOBODY = 2


class Deaf:
    """The parser of a connection that was refused: it hears nothing more."""

    def feed_data(self, data: bytes) -> None:
        """Do nothing."""


class FastProtocol(HttpToolsProtocol):
    """One connection. ``config.app`` is the ``AsgiAdapter``, whose ``core`` answers."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._core: Core = self.app.core
        self._delivery: Delivery | None = None
        self._waiting: deque[Arrival] = deque()
        # What the normal protocol answers or is to answer, in the order of the requests.
        self._cycles: deque[RequestResponseCycle] = deque()
        self._stopping = False
        self._last_answer = 0.0
        self._peer = ""
        # Whether the parser stands between two requests, how many it has begun in this piece, and the one it was.
        self._between = True
        self._begun = 0
        self._single: Request | None = None
        self._default_headers: list[tuple[bytes, bytes]] | None = None
        self._default_lines = b""
        self._timer: asyncio.TimerHandle
        # Bytes of the connection: all so far, before the piece being parsed, when the timer last looked.
        self._received = self._before = self._seen = 0
        self._begin()

    def _begin(self) -> None:
        """Set the state of one request to what it is before its first byte."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._start = self._before
        self._body: bytes | bytearray = b""
        self._body_bytes = 0
        self._special = False
        self._deferred = False
        self._way = Way.FAST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self._last_answer = self.loop.time()
        self._timer = self.loop.call_later(self.timeout_keep_alive, self._look)

    # -- the parser's callbacks, in the order they come

    def data_received(self, data: bytes) -> None:
        """Answer at once what has been seen before, parse the rest."""
        self._before = self._received
        self._received += len(data)
        if self._is_free() and self._answer_known(data):
            return
        self._parse_and_learn(data)
        if self._received - self._start > OVERHEAD:
            self._check_overhead()

    def _answer_known(self, data: bytes) -> bool:
        """Answer a request that has been answered before, or whose head has been parsed before."""
        response = self._core.recall(data)
        if response is not None:
            self._send(response, "POST", keep_alive=True)
            return True
        request = _heads.request(data, self._peer)
        if request is None:
            return False
        response = self._core.handle(request)
        self._core.keep(data, request, response)
        self._send(response, request.method, keep_alive=True)
        return True

    def _parse_and_learn(self, data: bytes) -> None:
        """Parse all that has come, and remember the head of the request if it was exactly one."""
        begins, self._begun, self._single = self._between, 0, None
        rest = data
        while rest:
            rest = self._parse(rest)
        if begins and self._between and self._begun == 1 and self._single is not None:
            _heads.learn(data, self._single)

    def _parse(self, data: bytes) -> bytes:
        """Feed the parser, and return what is to be fed next. What is no HTTP is refused."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            # The parser wraps what a callback raises.
            cause = error.__context__
            self._refuse(cause if isinstance(cause, ApiError) else ApiError(400, "Invalid HTTP request received."))
        return b""

    def on_message_begin(self) -> None:
        """Start a request."""
        self._between = False
        self._begun += 1
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and note the ones that the fast path leaves to the normal protocol."""
        name = name.lower()
        self.headers.append((name, value))
        if name in _SPECIAL and _SPECIAL[name](value):
            self._special = True
            self.expect_100_continue = self.expect_100_continue or name == b"expect"

    def on_headers_complete(self) -> None:
        """Decide who answers. Raises ``ApiError`` 431."""
        if self._received - self._start > HEADER_BYTES and self._head_size() > HEADER_BYTES:
            raise headers_too_large(HEADER_BYTES)
        if self.parser.should_upgrade():
            self._way = Way.NOBODY
            if self._should_upgrade():
                self._replay()
        elif self._special or self._must_replay():
            self._replay()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _must_replay(self) -> bool:
        return self._cycle_is_open() or self.parser.get_http_version() != "1.1"

    def _is_free(self) -> bool:
        """Whether nothing is under way, so that the next bytes begin a request that can be answered at once."""
        return self._between and self._delivery is None and not self._waiting and not self._cycle_is_open()

    def _cycle_is_open(self) -> bool:
        """Whether the normal protocol is still answering."""
        return self.cycle is not None and not self.cycle.response_complete

    def _replay(self) -> None:
        """Hand the request, as far as it has come, to the normal protocol, once the answer under way has left."""
        if self._delivery is not None:
            self._deferred = True
            return
        url, headers, expect, body = self.url, self.headers, self.expect_100_continue, self._body
        super().on_message_begin()
        self.url, self.expect_100_continue, self._body = url, expect, b""
        self.headers += headers
        self.scope["extensions"] = {CUT: {"transport": self.transport}}
        self._way, self._deferred = Way.NORMAL, False
        super().on_headers_complete()
        self._cycles.append(self.cycle)
        if body:
            super().on_body(bytes(body))

    def on_body(self, body: bytes) -> None:
        """Collect the body, up to what the fast path serves."""
        self._body_bytes += len(body)
        if self._way:
            super().on_body(body)
            return
        if not self._body:
            self._body = body
        else:
            if type(self._body) is bytes:
                self._body = bytearray(self._body)  # grows in place, so that many small chunks cost no square
            self._body += body
        if self._body_bytes > FAST_BODY:
            self._replay()
            if self._deferred:
                self.flow.pause_reading()

    def on_message_complete(self) -> None:
        """Answer, or put the request in line behind the one that is being answered."""
        self._between = True
        if self._way:
            if self._way is Way.NORMAL:
                super().on_message_complete()
            return
        if self.transport.is_closing():
            return
        arrival = Arrival(self._request(), self.parser.should_keep_alive())
        if self._delivery is None:
            self._single = arrival.request if arrival.keep_alive else None
            self._answer(arrival)
        else:
            self._deferred = False
            self._waiting.append(arrival)
            self.flow.pause_reading()

    def _request(self) -> Request:
        path, query = target_of(self.url)
        asked = self.parser.get_method()
        method = "POST" if asked == b"POST" else asked.decode("ascii")
        return Request(method, path, self.headers, bytes(self._body), query, self._peer)

    def _should_upgrade(self) -> bool:
        """Whether a WebSocket is wanted, where there are any, and nothing is under way on the connection."""
        return (
            super()._should_upgrade()
            and self.parser.get_method() == b"GET"
            and is_path(target_of(self.url)[0])
            and self._delivery is None
            and not self._cycle_is_open()
        )

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over. Its time is the other protocol's now."""
        self._timer.cancel()
        super().handle_websocket_upgrade()

    def _upgrade(self, rest: bytes) -> bytes:
        """Change to WebSocket, or go on as if nothing had been asked for, which RFC 9110 (7.8) allows.

        The parser has given up the request's body. Return the request without its wish, and what follows.
        """
        if self._should_upgrade():
            self.handle_websocket_upgrade()
            return b""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse(unknown_path("CONNECT", self.url.decode("latin-1")))
            return b""
        head = without_upgrade(method, self.url, self.parser.get_http_version(), self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return head + rest

    # -- answering

    def _answer(self, arrival: Arrival) -> None:
        self._send(self._core.handle(arrival.request), arrival.request.method, arrival.keep_alive)

    def _send(self, response: Response, method: str, keep_alive: bool) -> None:
        """Put an answer on the wire: in one write, unless it takes time."""
        stream = response.stream
        if (
            response.delay
            or method == "HEAD"
            or (stream is not None and stream.delays is not None)
            or response.gate is not None
            or response.pending is not None
        ):
            Delivery(self, response, self._pieces(response, method, keep_alive), keep_alive).start()
            return
        head = answer_head(response, method, keep_alive, self._default_head())
        if stream is None:
            self.transport.write(head + response.body)
        else:
            self.transport.write(in_one_chunk(head, stream))
            response.sent = len(stream)
        self._written(response, keep_alive)

    def _pieces(self, response: Response, method: str, keep_alive: bool) -> Iterator[tuple[float, bytes, int]]:
        """Yield what goes over the wire. Nothing is asked of the response before the first piece is."""
        yield from pieces(response, answer_head(response, method, keep_alive, self._default_head()), method)

    def _written(self, response: Response, keep_alive: bool) -> None:
        """Go on after all has been written; a reader that is slow is waited for."""
        if self.flow.write_paused:
            Delivery(self, response, iter(()), keep_alive).start()
        else:
            response.finished = True
            self.answered(keep_alive)

    def _default_head(self) -> bytes:
        """Lines of the server's own headers, made anew when uvicorn has renewed the date."""
        headers = self.server_state.default_headers
        if headers is not self._default_headers:
            self._default_headers = headers
            self._default_lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
        return self._default_lines

    @property
    def pacer(self) -> Pacer:
        """The pacer of the loop."""
        return self._core.pacers.of(self.loop)

    def deliver(self, delivery: Delivery | None) -> None:
        """Note the answer under way."""
        self._delivery = delivery

    def answered(self, keep_alive: bool) -> None:
        """Note that an answer has left; after the last one, close."""
        self.server_state.total_requests += 1
        self._last_answer = self.loop.time()
        if not keep_alive:
            self._waiting.clear()
            self.transport.close()

    def go_on(self) -> None:
        """Turn to who waits in line, unless an answer is under way. A loop: thousands may wait."""
        while self._delivery is None and self._waiting:
            self._answer(self._waiting.popleft())
        if self._delivery is None and not self.transport.is_closing():
            self.flow.resume_reading()
            if self._deferred:
                self._replay()

    def on_response_complete(self) -> None:
        """Note that the normal protocol has answered. One timer serves the connection, so its own is not needed."""
        self._cycles.popleft()
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self._last_answer = self.loop.time()

    def resume_writing(self) -> None:
        """Go on when the client has read."""
        super().resume_writing()
        if self._delivery is not None:
            self._delivery.proceed()

    # -- the connection's own time

    def _call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Set the connection's only timer anew."""
        self._timer.cancel()
        self._timer = self.loop.call_later(seconds, callback)

    def _look(self) -> None:
        """Close a connection on which nothing has moved for its time, and look again later at others."""
        left = self._last_answer + self.timeout_keep_alive - self.loop.time()
        busy = self._delivery is not None or self._cycle_is_open()
        if left <= 0 and not busy and self._received == self._seen:
            self.transport.close()
        else:
            self._seen = self._received
            self._call_later(left if left > 0 else self.timeout_keep_alive, self._look)

    def shutdown(self) -> None:
        """Finish the answer under way, then close."""
        self._stopping = True
        self._close_after_answer()

    def _close_after_answer(self) -> None:
        if self._delivery is not None:
            self._delivery.keep_alive = False
            self._waiting.clear()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the answer under way."""
        self._timer.cancel()
        if self._delivery is not None:
            self._delivery.abandon(hung_up=not self._stopping)
        super().connection_lost(exc)
        for cycle in self._cycles:  # uvicorn tells the last one only
            cycle.disconnected = True
            cycle.message_event.set()

    # -- refusals

    def _check_overhead(self) -> None:
        refused = isinstance(self.parser, Deaf)
        if not refused and self._received - self._start - CHUNKED * self._body_bytes > OVERHEAD:
            self._refuse(headers_too_large(HEADER_BYTES))

    def _refuse(self, error: ApiError) -> None:
        """Hear no more. Answer with an error body, but let an answer under way be the last one."""
        method = self.parser.get_method().decode("ascii") if self.url else "?"
        self._between = False
        self.parser = Deaf()  # type: ignore[assignment]
        open_ = self._cycle_is_open()
        if self._delivery is not None or (open_ and not self.cycle.more_body):
            self._close_after_answer()
        elif self.pipeline or (open_ and self.cycle.response_started) or self.transport.is_closing():
            self.transport.close()
        else:
            self._send_refusal(Request(method, self.url.decode("latin-1").partition("?")[0], self.headers), error)

    def _send_refusal(self, request: Request, error: ApiError) -> None:
        response = self._core.refuse(request, error)
        self.transport.write(answer_head(response, request.method, False, self._default_head()) + response.body)
        response.finished = True
        self.transport.write_eof()
        self.flow.resume_reading()
        self._call_later(LINGER, self.transport.close)


#: Headers that make a request one for the normal protocol, by what their value says.
_SPECIAL: Final[dict[bytes, Callable[[bytes], bool]]] = {
    b"expect": lambda value: value.lower() == b"100-continue",
    b"content-type": lambda value: value.startswith(b"multipart/"),
}
