"""Where something stands: as a path in the data, and as a line and column of a file."""

from __future__ import annotations

import json
import re
from typing import Final

import msgspec

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top: ``("responses", 1, "messages", 0, "matcher")``."""

#: Spellings that are accepted beside a key's own (the npm package's).
SPELLINGS: Final = {"apiKey": "api_key"}

_PLAIN_KEY: Final = re.compile(r"[\w$-]+\Z")


class Place(msgspec.Struct, frozen=True):
    """A position in a file or text. ``line`` and ``column`` count from 1 and are 0 when unknown."""

    source: str | None = None
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        name = self.source or "<config>"
        return f"{name}:{self.line}:{self.column}" if self.line else name


def shown(path: KeyPath) -> str:
    """Write a path as ``responses[1].when.body["metadata.plan"]``."""
    return "".join(_step(key) for key in path).removeprefix(".")


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN_KEY.match(key) else f"[{json.dumps(key, ensure_ascii=False)}]"
