"""What admin routes take and give, as JSON. ``AdminClient`` reads the same shapes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec


class Recorded(msgspec.Struct, kw_only=True):
    """One exchange: a request and its answer."""

    id: str
    """Value of ``x-request-id``."""
    method: str
    """``POST``, …"""
    path: str
    """Path of the request, without the namespace's base and without the query."""
    headers: dict[str, str]
    """Headers of the request, names in lower case, keys masked."""
    json: Any = None
    """Body of the request; null when it is no JSON."""
    status: int
    """HTTP status of the answer."""
    response_headers: dict[str, str]
    """Headers of the answer, names in lower case."""
    response_json: Any = None
    """Body of the answer; null for a stream."""
    events: list[Any] = []
    """Events of a streamed answer, whether or not all were sent."""
    text: str | None = None
    """What the answer says, in the first of several choices."""
    matched: str | None = None
    """Id of the response of the script that answered."""
    turn: int | None = None
    """Place of the turn that answered among the response's messages."""
    missed: bool = False
    """Whether nothing matched, whatever the ``unmatched`` policy gave."""
    report: str | None = None
    """Why nothing matched, and what came nearest."""
    unmet: list[str] = []
    """What the turn that answered expected of the request in vain."""
    started: float
    """When it came, in seconds since the epoch."""
    duration: float
    """Seconds until the answer was ready."""
    chunks_sent: int = 0
    """How many events of a stream have left."""
    finished: bool = False
    """Whether all of the answer has left."""
    hung_up: bool = False
    """Whether the client went away before."""
    namespace: str = ""
    """Name of its namespace; empty outside of any."""

    def __repr__(self) -> str:
        answer = f"{self.status} {self.matched}" if self.matched else self.status
        return f"<Recorded {self.method} {self.path} {answer}>"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Messages of the request; empty when it has none."""
        messages = self.json.get("messages") if isinstance(self.json, dict) else None
        return messages if isinstance(messages, list) else []

    @property
    def model(self) -> str | None:
        """Model that was asked for."""
        model = self.json.get("model") if isinstance(self.json, dict) else None
        return model if isinstance(model, str) else None


class Requests(msgspec.Struct, kw_only=True):
    """Exchanges, oldest first."""

    requests: list[Recorded]
    """Those that were asked for: the newest, if there are more than ``limit``."""
    total: int
    """How many there are that fit, also those beyond ``limit``."""


class RequestsQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which exchanges are meant; all that is given must hold."""

    method: str | None = None
    """``POST``, …"""
    path: str | None = None
    """Glob pattern of the path: ``/v1/chat/*``."""
    matched: str | None = None
    """Id of the response that answered."""
    model: str | None = None
    """Glob pattern of the model that was asked for."""
    status: int | None = None
    """HTTP status of the answer."""
    missed: bool | None = None
    """Whether nothing matched, whatever the ``unmatched`` policy gave."""
    hung_up: bool | None = None
    """Whether the client went away."""
    limit: Annotated[int, msgspec.Meta(ge=0)] = 100
    """Most exchanges in the answer, the newest."""


class Done(msgspec.Struct, kw_only=True):
    """It has been done."""

    done: Literal[True] = True
    """Always true."""


class Time(msgspec.Struct, kw_only=True):
    """What the clock shows, and how it runs. Namespaces share it with the rest of the server."""

    now: float
    """Seconds since the epoch."""
    speed: float
    """Seconds of the clock in a second; 0 when it stands still."""


class Freeze(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where to stop the time."""

    at: float | None = None
    """A moment in seconds since the epoch; else where it is."""


class Advance(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How far to move the time."""

    by: float | str
    """Seconds, or a text like ``1h``, ``1m30s``, ``200ms``."""


class Scale(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How long everything shall take."""

    factor: float
    """With 0.01, a hundredth of its time."""


class Hold(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a gate shall keep back."""

    responses: list[str] = []
    """Ids of responses; without any, every answer is kept back."""
    timeout: float | str = 30.0
    """The longest that an answer is kept back: seconds, or a text like ``1m``."""


class Release(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much a gate shall let go."""

    count: int | None = None
    """So many answers, the oldest first; without it all, also those to come."""


class ReleaseChunks(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much of each stream a gate shall let go."""

    count: int
    """So many events."""


class Cancelled(msgspec.Struct, kw_only=True):
    """A client that has hung up while its answer was kept back."""

    request: str
    """Id of the exchange."""
    at: float
    """When, in seconds since the epoch."""
    after: float
    """Seconds that it had waited at the gate."""


class GateState(msgspec.Struct, kw_only=True):
    """A gate, and what has happened at it. Exchanges are named by their ids."""

    id: str
    """What it is asked for by."""
    responses: list[str]
    """What it keeps back; without any, every answer."""
    open: bool
    """Whether it keeps nothing back any more."""
    came: list[str]
    """All whose answers were kept back, oldest first."""
    held: list[str]
    """Those whose answers are kept back now."""
    cancelled: list[Cancelled]
    """Clients that have hung up meanwhile."""
    expired: list[str]
    """Those that went by themselves, because nobody released them in time."""
    passed: list[str]
    """The last ones whose answers it did not keep back."""


class Gates(msgspec.Struct, kw_only=True):
    """The gates that have not been closed."""

    gates: list[GateState]
    """Oldest first."""


class Open(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A namespace to open."""

    name: str | None = None
    """Letters, digits, ``.``, ``_`` and ``-``; without it, one that was never used."""
    config: dict[str, Any] | str | None = None
    """A configuration, or YAML text; else what the server was configured with."""


class NamespaceState(msgspec.Struct, kw_only=True):
    """A namespace."""

    name: str
    """What tells it from others."""
    path: str
    """What its paths begin with: ``/ns/name``."""
    key: str
    """Its key."""
    open: bool
    """Whether requests are answered."""
    requests: int
    """How many requests its journal holds."""
    late: list[Recorded]
    """Requests that came after it was closed."""


class NamespaceList(msgspec.Struct, kw_only=True):
    """The namespaces that are open."""

    namespaces: list[NamespaceState]
    """In the order of their opening."""
