"""One request over a plain socket, and every byte of its answer."""

from __future__ import annotations

import re
import socket
from typing import Final, NamedTuple

from bench.rules import KEY

PATH: Final = "/v1/chat/completions"

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]+)\r\n")


class Answer(NamedTuple):
    """An HTTP response as it came."""

    head: bytes
    payload: bytes

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return int(self.head.split(b" ", 2)[1])

    def chunks(self) -> list[bytes]:
        """Split a chunked payload, each chunk with its frame and without the last, empty one."""
        found, at = [], 0
        while (size := _CHUNK.match(self.payload, at)) and int(size[1], 16):
            end = size.end() + int(size[1], 16) + 2
            found.append(self.payload[at:end])
            at = end
        return found


def request(body: bytes) -> bytes:
    """Write a request as it goes over the wire; without a body one for the server's health."""
    if not body:
        return b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {KEY}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask(port: int, body: bytes, timeout: float = 60) -> Answer:
    """Send a request and read its answer. Raises ``OSError`` when nobody serves."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        return ask_on(connection, body)


def ask_on(connection: socket.socket, body: bytes) -> Answer:
    """Send a request on an open connection and read its answer. Raises ``OSError`` when that breaks."""
    connection.sendall(request(body))
    data = b""
    while not complete(data):
        piece = connection.recv(1 << 16)
        if not piece:
            raise ConnectionResetError("the server hung up")
        data += piece
    head, _, payload = data.partition(b"\r\n\r\n")
    return Answer(head + b"\r\n\r\n", payload)


def complete(data: bytes) -> bool:
    """Whether ``data`` is a whole response, with a length or in chunks."""
    head, found, payload = data.partition(b"\r\n\r\n")
    if not found:
        return False
    length = _LENGTH.search(head)
    return len(payload) >= int(length[1]) if length else payload.endswith(b"0\r\n\r\n")
