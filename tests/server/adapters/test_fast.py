from __future__ import annotations

import asyncio
import json
import socket
import threading
from typing import TYPE_CHECKING, cast

import pytest

from openai_mock_api.server import runner
from openai_mock_api.server.adapters import fast as fast_module
from openai_mock_api.server.adapters.fast import FAST_BODY, HEADER_BYTES, OVERHEAD, FastProtocol
from tests.script_of_tests import CONFIG
from tests.serving import Served, Wire, app_of, chat, eventually, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.http import Request, Response

pytestmark = pytest.mark.usefixtures("the_fast_path")

HELLO = json.dumps(chat("Hello")).encode()
CHUNKED = head("POST", "/v1/chat/completions", "transfer-encoding: chunked", "content-type: application/json")
INVALID = "Invalid HTTP request received."


# -- what is no HTTP


NO_HTTP = {
    "nonsense": b"\x16\x03\x01\x02\x00",
    "a method of nobody": b"BREW /pot HTTP/1.1\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a bare LF": b"GET /v1/models HTTP/1.1\nhost: a\n\n",
    "a lone CR": b"GET /v1/models HTTP/1.1\rhost: a\r\n\r\n",
    "a folded header": head("GET", "/v1/models", "x-a: b", " folded"),
    "a null byte in a header": head("GET", "/v1/models", "x-a: \0"),
    "a header without a name": head("GET", "/v1/models", ": x"),
    "a space in a header's name": head("GET", "/v1/models", "x a: b"),
    "two lengths": head("POST", "/v1/models", "content-length: 1", "content-length: 2"),
    "a length that is no number": head("POST", "/v1/models", "content-length: two"),
    "a negative length": head("POST", "/v1/models", "content-length: -2"),
    "a length beyond all numbers": head("POST", "/v1/models", "content-length: " + "9" * 30),
    "a length and chunks": head("POST", "/v1/models", "content-length: 2", "transfer-encoding: chunked"),
    "chunks without a size": CHUNKED + b"x\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
    "an unknown coding": head("POST", "/v1/models", "transfer-encoding: gzip") + b"abc",
    "a target beyond ASCII": b"GET /\xff HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_gets_an_error_body(fast: Served, data: bytes) -> None:
    with fast.wire() as wire:
        answer = wire.ask(data)
        assert wire.rest() == b""
    assert (answer.status, answer.headers["connection"]) == (400, "close")
    assert answer.error == {"message": INVALID, "type": "invalid_request_error", "param": None, "code": None}
    assert fast.last.status == 400


def test_garbage_behind_a_request_does_not_take_its_answer(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("Hello")) + b"\0\0\0")
        assert wire.answer().status == 200
        assert wire.answer().error["message"] == INVALID
        assert wire.rest() == b""


def test_garbage_behind_a_paced_stream_waits_for_its_end(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + b"\0\0\0")
        assert wire.answer().events[-1] == "[DONE]"
        assert wire.rest() == b""


def test_garbage_behind_what_the_normal_protocol_answers_waits_for_its_end(fast: Served) -> None:
    request = post(chat("paced", stream=True), "expect: 100-continue")
    with fast.wire() as wire:
        assert wire.ask(request + b"\0\0\0").status == 100
        assert wire.answer().events[-1] == "[DONE]"
        assert wire.rest() == b""


def test_garbage_in_a_body_that_the_normal_protocol_waits_for(fast: Served) -> None:
    request = head("POST", "/v1/chat/completions", "transfer-encoding: chunked", "expect: 100-continue")
    with fast.wire() as wire:
        assert wire.ask(request).status == 100
        assert wire.ask(b"x\r\n").error["message"] == INVALID
        assert wire.rest() == b""


def test_garbage_in_a_body_behind_what_the_normal_protocol_answers(fast: Served) -> None:
    first = post(chat("paced", stream=True), "expect: 100-continue")
    with fast.wire() as wire:
        wire.send(first + CHUNKED + b"x\r\n")
        assert wire.rest().count(b"HTTP/1.1 ") <= 2  # the connection closes; nothing is answered out of turn


def test_a_refusal_is_read_although_the_client_was_still_sending(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(b"\0" + b"x" * 300_000)
        assert wire.answer().error["message"] == INVALID
        wire.send(b"more")
        assert wire.rest() == b""


def test_a_refused_client_may_go_on_sending(fast: Served, caplog: pytest.LogCaptureFixture) -> None:
    with fast.wire() as wire:
        wire.send(CHUNKED + b"x\r\n" + b"x" * (2 * OVERHEAD))
        assert wire.answer().error["message"] == INVALID
        assert wire.rest() == b""
    assert caplog.messages == []


def test_a_refused_connection_is_closed_in_the_end(fast: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_module, "LINGER", 0.02)
    with fast.wire() as wire:
        assert wire.ask(b"\0").status == 400
        assert wire.rest() == b""
        eventually(lambda: wire.is_gone())  # not only its sending half


def test_connect_is_not_served(fast: Served) -> None:
    with fast.wire() as wire:
        answer = wire.ask(head("CONNECT", "example.com:443"))
    assert (answer.status, answer.error["message"]) == (404, "Invalid URL (CONNECT example.com:443)")


# -- the size of a request's head


def padded(size: int, *lines: str) -> bytes:
    """Write a request with a head that counts ``size`` bytes: target, names, values and four for each header."""
    target = "/v1/models"
    rest = sum(len(line) + 2 for line in ("host: mock", "authorization: Bearer test-key", *lines)) + len(target)
    return head("GET", target, *lines, "x-padding: " + "x" * (size - rest - len("x-padding") - 4))


def split(data: bytes, how: str) -> Iterator[bytes]:
    size = {"whole": len(data), "pieces": 4000, "halves": len(data) // 2 + 1}[how]
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("how", ["whole", "pieces", "halves"])
@pytest.mark.parametrize(("size", "status"), [(HEADER_BYTES, 200), (HEADER_BYTES + 1, 431)])
@pytest.mark.parametrize("before", [b"", head("GET", "/health")], ids=["first", "pipelined"])
def test_the_limit_of_a_head_is_exact_however_it_comes(
    fast: Served, how: str, size: int, status: int, before: bytes
) -> None:
    with fast.wire() as wire:
        for piece in split(before + padded(size), how):
            wire.send(piece)
        if before:
            assert wire.answer().status == 200
        answer = wire.answer()
    assert answer.status == status
    if status == 431:
        assert answer.error["code"] == "headers_too_large"
        assert answer.headers["connection"] == "close"
        assert answer.error["message"] == "The request headers are larger than the limit of 65536 bytes."


@pytest.mark.parametrize(
    "start",
    [b"GET /", b"GET / HTTP/1.1\r\nx: ", CHUNKED + b"1\r\n{\r\n0\r\nx: ", CHUNKED + b"1;", b"\r\n"],
    ids=["target", "header", "trailer", "chunk extension", "line breaks"],
)
def test_what_never_ends_is_refused(fast: Served, start: bytes) -> None:
    piece = b"\r\n" * 50_000 if start == b"\r\n" else b"x" * 100_000
    with fast.wire() as wire:
        wire.send(start)
        for _ in range(OVERHEAD // len(piece) + 2):
            wire.send(piece)
        answer = wire.answer()
    assert answer.status in (400, 431)
    assert answer.error["type"] == "invalid_request_error"


def test_a_body_in_chunks_of_one_byte_is_not_taken_for_an_endless_head(fast: Served) -> None:
    body = json.dumps(chat("Hello", stop="y" * 400_000)).encode()
    with fast.wire() as wire:
        answer = wire.ask(CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
    assert answer.status == 200


# -- upgrades


@pytest.mark.parametrize("split_at", [None, "head"])
def test_a_wish_for_http2_is_declined(fast: Served, split_at: str | None) -> None:
    """As the HTTP client of the JDK sends it with every request."""
    request = post(chat("Hello"), "connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAEAAEAA")
    with fast.wire() as wire:
        if split_at:
            at = request.index(b"\r\n\r\n") + 4
            wire.send(request[:at])
            request = request[at:]
        answer = wire.ask(request + post(chat("paced")))
        assert answer.json["choices"][0]["message"]["content"] == "Hi there! How are you today?"
        assert wire.answer().status == 200
    hello = fast.app.journal.exchanges()[0]
    assert hello.headers["upgrade"] == "h2c"
    assert hello.headers["http2-settings"] == "AAEAAEAA"


def test_many_pipelined_wishes_are_declined(fast: Served) -> None:
    wish = head("GET", "/health", "connection: upgrade", "upgrade: h2c")
    with fast.wire() as wire:
        wire.send(wish * 1500)
        assert {wire.answer().status for _ in range(1500)} == {200}


def test_a_wish_for_http2_with_a_large_body_is_declined(fast: Served) -> None:
    large = chat("Hello", stop="y" * (FAST_BODY + 10))
    with fast.wire() as wire:
        assert wire.ask(post(large, "connection: Upgrade", "upgrade: h2c")).status == 200


def test_a_web_socket_is_refused_as_any_request(fast: Served) -> None:
    with fast.wire() as wire:
        answer = wire.ask(head("GET", "/v1/realtime", "connection: Upgrade", "upgrade: websocket"))
    assert (answer.status, answer.error["message"]) == (404, "Invalid URL (GET /v1/realtime)")


class Speaking(asyncio.Protocol):
    """A protocol of WebSockets that answers with what it was handed over."""

    def __init__(self, **_: object) -> None:
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


def test_a_web_socket_is_handed_over_where_there_are_any() -> None:
    with serving(CONFIG) as served:
        served.thread._service.config.ws_protocol_class = Speaking
        with served.wire() as wire:
            assert wire.ask(post(chat("Hello"), "connection: Upgrade", "upgrade: h2c")).status == 200
            request = head("GET", "/v1/responses", "connection: Upgrade", "upgrade: websocket")
            assert wire.send(request).exactly(len(request)) == request
            assert wire.send(b"\x81\x80").exactly(2) == b"\x81\x80"


def test_targets_that_are_no_path(fast: Served) -> None:
    with fast.wire() as wire:
        assert wire.ask(head("OPTIONS", "*")).status == 200
        assert wire.ask(head("GET", "http://mock?a=b")).error["message"] == "Invalid URL (GET /)"
        assert wire.ask(head("GET", "http://a:99999/x")).error["message"] == "Invalid URL (GET http://a:99999/x)"


# -- requests in line


def test_thousands_may_wait_behind_a_paced_stream(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + head("GET", "/health", key=None) * 3000)
        assert wire.answer().events[-1] == "[DONE]"
        assert {wire.answer().status for _ in range(3000)} == {200}


def test_streams_that_need_no_time_may_wait_by_the_thousand() -> None:
    config = {"responses": [*CONFIG["responses"], flow("none", content="x", pacing={"inter_token": 5})]}
    with serving(config) as served, served.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + post(chat("none", stream=True)) * 800)
        assert [wire.answer().events[-1] for _ in range(801)] == ["[DONE]"] * 801


def test_the_last_request_of_a_connection_is_the_last_answered(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("paced"), "connection: close") + post(chat("Hello")) + post(chat("Hello"), version="1.0"))
        assert wire.answer().headers["connection"] == "close"
        assert wire.rest() == b""
    assert len(fast.app.journal) == 1


def test_nothing_is_answered_behind_the_last_request(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("Hello"), "connection: close") + post(chat("Hello"), version="1.0") + post(chat("Hello")))
        assert wire.answer().status == 200
        assert wire.rest() == b""
    assert len(fast.app.journal) == 1


def test_a_client_that_goes_is_noticed_although_it_has_asked_for_more(fast: Served) -> None:
    endless = post(chat("endless", stream=True), "expect: 100-continue")
    with fast.wire() as wire:
        wire.send(endless + endless)
        wire.until(b"data: ")
    eventually(lambda: fast.last.hung_up)


def test_nothing_is_answered_on_a_connection_that_broke(fast: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = fast.app.handle

    def break_connection(request: Request) -> Response:
        connection_of(fast, wire).transport.abort()
        return handle(request)

    with fast.wire() as wire:
        assert wire.ask(head("GET", "/health")).status == 200
        monkeypatch.setattr(fast.app, "handle", break_connection)
        assert wire.send(post(chat("Hello")) * 3).rest() == b""
    assert len(fast.app.journal) == 2


def test_a_client_in_line_that_waits_for_100_continue(fast: Served) -> None:
    request = post(chat("Hello"), "expect: 100-continue")
    start = request.index(b"\r\n\r\n") + 4
    with fast.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + request[:start])
        assert wire.answer().events[-1] == "[DONE]"
        assert wire.answer().status == 100
        assert wire.ask(request[start:]).status == 200


def test_a_large_body_in_line(fast: Served) -> None:
    large = chat("Hello", stop="y" * 2_000_000)
    with fast.wire() as wire:
        threading.Thread(target=wire.send, args=[post(chat("paced", stream=True)) + post(large) * 2]).start()
        assert wire.answer().events[-1] == "[DONE]"
        assert [wire.answer().status for _ in range(2)] == [200, 200]


def test_a_slow_reader_is_not_finished_with(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("big", n=8)))  # more than the buffers of two sockets hold
        eventually(lambda: len(fast.app.journal))
        big = fast.last
        wire.send(post(chat("Hello")))
        assert not big.finished
        assert wire.answer().status == 200
        eventually(lambda: big.finished)
        assert wire.answer().status == 200


def test_a_slow_reader_that_goes_is_noticed(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("big", n=8)))
        eventually(lambda: len(fast.app.journal))
        wire.reset()
    eventually(lambda: fast.last.hung_up)


def test_a_slow_reader_of_a_paced_stream_is_waited_for() -> None:
    long = flow("long", content="0123456789" * 100_000, pacing={"ttft": 0.001, "chunk": "message"})
    with serving({"responses": [long]}) as served, served.wire() as wire:
        wire.send(post(chat("long", stream=True, n=32)))
        eventually(lambda: served.app.journal.exchanges() and served.last.chunks_sent)
        assert wire.answer().events[-1] == "[DONE]"
        assert served.last.chunks_sent == 3 * 32


# -- time


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server that closes a connection after a twentieth of a second without use."""
    monkeypatch.setattr(runner, "KEEP_ALIVE", 0.05)
    with serving(app_of(CONFIG)) as served:
        yield served


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"POST /v1/cha",
        post(chat("Hello"))[:-1],
        post(chat("Hello")),
        post(chat("Hello"), "expect: 100-continue"),
        post(chat("paced")),
    ],
    ids=["never used", "half a head", "half a body", "answered", "answered by the normal protocol", "paced"],
)
def test_an_idle_connection_is_closed(impatient: Served, data: bytes) -> None:
    with impatient.wire() as wire:
        wire.send(data).rest()
    assert len(impatient.app.journal) == (data[-1:] == b"}")


def test_a_connection_on_which_something_moves_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "KEEP_ALIVE", 0.02)
    slow = flow("slow", content="one two three four five six seven eight", pacing={"inter_token": 0.02})
    with serving({"responses": [slow]}) as served, served.wire() as wire:
        assert wire.ask(post(chat("slow", stream=True))).events[-1] == "[DONE]"
    with serving({"responses": [slow]}) as served, served.wire() as wire:
        assert wire.send(post(chat("slow", stream=True), "expect: 100-continue")).answer().status == 100
        assert wire.answer().events[-1] == "[DONE]"


def connection_of(served: Served, wire: Wire) -> FastProtocol:
    connections = [c for c in served.thread._service.server_state.connections if isinstance(c, FastProtocol)]
    return next(c for c in connections if c.client == wire.socket.getsockname())


def test_one_timer_serves_a_connection(fast: Served) -> None:
    with fast.wire() as wire:
        wire.ask(post(chat("Hello")))
        connection = connection_of(fast, wire)
        timer = connection._timer
        wire.ask(post(chat("Hello")))
        wire.ask(post(chat("Hello"), "expect: 100-continue"))
        assert connection._timer is timer
        assert connection.timeout_keep_alive_task is None
    eventually(timer.cancelled)


def test_half_closed_connections_get_their_answer(fast: Served) -> None:
    with fast.wire() as wire:
        wire.send(post(chat("Hello")))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer().status == 200
