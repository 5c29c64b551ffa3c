"""Which of many texts share enough pairs of letters with another to be alike at all.

Two texts of lengths a and b are alike by ``2 * L / (a + b)``, where L letters stand in both in the same order
(rapidfuzz's ``ratio``). A letter of the first that has no partner breaks at most two of its pairs of neighbours, one of
the second at most one. So texts that are alike enough share at least a number of pairs, which is easy to count
for thousands of texts at once: every pair has a bitmap of the texts that hold it, and adding bitmaps bit by bit counts
in all places together.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import compress
from math import ceil
from operator import add
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Lengths that are counted together, with the bound of the weakest of them.
BAND: Final = 4

#: Counting is worth its time where this part of the pairs must be shared by a text of the same length.
TELLING: Final = 0.25

#: More than two ways of computing one score can differ by.
ROUNDING: Final = 1e-6

_BITS: Final = bytes.maketrans(b"01", b"\0\1")


def pairs(text: str) -> list[str]:
    """Return the pairs of neighbours in a text that has a space before and after it; from the second time on with how
    often the pair has come before.
    """  # noqa: D205 - one sentence
    padded = f" {text} "
    held: dict[str, int] = {}
    for pair in map(add, padded, padded[1:]):
        if pair in held:
            held[pair] += 1
            pair = f"{pair}{held[pair]}"
        held[pair] = 0
    return list(held)


class PairIndex:
    """Texts, shortest first, to be compared at one ``threshold`` (0 to 1)."""

    def __init__(self, texts: Sequence[str], threshold: float) -> None:
        self._lengths = [len(text) for text in texts]
        self._threshold = max(threshold - ROUNDING, 0.0)
        self._maps = _bitmaps(texts)

    def alike(self, text: str) -> Sequence[int]:
        """Return the places of the texts that may be alike enough: all that are, and few others."""
        length = len(text)
        start, stop = self._span(length)
        if start == stop or length + 1 - self._broken_by(length, length) < TELLING * length:
            return range(start, stop)
        held = pairs(text)
        planes = _sum([self._maps[pair] for pair in held if pair in self._maps])
        found = 0
        while start < stop:
            end = min(stop, bisect_left(self._lengths, self._lengths[start] + BAND))
            needed = ceil(len(held) - self._broken(length, start, end) - ROUNDING)
            found |= (_at_least(planes, needed) if needed > 0 else -1) & _ones(start, end)
            start = end
        return _places(found, len(self._lengths))

    def _span(self, length: int) -> tuple[int, int]:
        """Places of the texts that are neither too short nor too long: alike by at most twice the shorter / both."""
        part = self._threshold / (2 - self._threshold)
        if not part:
            return 0, len(self._lengths)
        start = bisect_left(self._lengths, length * part - ROUNDING)
        return start, bisect_right(self._lengths, length / part + ROUNDING)

    def _broken(self, length: int, start: int, stop: int) -> float:
        """Most pairs of a text of ``length`` that an alike text at one of these places can lack."""
        return max(self._broken_by(length, self._lengths[start]), self._broken_by(length, self._lengths[stop - 1]))

    def _broken_by(self, length: int, other: int) -> float:
        common = self._threshold * (length + other) / 2
        return 2 * (length - common) + (other - common)


def _bitmaps(texts: Sequence[str]) -> dict[str, int]:
    """Map each pair to a number whose bit i says whether text i holds it."""
    maps: dict[str, bytearray] = {}
    for place, text in enumerate(texts):
        for pair in pairs(text):
            bits = maps.setdefault(pair, bytearray(len(texts) // 8 + 1))
            bits[place >> 3] |= 1 << (place & 7)
    return {pair: int.from_bytes(bits, "little") for pair, bits in maps.items()}


def _sum(maps: list[int]) -> list[int]:
    """Add bitmaps: plane p has, for every place, bit p of how many of the bitmaps have a one there."""
    planes: list[int] = []
    while maps:
        carries: list[int] = []
        while len(maps) > 1:
            a, b, c = maps.pop(), maps.pop(), maps.pop() if maps else 0
            either = a ^ b
            maps.append(either ^ c)
            carries.append((a & b) | (either & c))
        planes += maps
        maps = carries
    return planes


def _at_least(planes: list[int], number: int) -> int:
    """Return the places whose sum is at least ``number``: those that carry over when its complement is added."""
    complement = (1 << len(planes)) - number
    if complement < 0:
        return 0
    carry = 0
    for p, plane in enumerate(planes):
        carry = plane | carry if complement >> p & 1 else plane & carry
    return carry


def _ones(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)


def _places(bits: int, count: int) -> list[int]:
    flags = f"{bits:b}".encode().translate(_BITS)[::-1]
    return list(compress(range(count), flags))
