"""Vectors of texts: texts that share words are near each other, and the same text always has the same vector.

A text is the set of its tokens. Each token has two places in the vector, found by hashing, to which it adds its weight:
one among the first sixth of the dimensions, so that a shortened vector still tells texts apart, and one among the rest,
where it adds twice as much. The rarer a token, the more it weighs: vocabularies number their tokens by how common they
are. Words count by their stems. What is left is scaled to unit length.
"""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from hashlib import blake2b
from math import hypot, log2, sqrt
from typing import TYPE_CHECKING, Final
from zlib import crc32

from openai_mock_api.lazy import Lazy
from openai_mock_api.script.tokens.counting import tokenizer_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rapidfuzz import utils

    from openai_mock_api.script.tokens.counting import Tokenizer

    #: 32-bit floats.
    Vector = array[float]

    #: What a token adds to a vector: a weight, which may be negative, at its first place, and twice that at its second.
    Feature = tuple[int, int, int]
else:
    utils = Lazy("rapidfuzz.utils")

#: What every vector has at its first place, so that no beginning of one is empty.
COMMON: Final = 0.1

#: Texts of at most so many tokens are freed of case and punctuation before their tokens count: one word more or less
#: matters there. In longer texts the tokens count as they are, which spares cutting them a second time.
SHORT: Final = 64

#: A text is told by its rarest tokens: so many of them, and of long texts one in so many.
LEAST: Final = 32
ONE_IN: Final = 6

#: So many models are served without starting anew, and so many tokens of each remembered.
MODELS: Final = 4
TOKENS: Final = 30_000

_ENDING: Final = re.compile(r"(?<=[a-z]{3})(?:ational|ation|ating|ated|ator|ate|ing|ion|ed|er|or|es|ly|s|e|y)+\Z")
_DOUBLED: Final = re.compile(r"(?<=..)([b-df-hj-np-tv-z])\1\Z")


class Embedder:
    """Makes the vectors of one model, of ``size`` dimensions, at least 2. May be used from several threads."""

    def __init__(self, model: str, size: int) -> None:
        self._encoding = tokenizer_for(model)
        self._features = _Features(self._encoding, model, size)
        self._blank = array("f", [COMMON]) + array("f", bytes(4)) * (size - 1)

    def vector(self, text: str, tokens: Sequence[int]) -> Vector:
        """Return the vector of a text, of unit length. ``tokens`` are the text's own."""
        totals = {self._features.mark(text): 1}
        before = totals.get
        for low, high, weight in map(self._features.__getitem__, self._telling(text, tokens)):
            totals[low] = before(low, 0) + weight
            totals[high] = before(high, 0) + 2 * weight
        scale = sqrt(1 - COMMON**2) / hypot(*totals.values())
        vector = self._blank[:]
        for place, total in totals.items():
            vector[place] = total * scale
        return vector

    def _telling(self, text: str, tokens: Sequence[int]) -> list[int]:
        """Return the tokens that say what a text is about, each once."""
        if len(tokens) <= SHORT:
            tokens = self._encoding.encode(f" {utils.default_process(text)}")
        return sorted(set(tokens))[-max(LEAST, len(tokens) // ONE_IN) :]


@lru_cache(MODELS)
def embedder(model: str, size: int) -> Embedder:
    """Return what makes the vectors of a model."""
    return Embedder(model, size)


class _Features(dict[int, "Feature"]):
    """What each token adds to the vectors of one model, worked out when it is first met."""

    def __init__(self, encoding: Tokenizer, model: str, size: int) -> None:
        self._encoding = encoding
        self._seed = model.encode(errors="replace")[-64:]
        self._low = range(1, max(2, 1 + size // 6))
        self._high = range(min(self._low.stop, size - 1), size)

    def __missing__(self, token: int) -> Feature:
        if len(self) >= TOKENS:
            self.clear()
        feature = self[token] = self._feature(token)
        return feature

    def mark(self, text: str) -> int:
        """Return the place where a text differs from others that have the same tokens."""
        return _chosen(self._high, crc32(text.encode(errors="surrogatepass")))

    def _feature(self, token: int) -> Feature:
        name, rank = self._named(token)
        number = int.from_bytes(blake2b(name.encode(), digest_size=16, key=self._seed).digest(), "little")
        low, high = _chosen(self._low, number >> 1), _chosen(self._high, number >> 64)
        return low, high, _weight(rank) * (1 if number % 2 else -1) if name else 0

    def _named(self, token: int) -> tuple[str, int]:
        """Return a token's word, nothing for punctuation, and its rank: the number of that word in the vocabulary."""
        text = self._encoding.decode([token])
        if "\ufffd" in text:
            return f"<{token}>", token  # a part of a character
        word = utils.default_process(text)
        whole = self._encoding.encode(f" {word}")
        return stem(word), whole[0] if len(whole) == 1 else token


def _chosen(places: range, number: int) -> int:
    return places[number % len(places)]


def _weight(rank: int) -> int:
    """Return 1 for the commonest words, 9 for the 5,000th, 17 for the rarest."""
    return max(1, round(2 * log2(max(rank, 0) + 1)) - 16)


def stem(word: str) -> str:
    """Return what English words of one family have in common; other words as they are."""
    if not word.isascii():
        return word
    return _DOUBLED.sub(r"\1", _ENDING.sub("", word))


def shortened(vector: Vector, dimensions: int) -> Vector:
    """Return the beginning of a vector, scaled to unit length. Raises ``ValueError`` for one that is all zeros."""
    return unit(vector[:dimensions]) if dimensions < len(vector) else vector


def unit(numbers: Sequence[float]) -> Vector:
    """Scale numbers to unit length. Raises ``ValueError`` when all are zeros."""
    length = hypot(*numbers)
    if not length:
        raise ValueError("all zeros have no direction")
    return array("f", [number / length for number in numbers])
