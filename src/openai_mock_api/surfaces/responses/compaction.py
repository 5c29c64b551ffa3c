"""Compacted conversations: an item that stands for everything before it (source: guide "Compaction").

The real API encrypts what it holds. Ours holds the items themselves, encoded, so that a flow goes on to match the whole
conversation after it has been compacted.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import msgspec

Item = dict[str, Any]

#: How all encrypted contents begin.
_BEGIN: Final = "gAAAAAB"

_decode: Final = msgspec.json.Decoder(list[dict[str, Any]]).decode


def folded(items: list[Item]) -> str:
    """Return the ``encrypted_content`` that stands for items."""
    return _BEGIN + urlsafe_b64encode(msgspec.json.encode(items)).decode()


def unfolded(items: list[Item]) -> list[Item]:
    """Return items with what the last compaction among them stands for in its place and in that of all before it.

    One that is not ours stands for nothing: what comes before it stays.
    """
    for place in range(len(items) - 1, -1, -1):
        held = _held(items[place])
        if held is not None:
            return [*held, *items[place + 1 :]]
    return items


def _held(item: Item) -> list[Item] | None:
    content = item.get("encrypted_content")
    if item.get("type") != "compaction" or type(content) is not str or not content.startswith(_BEGIN):
        return None
    try:
        return _decode(urlsafe_b64decode(content.removeprefix(_BEGIN)))
    except ValueError:
        return None
