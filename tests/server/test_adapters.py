"""The adapters put the same bytes on the wire."""

from __future__ import annotations

import json

import pytest

from tests.script_of_tests import CONFIG
from tests.serving import Served, chat, constant, eventually, head, post, serving

HELLO = json.dumps(chat("Hello")).encode()
CHUNKED = head("POST", "/v1/chat/completions", "transfer-encoding: chunked", "content-type: application/json")
LARGE = chat("Hello", stop="y" * 1_500_000)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


REQUESTS: dict[str, bytes] = {
    "chat": post(chat("Hello")),
    "stream": post(chat("Hello", stream=True)),
    "stream with usage": post(chat("Hello", stream=True, stream_options={"include_usage": True})),
    "emoji": post(chat("emoji")),
    "tool calls": post(chat("weather")),
    "streamed tool calls": post(chat("weather", stream=True)),
    "paced": post(chat("paced")),
    "paced stream": post(chat("paced", stream=True)),
    "three choices of a paced stream": post(chat("paced", stream=True, n=3)),
    "delay": post(chat("later")),
    "delayed stream": post(chat("later", stream=True)),
    "miss": post(chat("nobody says this")),
    "scripted error": post(chat("limit")),
    "status of nobody": post(chat("unusual")),
    "delayed error": post(chat("late error")),
    "own headers": post(chat("named")),
    "no JSON": post(b"{"),
    "no body": head("POST", "/v1/chat/completions"),
    "wrong key": post(chat("Hello"), key="sk-wrong-wrong-wrong-wrong"),
    "no key": head("GET", "/v1/models", key=None),
    "models": head("GET", "/v1/models"),
    "model": head("GET", "/v1/models/gpt-4o"),
    "escaped path": head("GET", "/v1/models/ft%3Agpt-4o%2Fmine"),
    "twice escaped path": head("GET", "/v1/models/a%2525b"),
    "path that is no UTF-8": head("GET", "/v1/models/%FF%FE"),
    "query": head("GET", "/v1/models?limit=2&a=%20"),
    "absolute target": head("GET", "http://mock/v1/models?limit=2"),
    "health": head("GET", "/health", key=None),
    "404": head("GET", "/v1/nothing"),
    "405": head("PUT", "/v1/chat/completions"),
    "HEAD": head("HEAD", "/v1/models"),
    "HEAD of nothing": head("HEAD", "/v1/nothing"),
    "OPTIONS": head("OPTIONS", "/v1/chat/completions", "origin: http://a", "access-control-request-headers: X-A, X-B"),
    "DELETE": head("DELETE", "/v1/models/gpt-4o"),
    "chunked": CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(HELLO), HELLO),
    "many chunks": CHUNKED + b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in HELLO) + b"0\r\ntrailer: x\r\n\r\n",
    "many chunks of a large body": CHUNKED
    + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces(json.dumps(LARGE).encode(), 100_000))
    + b"0\r\n\r\n",
    "Connection: close": post(chat("Hello"), "connection: close"),
    "Connection: close of a paced stream": post(chat("paced", stream=True), "connection: close"),
    "HTTP/1.0": post(chat("Hello"), version="1.0"),
    "stream over HTTP/1.0": post(chat("Hello", stream=True), version="1.0"),
    "large body": post(LARGE),
    "body over the limit": post(chat("x" * 3_100_000)),
}


@pytest.fixture(scope="module")
def both() -> object:
    with serving(CONFIG, "fast") as fast, serving(CONFIG, "replayed") as replayed, serving(CONFIG, "plain") as plain:
        yield fast, replayed, plain


@pytest.mark.parametrize("name", REQUESTS)
def test_the_same_request_gets_the_same_bytes(both: tuple[Served, ...], name: str) -> None:
    answers = []
    for served in both:
        with served.wire() as wire:
            answers.append(wire.ask(REQUESTS[name], method=name.split(" ")[0]))
    first = constant(answers[0].raw)
    for answer in answers[1:]:
        assert constant(answer.raw) == first


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    with served.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + post(chat("Hello")) + head("GET", "/health") + post(LARGE))
        assert wire.answer().events[-1] == "[DONE]"
        assert wire.answer().json["choices"][0]["message"]["content"] == "Hi there! How are you today?"
        assert wire.answer().json["status"] == "ok"
        assert wire.answer().status == 200
        assert wire.ask(post(chat("nobody"))).error["code"] == "no_match"


def test_a_request_may_come_byte_by_byte(served: Served) -> None:
    with served.wire() as wire:
        for byte in post(chat("Hello")):
            wire.send(bytes([byte]))
        assert wire.answer().status == 200


def test_a_client_may_wait_for_100_continue(served: Served) -> None:
    request = post(chat("Hello"), "expect: 100-continue")
    start = request.index(b"\r\n\r\n") + 4
    with served.wire() as wire:
        assert wire.ask(request[:start]).status == 100
        assert wire.ask(request[start:]).status == 200


def test_a_stream_says_how_it_ended(served: Served) -> None:
    with served.wire() as wire:
        events = wire.ask(post(chat("paced", stream=True))).events
    eventually(lambda: served.last.finished)
    assert served.last.chunks_sent == len(events) - 1  # [DONE] travels with the last
    assert not served.last.hung_up


def test_a_client_that_goes_is_noticed_at_once(served: Served) -> None:
    with served.wire() as wire:
        wire.send(post(chat("endless", stream=True)))
        wire.until(b'"content":"one"')
    eventually(lambda: served.last.hung_up)
    assert served.last.chunks_sent == 2
    assert not served.last.finished


def test_a_client_that_goes_before_the_answer_is_noticed_at_once(served: Served) -> None:
    with served.wire() as wire:
        wire.send(post(chat("never")))
        eventually(lambda: len(served.app.journal))
    eventually(lambda: served.last.hung_up)


def test_a_client_that_resets_the_connection_disturbs_nobody(served: Served) -> None:
    with served.wire() as staying, served.wire() as going:
        going.send(post(chat("endless", stream=True)))
        going.until(b'"content":"one"')
        staying.send(post(chat("paced", stream=True)))
        going.reset()
        assert staying.answer().events[-1] == "[DONE]"


def test_a_client_may_close_right_at_the_end(served: Served) -> None:
    with served.wire() as wire:
        wire.send(post(chat("paced", stream=True)))
        wire.until(b"[DONE]")
    eventually(lambda: served.last.finished)
    assert not served.last.hung_up


def test_a_slow_reader_holds_up_nobody_and_gets_all(served: Served) -> None:
    with served.wire() as slow, served.wire() as quick:
        slow.send(post(chat("big", n=8)))  # more than the buffers of two sockets hold
        eventually(lambda: len(served.app.journal))
        assert quick.ask(post(chat("Hello"))).status == 200
        assert len(slow.answer().json["choices"][0]["message"]["content"]) == 3_300_000
        assert slow.ask(post(chat("Hello"))).status == 200


def test_a_slow_reader_of_a_paced_stream_gets_all(served: Served) -> None:
    with served.wire() as wire:
        wire.send(post(chat("paced", stream=True, n=128)))
        assert wire.answer().events[-1] == "[DONE]"
