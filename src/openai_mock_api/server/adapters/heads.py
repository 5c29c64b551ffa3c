"""Request heads that have been parsed before.

A client sends the same head with every request of a kind: the same bytes mean the same method, path and headers, so
they are parsed once.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from openai_mock_api.http import Headers, Request

#: How many heads are remembered, and how long one may be, in bytes.
REMEMBERED: Final = 1000
LONGEST: Final = 4096

_END: Final = b"\r\n\r\n"


class Head(NamedTuple):
    """What a head says. ``body`` is the length of what follows it, in bytes."""

    method: str
    path: str
    headers: Headers
    query: str
    body: int

    def request(self, body: bytes, peer: str) -> Request:
        """Return the request with this head, from whom it comes now."""
        return Request(self.method, self.path, self.headers, body, self.query, peer)


class Heads:
    """Heads by their bytes. Only those of complete requests that arrived in one piece are kept."""

    def __init__(self) -> None:
        self._known: dict[bytes, Head] = {}

    def request(self, data: bytes, peer: str = "") -> Request | None:
        """Return the request that ``data`` is, when it is exactly one, with a head that is known. ``peer`` sent it."""
        end = data.find(_END) + 4
        head = self._known.get(data[:end])
        if head is None or len(data) - end != head.body:
            return None
        return head.request(data[end:], peer)

    def learn(self, data: bytes, request: Request) -> None:
        """Keep the head of a request that ``data`` was, unless its body was sent in chunks."""
        end = data.find(_END) + 4
        if end > LONGEST or len(data) - end != len(request.body):
            return
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[data[:end]] = Head(request.method, request.path, request.headers, request.query, len(request.body))
