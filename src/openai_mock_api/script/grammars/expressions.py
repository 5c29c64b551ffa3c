"""Texts that a regular expression fits as a whole."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from openai_mock_api.lazy import Lazy
from openai_mock_api.script.matching.javascript import translated
from openai_mock_api.script.schemas.patterns import texts

if TYPE_CHECKING:
    import regex
else:
    regex = Lazy("regex")

#: So many texts are tried, each for so many seconds at most.
_MOST: Final = 200
_TIMEOUT: Final = 0.05


def fitting(pattern: str) -> str | None:
    """Return a text that the whole pattern fits, an empty one only where no other is found; None for none at all."""
    try:
        fits = regex.compile(translated(pattern), cache_pattern=False).fullmatch
        likely = chain(filter(None, islice(texts(pattern), _MOST)), ("",))
        return next((text for text in likely if fits(text, timeout=_TIMEOUT)), None)
    except (regex.error, OverflowError, RecursionError, IndexError, TimeoutError):
        return None
