"""The vectors that a script gives: of its own for some texts, made from their words for all others."""

from __future__ import annotations

from array import array
from functools import lru_cache
from math import hypot, sqrt
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.inputs.vectors import embedder, shortened, unit
from openai_mock_api.script.messages import Message
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.script.tokens.windows import by_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai_mock_api.script.inputs.vectors import Vector

#: The dimensions of the models (source: API documentation, "Embeddings"), and those of models that are not listed.
DIMENSIONS: Final = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
USUAL: Final = 1536

#: So many models are remembered with their dimensions: clients that vary the model must not fill the memory.
REMEMBERED: Final = 1000

#: A vector that is shorter has no direction of its own beside another.
_SLIGHT: Final = 1e-4


class Placed(msgspec.Struct, frozen=True):
    """Texts whose vector is given. It is filled up with zeros, or cut, and scaled to unit length."""

    expected: Expected
    numbers: tuple[float, ...]


class Near(msgspec.Struct, frozen=True):
    """Texts whose vector has a given cosine, -1 to 1, with that of another text."""

    expected: Expected
    text: str
    similarity: float


class Vectors:
    """The vectors of all texts. ``own`` says of which dimensions models are, by name or glob.

    Of the entries the first counts that fits. Lives until another configuration is loaded.
    """

    def __init__(self, entries: Sequence[Placed | Near] = (), own: Mapping[str, int] | None = None) -> None:
        self._entries = tuple(entries)
        self._own = dict(own or {})
        self.size = lru_cache(REMEMBERED)(self._size)

    def _size(self, model: str) -> int:
        """Return the dimensions of a model's vectors."""
        return by_name(self._own, model) or DIMENSIONS.get(model, USUAL)

    def vector(self, model: str, text: str, tokens: Sequence[int], dimensions: int) -> Vector:
        """Return the vector of a text, shortened to so many dimensions. ``tokens`` are the text's own.

        Raises ``ScriptError`` when a given vector has only zeros among them.
        """
        entry = self._entry(text)
        if isinstance(entry, Placed):
            return _placed(entry, dimensions)
        vector = self._made(model, text, tokens, dimensions)
        return (
            vector if entry is None else turned(vector, self._anchor(model, entry.text, dimensions), entry.similarity)
        )

    def _made(self, model: str, text: str, tokens: Sequence[int], dimensions: int) -> Vector:
        return shortened(embedder(model, self.size(model)).vector(text, tokens), dimensions)

    def _entry(self, text: str) -> Placed | Near | None:
        if not self._entries:
            return None
        message = Message("user", text)
        return next((entry for entry in self._entries if entry.expected.fits(message)), None)

    def _anchor(self, model: str, text: str, dimensions: int) -> Vector:
        """Return the vector that others are near to: one that is given, else what its words make."""
        entry = self._entry(text)
        if isinstance(entry, Placed):
            return _placed(entry, dimensions)
        return self._made(model, text, tokenizer_for(model).encode(text), dimensions)


def _placed(entry: Placed, dimensions: int) -> Vector:
    numbers = entry.numbers[:dimensions]
    try:
        return unit([*numbers, *[0.0] * (dimensions - len(numbers))])
    except ValueError:
        raise ScriptError(
            f"A vector of the configuration's 'embeddings' has only zeros in its first {dimensions} dimensions, and "
            "cannot be scaled to unit length. Ask for more dimensions, or give another vector.",
            param="dimensions",
        ) from None


def turned(vector: Vector, anchor: Vector, similarity: float) -> Vector:
    """Return the unit vector that has a given cosine with ``anchor``, and otherwise the direction of ``vector``.

    In a single dimension there is none but the anchor itself and its opposite.
    """
    aside = _aside(vector, anchor)
    length = hypot(*aside)
    if length < _SLIGHT:
        place = min(range(len(anchor)), key=lambda i: abs(anchor[i]))
        aside = _aside([float(i == place) for i in range(len(anchor))], anchor)
        length = hypot(*aside) or 1.0
    along, across = similarity, sqrt(1 - similarity**2) / length
    return array("f", [along * a + across * b for a, b in zip(anchor, aside, strict=True)])


def _aside(vector: Sequence[float], anchor: Sequence[float]) -> list[float]:
    """Return the part of a vector that is at right angles to a unit vector."""
    along = sum(a * b for a, b in zip(vector, anchor, strict=True))
    return [a - along * b for a, b in zip(vector, anchor, strict=True)]
