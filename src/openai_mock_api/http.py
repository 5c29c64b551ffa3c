"""Requests and responses as values: what the server's adapters and everything below them exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Pairs of lower-case name and value, in the order of the wire.
Headers = list[tuple[bytes, bytes]]


class Request(msgspec.Struct, frozen=True):
    """One HTTP request, complete. ``path`` is percent-decoded and has no query; ``query`` has no question mark.

    ``peer`` is the address of the client, empty where there is none: in this process, and on a Unix socket. ``lane`` is
    what its connection remembers, where that is more than a way to send requests.
    """

    method: str
    path: str
    headers: Headers
    body: bytes = b""
    query: str = ""
    peer: str = ""
    lane: Any = None

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"  # headers hold keys

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header ``name`` (lower-case), or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class Stream(msgspec.Struct, frozen=True):
    """The events of one streamed answer.

    Every event is ``prefix`` and one of ``tails``; ``end`` follows the last. ``delays`` are the seconds before
    each event, None when everything leaves at once. ``counted`` are the bytes of all tails, where somebody has counted.
    """

    tails: tuple[bytes, ...]
    prefix: bytes = b""
    end: bytes = b""
    delays: tuple[float, ...] | None = None
    counted: int | None = None

    def whole(self, before: bytes = b"", after: bytes = b"") -> bytes:
        """Return all events as one piece, between other bytes."""
        return b"".join((before, self.prefix, self.prefix.join(self.tails), self.end, after))

    def frames(self) -> Iterator[tuple[float, bytes]]:
        """Yield each event as (seconds to wait before it, bytes). ``end`` travels with the last event."""
        last = len(self.tails) - 1
        for place, tail in enumerate(self.tails):
            data = self.prefix + tail + self.end if place == last else self.prefix + tail
            yield (self.delays[place] if self.delays else 0.0), data

    def __len__(self) -> int:
        """Count the events."""
        return len(self.tails)

    @property
    def size(self) -> int:
        """Bytes of all events together."""
        counted = sum(map(len, self.tails)) if self.counted is None else self.counted
        return len(self.prefix) * len(self.tails) + counted + len(self.end)


class Response(msgspec.Struct):
    """One HTTP response, a body or a stream, and what became of it.

    ``head`` holds header lines as they go over the wire (``name: value`` and CR LF, names lower-case), without
    ``content-length``, ``transfer-encoding``, ``connection`` and ``date``, which are the adapter's. ``delay`` is in
    seconds, before anything is sent. ``outcome`` is the match or miss that led to it. The adapter counts the
    events ``sent``, and says when all was ``finished`` or that the client ``hung_up`` before. ``own`` are headers
    that replace those of the same name, whoever else sets them. ``rendering`` is set when the same request would always
    get this answer, as long as ``maker`` answers: it makes it anew. ``pending`` is an awaitable as long as the answer
    is still being made: awaited once, by who sends it, it fills the response in. ``unmet`` is what was expected of the
    request in vain; ``notable`` says that a test wants to hear of the answer, however long ago it was: it is a miss
    that was refused, or something is ``unmet``. ``gate`` keeps the pieces back until a test lets them go. ``begun`` is
    when the request came, as the clock's ``monotonic`` counts: what waits for its time waits from then on.
    """

    status: int
    head: bytes = b""
    body: bytes = b""
    stream: Stream | None = None
    delay: float = 0.0
    outcome: Any = None
    own: dict[str, str] | None = None
    rendering: Any = None
    maker: Any = None
    pending: Any = None
    unmet: Any = ()
    notable: bool = False
    gate: Any = None
    begun: float = 0.0
    sent: int = 0
    finished: bool = False
    hung_up: bool = False

    def __repr__(self) -> str:
        return f"<Response {self.status}, {self.size} bytes>"  # the outcome holds the request's headers

    def headers(self) -> Headers:
        """Split ``head`` into pairs."""
        pairs = (line.split(b": ", 1) for line in self.head.split(b"\r\n") if line)
        return [(name, value) for name, value in pairs]

    def own_headers_win(self) -> None:
        """Put ``own`` into ``head``, in place of the lines that have the same names."""
        own = self.own or {}
        names = {name.lower().encode("ascii") for name in own}
        lines = self.head.splitlines(keepends=True)
        self.head = b"".join(line for line in lines if line.partition(b":")[0] not in names) + header_lines(own)

    def become(self, made: Response) -> None:
        """Take over what another response says. Its header lines come before those that are there."""
        self.status, self.body, self.stream, self.delay = made.status, made.body, made.stream, made.delay
        self.head = made.head + self.head
        self.own, self.outcome, self.pending = made.own, made.outcome or self.outcome, None
        if self.own:
            self.own_headers_win()

    @property
    def size(self) -> int:
        """Bytes of body or stream."""
        return len(self.body) if self.stream is None else self.stream.size


def header_lines(headers: Mapping[str, str]) -> bytes:
    """Encode headers as lines of a response head. What Latin-1 cannot hold is percent-encoded, line breaks too."""
    return b"".join(b"%b: %b\r\n" % (name.lower().encode("ascii"), header_value(v)) for name, v in headers.items())


def header_value(value: str) -> bytes:
    """Encode one header value as Latin-1; characters that a header cannot hold are percent-encoded as UTF-8."""
    if value.isascii() and value.isprintable():
        return value.encode()
    return b"".join(_header_character(c) for c in value)


def _header_character(character: str) -> bytes:
    if " " <= character <= "~" or "\xa0" <= character <= "\xff":
        return character.encode("latin-1")
    return b"".join(b"%%%02X" % byte for byte in character.encode("utf-8", "surrogatepass"))


JSON_HEAD = b"content-type: application/json\r\n"


def json_response(data: Any, status: int = 200) -> Response:
    """Encode ``data`` as a response."""
    return Response(status, JSON_HEAD, msgspec.json.encode(data))
