"""The fast path: uvicorn's httptools protocol, answering straight from the parser's callbacks.

No scope, no task, no ASGI round trip: a complete request goes to ``App.handle``, and the answer into the transport in
one write. What this does not serve itself (an upgrade, ``Expect``, a large body, a multipart form, HTTP/1.0, a request
behind one that the normal protocol is still answering) is replayed into the normal protocol and the ASGI adapter,
which puts the same bytes on the wire.

Paced answers run on timers of the event loop (``Delivery``). While one is under way, further requests of the same
connection wait in line.
"""

from __future__ import annotations

from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request, Response
from openai_mock_api.surfaces.errors import headers_too_large

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from openai_mock_api.server.app import App

#: Largest body, in bytes, that is answered from the parser's callbacks.
FAST_BODY: Final = 1_000_000

#: Largest sum of a request's target and headers, in bytes.
HEADER_BYTES: Final = 65_536

_STATUS: Final = {s.value: b"HTTP/1.1 %d %b\r\n" % (s.value, s.phrase.encode()) for s in HTTPStatus}
_LAST_CHUNK: Final = b"0\r\n\r\n"


class Arrival(NamedTuple):
    """One complete request, and whether its connection may be used again."""

    request: Request
    keep_alive: bool


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
        self._core: App = self.app.core  # type: ignore[attr-defined]
        self._delivery: Delivery | None = None
        self._waiting: deque[Arrival] = deque()
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None
        self._received = 0
        self._begin()

    def _begin(self) -> None:
        """Set the state of one request to what it is before its first byte."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._body = b""
        self._special = False
        self._replayed = False

    # -- the parser's callbacks, in the order they come

    def data_received(self, data: bytes) -> None:
        """Feed the parser. What is no HTTP gets an error body, and the connection is closed."""
        self._unset_keepalive_if_required()
        self._received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        if self._received > HEADER_BYTES and self.headers is not None and not self._body and not self._replayed:
            self._check_head()

    def on_message_begin(self) -> None:
        """Start a request."""
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and note the ones that the fast path leaves to the normal protocol."""
        name = name.lower()
        self.headers.append((name, value))
        if name in _SPECIAL and _SPECIAL[name](value):
            self._special = True
            self.expect_100_continue = self.expect_100_continue or name == b"expect"

    def on_headers_complete(self) -> None:
        """Decide who answers."""
        if self._delivery is None and (self._special or self._must_replay()):
            self._replay()

    def _must_replay(self) -> bool:
        busy = self.cycle is not None and not self.cycle.response_complete
        return busy or self.parser.get_http_version() != "1.1" or self.parser.should_upgrade()

    def _replay(self) -> None:
        """Hand the request, as far as it has come, to the normal protocol."""
        url, headers, expect, body = self.url, self.headers, self.expect_100_continue, self._body
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect
        self.headers += headers
        self._replayed = True
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def on_body(self, body: bytes) -> None:
        """Collect the body, up to what the fast path serves."""
        if self._replayed:
            super().on_body(body)
            return
        self._body = self._body + body if self._body else body
        if len(self._body) > FAST_BODY and self._delivery is None:
            self._replay()

    def on_message_complete(self) -> None:
        """Answer, or put the request in line behind the one that is being answered."""
        self._received = 0
        if self._replayed:
            super().on_message_complete()
            return
        if self.transport.is_closing():
            return
        arrival = Arrival(self._request(), self.parser.should_keep_alive())
        if self._delivery is None:
            self._answer(arrival)
        else:
            self._waiting.append(arrival)

    def _request(self) -> Request:
        path, _, query = self.url.decode("latin-1").partition("?")
        if not path.startswith("/"):
            path = _path_of(self.url)
        if "%" in path:
            path = unquote(path)
        return Request(self.parser.get_method().decode("ascii"), path, self.headers, self._body, query)

    # -- answering

    def _answer(self, arrival: Arrival) -> None:
        response = self._core.handle(arrival.request)
        head = self._head(response, arrival)
        if response.delay or (response.stream is not None and response.stream.delays):
            Delivery(self, response, pieces(response, head, arrival.request.method), arrival.keep_alive).start()
            return
        for _, data, events in pieces(response, head, arrival.request.method):
            self.transport.write(data)
            response.sent += events
        if self.flow.write_paused:
            Delivery(self, response, iter(()), arrival.keep_alive).start()
        else:
            response.finished = True
            self.answered(arrival.keep_alive)

    def _head(self, response: Response, arrival: Arrival) -> bytes:
        parts = [
            _STATUS.get(response.status) or b"HTTP/1.1 %d \r\n" % response.status,
            *(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers),
            response.head,
        ]
        if response.stream is None:
            parts.append(b"content-length: %d\r\n" % len(response.body))
        if not arrival.keep_alive:
            parts.append(b"connection: close\r\n")
        if response.stream is not None:
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(b"\r\n")
        return b"".join(parts)

    def deliver(self, delivery: Delivery | None) -> None:
        """Note the answer under way; nothing more is read until it has left."""
        self._delivery = delivery
        if delivery is not None:
            self.flow.pause_reading()

    def answered(self, keep_alive: bool) -> None:
        """Go on after an answer: close, answer who waits in line, or wait for the next request."""
        self.server_state.total_requests += 1
        if not keep_alive:
            self.transport.close()
        elif self._waiting:
            self._answer(self._waiting.popleft())
        else:
            self.flow.resume_reading()
            self._idle()

    # -- the connection's own time

    def _idle(self) -> None:
        """Start waiting for the next request. One timer serves the connection; it looks when it was last used."""
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._idle_over)

    def _idle_over(self) -> None:
        self._idle_timer = None
        if self.transport.is_closing():
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        busy = self._delivery is not None or (self.cycle is not None and not self.cycle.response_complete)
        if busy or left > 0:
            self._idle_timer = self.loop.call_later(max(left, 1.0), self._idle_over)
        else:
            self.transport.close()

    def resume_writing(self) -> None:
        """Go on when the client has read."""
        super().resume_writing()
        if self._delivery is not None:
            self._delivery.resume()

    def shutdown(self) -> None:
        """Finish the answer under way, then close."""
        if self._delivery is not None:
            self._delivery.keep_alive = False
            self._waiting.clear()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the answer under way."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._delivery is not None:
            self._delivery.abandon()
        super().connection_lost(exc)

    # -- refusals

    def _check_head(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > HEADER_BYTES or not self.url:
            self._refuse(headers_too_large(HEADER_BYTES))

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(ApiError(400, msg))

    def _refuse(self, error: ApiError) -> None:
        """Answer with an error body and close, unless an answer is under way: then only close."""
        busy = self._delivery is not None or (self.cycle is not None and not self.cycle.response_complete)
        if not busy and not self.transport.is_closing():
            path = self.url.decode("latin-1").partition("?")[0]
            request = Request("?", path, self.headers)
            response = self._core.refuse(request, error)
            self.transport.write(self._head(response, Arrival(request, keep_alive=False)) + response.body)
            response.finished = True
        self.transport.close()


#: Headers that make a request one for the normal protocol, by what their value says.
_SPECIAL: Final = {
    b"expect": lambda value: value.lower() == b"100-continue",
    b"content-type": lambda value: value.startswith(b"multipart/"),
    b"content-length": lambda value: len(value) > 6 and (not value.isdigit() or int(value) > FAST_BODY),
}


def _path_of(target: bytes) -> str:
    """Path of a target in absolute form (``http://host/path``), or of ``*``."""
    try:
        return (httptools.parse_url(target).path or b"/").decode("latin-1")
    except httptools.HttpParserInvalidURLError:
        return target.decode("latin-1")


def pieces(response: Response, head: bytes, method: str) -> Iterator[tuple[float, bytes, int]]:
    """Yield what goes over the wire as (seconds to wait before, bytes, number of events in them)."""
    stream = response.stream
    if method == "HEAD":
        yield response.delay, head, 0
    elif stream is None:
        yield response.delay, head + response.body, 0
    elif stream.delays is None:
        data = stream.whole()
        yield response.delay, b"".join((head, b"%x\r\n" % len(data), data, b"\r\n", _LAST_CHUNK)), len(stream)
    else:
        yield response.delay, head, 0
        for delay, data in stream.frames():
            yield delay, b"%x\r\n%b\r\n" % (len(data), data), 1
        yield 0.0, _LAST_CHUNK, 0


class Delivery:
    """An answer that takes time: paced by a timer, or held up by a slow reader.

    Pieces are due at moments counted from the start, so that lateness does not add up.
    """

    def __init__(
        self, protocol: FastProtocol, response: Response, pieces: Iterator[tuple[float, bytes, int]], keep_alive: bool
    ) -> None:
        self.keep_alive = keep_alive
        self._protocol = protocol
        self._response = response
        self._pieces = pieces
        self._next: tuple[float, bytes, int] | None = None
        self._due = protocol.loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Take over the connection."""
        self._protocol.deliver(self)
        self._advance()

    def resume(self) -> None:
        """Go on after the client has read."""
        if self._timer is None:
            self._advance()

    def abandon(self) -> None:
        """The client has gone: stop, and let the journal say so."""
        if self._timer is not None:
            self._timer.cancel()
        self._protocol.deliver(None)
        self._response.hung_up = True

    def _advance(self) -> None:
        """Send what is due, until a later moment, a full buffer or the end."""
        self._timer = None
        protocol = self._protocol
        while not protocol.flow.write_paused:
            if self._next is None and not self._fetch():
                self._finish()
                return
            if self._due > protocol.loop.time():
                self._timer = protocol.loop.call_at(self._due, self._advance)
                return
            self._send()

    def _fetch(self) -> bool:
        self._next = next(self._pieces, None)
        if self._next is not None:
            self._due += self._next[0]
        return self._next is not None

    def _send(self) -> None:
        assert self._next is not None
        _, data, events = self._next
        self._next = None
        self._protocol.transport.write(data)
        self._response.sent += events

    def _finish(self) -> None:
        self._response.finished = True
        self._protocol.deliver(None)
        self._protocol.answered(self.keep_alive)
