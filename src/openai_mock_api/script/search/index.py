"""Which flows are worth comparing with a call.

Candidates (``candidates``) of one length are filed on a ``Shelf`` under the text of their most telling message. A shelf
has a drawer (``drawers``) for each way of finding them, with the least rank in it: a drawer that holds nothing better
than what was found is not opened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openai_mock_api.script.matching.matchers import Contains, Exact, Fuzzy, Regex, expected_text, fold
from openai_mock_api.script.search.candidates import Rank, by_rank
from openai_mock_api.script.search.drawers import (
    Alike,
    Drawer,
    Exactly,
    Joined,
    Needles,
    Rest,
    filed,
    folded,
    joinable,
    needles,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_mock_api.script.flows import Flow
    from openai_mock_api.script.matching.matchers import Matcher
    from openai_mock_api.script.search.candidates import Candidate

_WORD: Final = re.compile(r"\w+")

#: The ways of finding candidates, the cheapest first.
DRAWERS: Final[tuple[Callable[[list[Candidate]], Drawer], ...]] = (Exactly, folded, Needles, Joined, Rest, Alike)


def _drawer(matcher: Matcher | None) -> Callable[[list[Candidate]], Drawer]:
    match matcher:
        case Exact():
            return Exactly if matcher.case_sensitive else folded
        case Contains() | Regex() if needles(matcher):
            return Needles
        case Regex() if joinable(matcher):
            return Joined
        case Fuzzy(case_sensitive=False):
            return Alike
    return Rest


#: Drawers with the least rank in each, the cheapest first.
Shelf = list[tuple[Rank, Drawer]]


def shelve(candidates: Iterable[Candidate], place: Callable[[Candidate], int]) -> list[tuple[int, Shelf]]:
    """File candidates on one shelf for each ``place``."""
    places = filed((place(c), c) for c in sorted(candidates, key=by_rank))
    return [(at, _shelf(found)) for at, found in places.items()]


def _shelf(candidates: list[Candidate]) -> Shelf:
    found = filed((_drawer(c.matcher), c) for c in candidates)
    return [(found[drawer][0].rank, drawer(found[drawer])) for drawer in DRAWERS if drawer in found]


def words(text: str) -> list[str]:
    """Split a text into words, without case."""
    return _WORD.findall(fold(text))


def vocabulary(flows: Iterable[Flow]) -> dict[str, list[int]]:
    """Map each word of what flows expect to the orders of those flows."""
    orders: dict[str, list[int]] = {}
    for order, flow in enumerate(flows):
        texts = (expected_text(step.matcher) for step in flow.steps if step.matcher is not None)
        for word in {word for text in texts for word in words(text)}:
            orders.setdefault(word, []).append(order)
    return orders
