"""Namespaces: closed rooms inside one server, each reached by a path or a key of its own."""

from __future__ import annotations

import re
import threading
from secrets import token_hex
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    import difflib
    from collections.abc import Callable

    from openai_mock_api.http import Request
    from openai_mock_api.server.room import Room
else:
    difflib = Lazy("difflib")

#: What the paths of all namespaces begin with.
BASE: Final = "/ns/"

#: So many closed ones are remembered, so that a late request hears what has become of its namespace; fewer, when they
#: held more bytes together at their closing.
REMEMBERED: Final = 1000
REMEMBERED_BYTES: Final = 64_000_000

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KEY: Final = re.compile(rb"sk-mock-(.+)-[0-9a-f]{16}")


class Way(NamedTuple):
    """Whose a request is, and the request as that room sees it: its path has no base."""

    room: Room
    request: Request


class Closed(NamedTuple):
    """A room that was closed, and the bytes that it held then."""

    room: Room
    size: int


class Namespaces:
    """The namespaces of a server, by name and by key. ``used`` says whether there has ever been one.

    May be used from every thread.
    """

    def __init__(self) -> None:
        self.used = False
        self._open: dict[str, Room] = {}
        self._closed: dict[str, Closed] = {}
        self._closed_bytes = 0
        self._by_key: dict[bytes, Room] = {}
        self._opened = 0
        self._lock = threading.Lock()

    def open(self, name: str | None, most: int, build: Callable[[str], Room]) -> Room:
        """Open a room that ``build`` builds for its name; without a name it gets one that was never used.

        Raises ``ApiError`` for a name that cannot be one or is taken, and when ``most`` are open.
        """
        with self._lock:
            name = self._unused() if name is None else name
            self._check(name, most)
            room = self._open[name] = build(name)
            self._by_key[room.key.encode()] = room
            self.used = True
        return room

    def close(self, name: str) -> Room:
        """Close a room: from now on nothing is answered there. Raises ``ApiError`` 404 for a name that is not open."""
        with self._lock:
            room = self._open.pop(name, None)
            if room is None:
                raise self._missing(name)
            self._remember(room)
        room.shut()
        return room

    def _remember(self, room: Room) -> None:
        """Keep a closed room, and let the oldest go for it."""
        if room.name in self._closed:
            self._forget(room.name)
        size = room.size
        self._closed[room.name] = Closed(room, size)
        self._closed_bytes += size
        while len(self._closed) > REMEMBERED or (self._closed_bytes > REMEMBERED_BYTES and len(self._closed) > 1):
            self._forget(next(iter(self._closed)))

    def _forget(self, name: str) -> None:
        room, size = self._closed.pop(name)
        self._closed_bytes -= size
        self._by_key.pop(room.key.encode(), None)

    def find(self, name: str) -> Room:
        """Return the room of this name, open or closed. Raises ``ApiError`` 404."""
        if (room := self._open.get(name)) is not None:
            return room
        if (closed := self._closed.get(name)) is not None:
            return closed.room
        raise self._missing(name)

    def is_open(self, room: Room) -> bool:
        """Whether requests are answered in a room."""
        return self._open.get(room.name) is room

    def opened(self) -> list[Room]:
        """Return the rooms that are open, in the order of their opening."""
        with self._lock:
            return list(self._open.values())

    def way(self, request: Request, main: Room) -> Way:
        """Find whose a request is: by its path, else by its key, else it is the main room's.

        Raises ``ApiError`` 404 for a namespace that there is not.
        """
        if request.path.startswith(BASE):
            name, slash, rest = request.path.removeprefix(BASE).partition("/")
            return Way(self.find(name), _at(request, slash + rest))
        key = _key_of(request)
        room = self._by_key.get(key)
        if room is None and main.settings.keys is None and (other := _KEY.fullmatch(key)):
            raise self._missing(other[1].decode("latin-1"))
        return Way(room or main, request)

    def _unused(self) -> str:
        while True:
            self._opened += 1
            name = f"n{self._opened}"
            if name not in self._open and name not in self._closed:
                return name

    def _check(self, name: str, most: int) -> None:
        if not _NAME.fullmatch(name):
            raise ApiError(
                400,
                f"{name!r} cannot be the name of a namespace. Use letters, digits, '.', '_' and '-', at most 100, and "
                "begin with a letter or digit.",
                code="invalid_namespace",
            )
        if name in self._open:
            raise ApiError(
                409,
                f"The namespace '{name}' is open already. Close it, use another name, or none: then it gets one that "
                "was never used.",
                code="namespace_exists",
            )
        if len(self._open) >= most:
            raise ApiError(
                400,
                f"{most} namespaces are open, and no more may be. Close those that are done with, or raise "
                "`namespaces: {max: …}` in the configuration.",
                code="too_many_namespaces",
            )

    def _missing(self, name: str) -> ApiError:
        near = difflib.get_close_matches(name, self._open, n=3, cutoff=0.0)
        opened = f"Open are: {', '.join(near)}." if near else "None is open."
        return ApiError(
            404, f"There is no namespace '{name}'. {opened} Open it before it is used.", code="namespace_not_found"
        )


def closed(name: str) -> ApiError:
    """What a request gets that comes too late."""
    return ApiError(
        400,
        f"The namespace '{name}' is closed: its test has ended, and this request came after. Let the test wait for the "
        "work that it started.",
        code="namespace_closed",
    )


def new_key(name: str) -> str:
    """Make the key of a namespace. It fits no other, not even one of the same name."""
    return f"sk-mock-{name}-{token_hex(8)}"


def _at(request: Request, path: str) -> Request:
    """Return a request with another path."""
    return msgspec.structs.replace(request, path=path or "/")


def _key_of(request: Request) -> bytes:
    sent = request.header(b"api-key") or (request.header(b"authorization") or b"").partition(b" ")[2]
    return sent.strip()
