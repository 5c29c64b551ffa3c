"""Where stored objects live: all kinds together, bounded, the oldest forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from openai_mock_api.config.model import Resources

#: Places of so many objects that are gone are remembered, for walks through pages that delete what they see.
GONE: Final = 1000

_decode = msgspec.json.Decoder().decode


class Record(msgspec.Struct, frozen=True, gc=False):
    """One stored object. ``data`` is its JSON, as clients get it; ``content`` belongs to it and is not shown with it.

    ``place`` rises with every object that is added, and stays when the object is replaced.
    """

    kind: str
    id: str
    place: int
    data: bytes
    content: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return len(self.data) + len(self.content)

    def object(self) -> dict[str, Any]:
        """Decode the object."""
        found: dict[str, Any] = _decode(self.data)
        return found


class Store:
    """At most ``limits.objects`` objects and ``limits.bytes`` bytes. Lives as long as the app; safe in every thread."""

    def __init__(self, limits: Resources) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._places = count(1)
        self._forget_all()

    def _forget_all(self) -> None:
        self._kinds: dict[str, dict[str, Record]] = {}
        self._oldest_first: OrderedDict[int, Record] = OrderedDict()
        self._gone: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._bytes = 0

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            if self._oldest_first or self._gone:
                self._forget_all()

    def limit(self, limits: Resources) -> None:
        """Keep within other limits from now on."""
        with self._lock:
            self._limits = limits
            self._make_room()

    def put(self, kind: str, id: str, data: bytes, content: bytes = b"") -> Record:  # noqa: A002 - the wire's own name
        """Add an object, or replace the one with its id. The oldest go for it."""
        with self._lock:
            kept = self._kinds.get(kind, {}).get(id)
            place = next(self._places) if kept is None else kept.place
            record = Record(kind, id, place, data, content)
            self._bytes += record.size - (0 if kept is None else kept.size)
            self._kinds.setdefault(kind, {})[id] = self._oldest_first[place] = record
            self._make_room()
        return record

    def _make_room(self) -> None:
        records, limits = self._oldest_first, self._limits
        while len(records) > limits.objects or (self._bytes > limits.bytes and len(records) > 1):
            self._forget(next(iter(records.values())))

    def _forget(self, record: Record) -> None:
        kind = self._kinds[record.kind]
        del kind[record.id], self._oldest_first[record.place]
        if not kind:
            del self._kinds[record.kind]
        self._bytes -= record.size
        self._gone[record.kind, record.id] = record.place
        if len(self._gone) > GONE:
            self._gone.popitem(last=False)

    def get(self, kind: str, id: str) -> Record | None:  # noqa: A002
        """Find an object."""
        with self._lock:
            return self._kinds.get(kind, {}).get(id)

    def remove(self, kind: str, id: str) -> bool:  # noqa: A002
        """Forget an object. Return whether it was there."""
        with self._lock:
            record = self._kinds.get(kind, {}).get(id)
            if record is not None:
                self._forget(record)
        return record is not None

    def records(self, kind: str) -> list[Record]:
        """Return the objects of a kind, in the order of their places."""
        with self._lock:
            return list(self._kinds.get(kind, {}).values())

    def place(self, kind: str, id: str) -> int | None:  # noqa: A002
        """Return the place of an object, also of one that is gone since not long."""
        with self._lock:
            record = self._kinds.get(kind, {}).get(id)
            return self._gone.get((kind, id)) if record is None else record.place

    @property
    def size(self) -> int:
        """Bytes of all objects."""
        return self._bytes

    def __len__(self) -> int:
        """Count the objects."""
        return len(self._oldest_first)
