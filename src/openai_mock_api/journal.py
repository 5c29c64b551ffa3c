"""What was asked and what was answered: bounded, and decoded only when somebody looks."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.dialogue import conversation, offered, spoken
from openai_mock_api.http import Headers, Request, Response
from openai_mock_api.reassembly import assembled
from openai_mock_api.script.script import Miss
from openai_mock_api.script.search.candidates import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_mock_api.script.matching.expectations import Unmet
    from openai_mock_api.script.messages import Message, ToolCall

#: So many notable exchanges are remembered that the journal has forgotten otherwise.
NOTABLE = 100

_SECRET_HEADERS = frozenset(
    {b"authorization", b"proxy-authorization", b"api-key", b"x-api-key", b"x-mock-admin-key", b"cookie"}
)
_STARS = "*" * 8


class Exchange(msgspec.Struct, frozen=True):
    """One request and its answer.

    ``id`` is the value of ``x-request-id``. ``started`` is in seconds since the epoch, ``duration`` the seconds
    until the answer was ready (not until it was sent). ``namespace`` is the name of the room that it belongs to, empty
    for the main one.
    """

    id: str
    request: Request
    response: Response
    started: float
    duration: float
    namespace: str = ""

    def __repr__(self) -> str:
        answer = f"{self.status} {self.matched}" if self.matched else self.status
        return f"<Exchange {self.method} {self.path} {answer}>"

    @property
    def method(self) -> str:
        """``POST``, …"""
        return self.request.method

    @property
    def path(self) -> str:
        """Path as it was asked for, without the query."""
        return self.request.path

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the request, names in lower case, keys masked."""
        return _readable(self.request.headers)

    @property
    def body(self) -> bytes:
        """Body of the request."""
        return self.request.body

    @property
    def json(self) -> Any:
        """Body of the request, decoded; None when it is no JSON."""
        return _decoded(self.request.body)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Messages of the request; empty when it has none."""
        messages = _field(self.json, "messages")
        return messages if isinstance(messages, list) else []

    @property
    def model(self) -> str | None:
        """Model that was asked for."""
        model = _field(self.json, "model")
        return model if isinstance(model, str) else None

    @property
    def conversation(self) -> list[Message]:
        """The same for every endpoint: each message with its ``role``, ``text``, ``tool_calls`` and more."""
        return conversation(self.json)

    @property
    def user(self) -> str:
        """Text of the user's last message, empty when there is none."""
        return next((message.text for message in reversed(self.conversation) if message.role == "user"), "")

    @property
    def system(self) -> str:
        """Texts of the system messages, joined by newlines."""
        return "\n".join(message.text for message in self.conversation if message.role == "system")

    @property
    def tools(self) -> list[str]:
        """Names of the tools that the request offers."""
        return offered(self.json)

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for."""
        return bool(_field(self.json, "stream"))

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return self.response.status

    @property
    def response_headers(self) -> dict[str, str]:
        """Headers of the answer, names in lower case."""
        return _readable(self.response.headers())

    @property
    def response_json(self) -> Any:
        """Body of the answer, decoded; None for a stream."""
        return _decoded(self.response.body)

    @property
    def events(self) -> list[Any]:
        """Events of a streamed answer, decoded, whether or not all were sent; empty when it was no stream."""
        if self.response.stream is None:
            return []
        frames = b"".join(data for _, data in self.response.stream.frames())
        lines = (line.removeprefix(b"data: ") for line in frames.split(b"\n") if line.startswith(b"data: "))
        return [_decoded(line) for line in lines if line != b"[DONE]"]

    @property
    def answer(self) -> Any:
        """The answer as one object: its body, or what the events of the stream make up; None when that is nothing."""
        return self.response_json if self.response.stream is None else assembled(self.events)

    @property
    def text(self) -> str | None:
        """What the answer says, in the first of several choices."""
        return spoken(self.answer).text

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools that the answer calls, each with ``id``, ``name`` and ``arguments`` as text."""
        return spoken(self.answer).tool_calls

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ends: ``stop``, ``tool_calls`` …"""
        return spoken(self.answer).finish_reason

    @property
    def error(self) -> dict[str, Any] | None:
        """The error that was answered: ``message``, ``type``, ``param``, ``code``; None when it was none."""
        error = _field(self.response_json, "error")
        return error if isinstance(error, dict) else None

    @property
    def chunks_sent(self) -> int:
        """How many events of a stream have left."""
        return self.response.sent

    @property
    def hung_up(self) -> bool:
        """Whether the client went away before the answer was complete."""
        return self.response.hung_up

    @property
    def finished(self) -> bool:
        """Whether all of the answer has left."""
        return self.response.finished

    @property
    def matched(self) -> str | None:
        """Id of the flow that answered."""
        return self.response.outcome.flow.id if isinstance(self.response.outcome, Match) else None

    @property
    def turn(self) -> int | None:
        """Place of the turn that answered among the flow's messages."""
        return self.response.outcome.turn if isinstance(self.response.outcome, Match) else None

    @property
    def missed(self) -> bool:
        """Whether no flow matched."""
        return isinstance(self.response.outcome, Miss)

    @property
    def unmet(self) -> tuple[Unmet, ...]:
        """What the turn that answered expected of the request in vain, each with ``name`` and ``difference``."""
        unmet: tuple[Unmet, ...] = self.response.unmet
        return unmet

    @property
    def size(self) -> int:
        """Bytes of request and answer."""
        response = self.response
        return len(self.request.body) + (len(response.body) if response.stream is None else response.stream.size)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _field(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


def _readable(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): _shown(name, value) for name, value in headers}


def _shown(name: bytes, value: bytes) -> str:
    text = value.decode("latin-1")
    if name not in _SECRET_HEADERS:
        return text
    scheme, _, secret = text.partition(" ")
    return f"{scheme} {_STARS}" if secret and name.endswith(b"authorization") else _STARS


class Journal:
    """The newest exchanges: at most ``exchanges`` of them and ``size`` bytes. Safe to use from every thread.

    ``forgotten`` counts those that had to go. ``ring`` is called after each exchange, if somebody waits for them.
    """

    def __init__(self, exchanges: int = 1000, size: int = 64_000_000) -> None:
        self._most = exchanges
        self._most_bytes = size
        self._bytes = 0
        self._kept: deque[tuple[Exchange, int]] = deque()
        self._cleared: deque[tuple[Exchange, int]] = deque()
        self._notable: deque[Exchange] = deque(maxlen=NOTABLE)
        self._lock = threading.Lock()
        self.forgotten = 0
        self.ring: Callable[[], None] | None = None

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange, and let the oldest go for it."""
        size = exchange.size
        with self._lock:
            if self._cleared:
                self._cleared.clear()
            self._kept.append((exchange, size))
            self._bytes += size
            while len(self._kept) > self._most or (self._bytes > self._most_bytes and len(self._kept) > 1):
                oldest, size = self._kept.popleft()
                self._bytes -= size
                self.forgotten += 1
                if oldest.response.notable:
                    self._notable.append(oldest)
        if self.ring is not None:
            self.ring()

    def clear(self) -> None:
        """Forget everything. The next ``add`` gives the memory back, so that a reset does not wait for it."""
        with self._lock:
            self._kept, self._cleared = deque(), self._kept
            self._notable.clear()
            self._bytes = self.forgotten = 0

    def exchanges(self) -> list[Exchange]:
        """Return what is kept, oldest first."""
        with self._lock:
            return [exchange for exchange, _ in self._kept]

    def notable(self) -> list[Exchange]:
        """Return what a test wants to hear of: refused misses and unmet expectations, also of what was forgotten."""
        with self._lock:
            return [*self._notable, *(exchange for exchange, _ in self._kept if exchange.response.notable)]

    @property
    def size(self) -> int:
        """Bytes of what is kept."""
        return self._bytes

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.exchanges())

    def __len__(self) -> int:
        return len(self._kept)
