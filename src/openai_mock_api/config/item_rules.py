"""What must hold of the items of built-in tools that a turn lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.config import items as kinds
    from openai_mock_api.config.complaints import Complaint
    from openai_mock_api.config.model import AssistantTurn
else:
    kinds = Lazy("openai_mock_api.config.items")


def items(turn: AssistantTurn) -> Iterator[Complaint]:
    """Every item must be one that the API knows, and each place of the turn's own stands once."""
    for i, item in enumerate(turn.items):
        fault = kinds.fault_in(item)
        if fault is not None:
            path, what = fault
            yield ("items", i, *path), what
    places = Counter(item["type"] for item in turn.items if kinds.is_place(item))
    for place in (place for place, many in places.items() if many > 1):
        yield ("items",), f"holds the place of {place} more than once; leave one of them"
