"""Which randomness a request gets when there is a seed: its own, by what it is and how often it has come."""

from __future__ import annotations

import threading
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from openai_mock_api.clock import Streams
    from openai_mock_api.http import Request

#: So many different requests are counted, those that came last.
KEPT: Final = 100_000


class Arrivals:
    """How often each request has come. Lives until another configuration is loaded. Used from every thread.

    ``place`` tells apart what comes to several rooms.
    """

    def __init__(self, streams: Streams, place: str = "") -> None:
        self._streams = streams
        self._place = place.encode()
        self._counts: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def begin(self, request: Request, headers: Collection[str]) -> None:
        """Let everything that is drawn for a request come from a stream of its own.

        ``headers`` names those that tell requests apart beside method, path, query and body. What clients send in
        others may be different in every run.
        """
        fingerprint = self._fingerprint(request, headers)
        self._streams.begin(b"%b:%d" % (fingerprint, self._count(fingerprint)))

    def clear(self) -> None:
        """Count from the start."""
        with self._lock:
            self._counts.clear()

    def _count(self, fingerprint: bytes) -> int:
        """Count a request, and return how often it has come before."""
        with self._lock:
            before = self._counts.pop(fingerprint, 0)
            self._counts[fingerprint] = before + 1
            if len(self._counts) > KEPT:
                del self._counts[next(iter(self._counts))]
        return before

    def _fingerprint(self, request: Request, headers: Collection[str]) -> bytes:
        values = [request.header(name.encode("latin-1", "replace")) or b"" for name in sorted(headers)]
        target = f"{request.method} {request.path}?{request.query}".encode("utf-8", "surrogatepass")
        digest = blake2b(digest_size=16)
        for part in (self._place, target, *values, request.body):
            digest.update(b"%d:%b" % (len(part), part))
        return digest.digest()
