"""Ten thousand hostile inputs: every one is refused in OpenAI's words or with a closed connection, none hangs."""

from __future__ import annotations

import json
import random
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import Answer, Served, Wire, app_of, chat, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 10_000
PATHS = [
    "/v1/chat/completions",
    "/v1/models",
    "/v1/models/x",
    "/health",
    "/",
    "/v1",
    "*",
    "/%",
    "/%zz",
    "/%00",
    "//x?y#z",
]
SCALARS: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\0",
    "💥",
    [],
    {},
    [[]],
    {"type": "text"},
    "user",
    "gpt-4o",
]
KEYS = ["model", "messages", "role", "content", "tools", "type", "function", "n", "stop", "stream", "tool_calls", "id"]


def value(random_: random.Random, depth: int = 3) -> Any:
    """Make JSON of a shape near to a request's."""
    kind = random_.random()
    if depth == 0 or kind < 0.4:
        return random_.choice(SCALARS)
    if kind < 0.7:
        return {random_.choice(KEYS): value(random_, depth - 1) for _ in range(random_.randrange(4))}
    return [value(random_, depth - 1) for _ in range(random_.randrange(4))]


def wrong_shape(random_: random.Random) -> bytes:
    document: Any = chat("Hello")
    where = random_.choice([document, document["messages"][0]])
    where[random_.choice(KEYS)] = value(random_)
    return post(document)


def any_json(random_: random.Random) -> bytes:
    return post(value(random_))


def deep(random_: random.Random) -> bytes:
    return post(random_.choice([b"[", b'{"a":', b'{"model":"m","messages":[']) * random_.choice([500, 2000, 20_000]))


def bad_text(random_: random.Random) -> bytes:
    body = bytearray(json.dumps(chat("Hello")).encode())
    for _ in range(random_.randrange(1, 5)):
        body[random_.randrange(len(body))] = random_.randrange(256)
    return post(bytes(body))


def bad_type(random_: random.Random) -> bytes:
    return post(
        chat("Hello"), "content-type: " + random_.choice(["text/html", "multipart/form-data; boundary=x", "\xff"])
    )


def huge(random_: random.Random) -> bytes:
    return post(chat("x" * random_.choice([100_000, 1_100_000]), **{"x" * random_.choice([1, 100_000]): 1}))


def garbled(random_: random.Random) -> bytes:
    request = bytearray(post(chat("Hello")))
    end = request.index(b"\r\n\r\n")
    for _ in range(random_.randrange(1, 4)):
        request[random_.randrange(end)] = random_.choice(b"\0\r\n \t:\x80\xff\x7f/%AZ0")
    return bytes(request)


def noise(random_: random.Random) -> bytes:
    return random_.randbytes(random_.randrange(1, 200))


def chunked(random_: random.Random) -> bytes:
    size = random_.choice([b"5", b"-1", b"x", b"", b"FFFFFFFFFFFFFFFFFFF", b"5;" + b"e" * 100, b"05", b" 5", b"0x5"])
    start = head("POST", "/v1/chat/completions", "transfer-encoding: chunked", "content-type: application/json")
    return (
        start
        + size
        + random_.choice([b"\r\n", b"\n", b"\r"])
        + b"hello"
        + random_.choice([b"\r\n0\r\n\r\n", b"x", b""])
    )


def odd_target(random_: random.Random) -> bytes:
    method = random_.choice(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "SEARCH", "BREW"])
    return head(method, random_.choice(PATHS), version=random_.choice(["1.1", "1.0", "0.9", "2.0", "9"]))


def odd_header(random_: random.Random) -> bytes:
    line = random_.choice(
        [
            "content-length: -5",
            "content-length: 1e3",
            "expect: the-worst",
            "upgrade: h2c",
            "connection: upgrade",
            "transfer-encoding: identity",
            "content-encoding: gzip",
            "authorization: Bearer " + "x" * random_.choice([1, 60_000, 70_000]),
            "host: a\r\nhost: b",
            "x: \0",
            " folded",
            "cookie: " + "y" * 1000,
        ]
    )
    return head("POST", "/v1/chat/completions", line, key=None)


def cut_off(random_: random.Random) -> bytes:
    request = post(chat("Hello"))
    return request[: random_.randrange(len(request))]


MAKERS: list[Callable[[random.Random], bytes]] = [
    *[wrong_shape, any_json, bad_text] * 6,
    *[bad_type, garbled, noise, chunked, odd_target, odd_header, cut_off] * 2,
    deep,
]


class Neighbour(threading.Thread):
    """A well-behaved client, which is answered all along."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.statuses: set[int] = set()
        self.over = threading.Event()

    def run(self) -> None:
        with Wire(self.port) as wire:
            while not self.over.wait(0.01):
                self.statuses.add(wire.ask(post(chat("Hello"))).status)


@pytest.fixture
def attacked() -> Iterator[Served]:
    with serving(app_of({"max_body_bytes": 1_000_000, "responses": [flow("Hello", content="Hi")]})) as served:
        neighbour = Neighbour(served.port)
        neighbour.start()
        yield served
        neighbour.over.set()
        neighbour.join()
        assert neighbour.statuses == {200}


#: What makes a whole request, so that its connection can be used again.
WHOLE = {wrong_shape, any_json, bad_text, deep, bad_type, huge}


def check(answer: Answer, data: bytes) -> None:
    assert 200 <= answer.status < 500, data[:500]
    assert answer.status == 200 or answer.error["type"] == "invalid_request_error"


def check_alone(served: Served, data: bytes) -> None:
    """Send what may be no HTTP, or only a part, over a connection that ends with it."""
    with served.wire() as wire:
        try:
            wire.send(data)
            wire.socket.shutdown(socket.SHUT_WR)
        except OSError:  # refused already
            return
        said = wire.rest()
    assert said == b"" or said.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4")), data[:500]
    assert b" 5" not in said.partition(b"\r\n")[0]
    assert not said.startswith(b"HTTP/1.1 4") or b'{"error":{"message":' in said


def test_ten_thousand_hostile_inputs(attacked: Served) -> None:
    random_ = random.Random(20)
    with attacked.wire() as wire:
        for number in range(COUNT):
            make = huge if number % 200 == 0 else random_.choice(MAKERS)
            data = make(random_)
            if make in WHOLE:
                check(wire.ask(data), data)
            else:
                check_alone(attacked, data)
    assert all(exchange.status < 500 for exchange in attacked.app.journal)
