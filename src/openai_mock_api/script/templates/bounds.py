"""How much a text that is filled in may take: time, characters, and the size of every value on the way.

A template cannot be interrupted from outside. So everything that it does asks for the time, and no value may grow so
large that one operation on it would take long.
"""

from __future__ import annotations

import time
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Final

#: Seconds that the texts of one answer may take together.
SECONDS: Final = 0.25

#: Characters that the texts of one answer may have together; also the weight of the heaviest value.
CHARACTERS: Final = 1_000_000

#: What an item of a list or an entry of a mapping weighs, and anything else that is no text.
ITEM: Final = 10

#: Digits, in base 2, of the largest integer.
BITS: Final = 4096

_COLLECTIONS: Final = (list, tuple, set, frozenset, KeysView, ValuesView, ItemsView)


class FillingError(Exception):
    """A text cannot be filled in. ``line`` is the line of its template, from 1, or 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return f"in line {self.line} of the text, {self.message}" if self.line else self.message


class Budget:
    """The time and the characters that are left for one answer. Lives as long as its request."""

    def __init__(self) -> None:
        self._end = time.perf_counter() + SECONDS
        self._left = CHARACTERS

    def tick(self) -> None:
        """Raise ``FillingError`` when the time is up."""
        if time.perf_counter() > self._end:
            raise FillingError(f"it takes longer than {SECONDS} s; make it simpler")

    def say(self, text: str) -> str:
        """Take the characters of ``text`` from the budget, and return it. Raises ``FillingError`` when none is left."""
        self.tick()
        self._left -= len(text)
        if self._left < 0:
            raise FillingError(f"the answer gets longer than {CHARACTERS:,} characters; say less")
        return text


def weight(value: Any) -> int:
    """Add up characters and items, as often as they occur. Beyond ``CHARACTERS`` it stops counting."""
    total, waiting = ITEM, [value]
    while waiting and total <= CHARACTERS:
        value = waiting.pop()
        if isinstance(value, str):
            total += len(value)
        elif isinstance(value, Mapping):
            total += 2 * ITEM * len(value)
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, _COLLECTIONS):
            total += ITEM * len(value)
            waiting += value
        else:
            total += _size(value)
    return total


def _size(value: object) -> int:
    if isinstance(value, range):
        return ITEM * len(value)
    if isinstance(value, int) and value.bit_length() > BITS:
        return CHARACTERS
    return 0


def check(size: float) -> None:
    """Raise ``FillingError`` for a weight that no value may have."""
    if size > CHARACTERS:
        most = f"{CHARACTERS:,} characters, {CHARACTERS // ITEM:,} items or {BITS:,} bits"
        raise FillingError(f"a value gets larger than {most}; make it smaller")


def admitted(value: Any, budget: Budget) -> Any:
    """Return a value that a template has made; what would make its items later makes them now.

    Raises ``FillingError`` when the value is too large, or the time is up.
    """
    budget.tick()
    if isinstance(value, Iterator):
        return _gathered(value, budget)
    check(weight(value))
    return value


def _gathered(items: Iterator[Any], budget: Budget) -> list[Any]:
    gathered, total = [], 0
    for item in items:
        budget.tick()
        total += weight(item)
        check(total)
        gathered.append(item)
    return gathered
