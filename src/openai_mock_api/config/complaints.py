"""What rules yield, and rules that serve several Structs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from openai_mock_api.config.places import KeyPath

#: The keys below a Struct, and what is wrong there.
Complaint = tuple[KeyPath, str]
Rule = Callable[[Any], Iterator[Complaint]]


def not_negative(struct: msgspec.Struct, *keys: str) -> Iterator[Complaint]:
    """Numbers from 0."""
    for key in keys:
        value = getattr(struct, key)
        if value is not UNSET and not 0 <= value < math.inf:
            yield (key,), f"expected 0 or more, got {value:g}"
