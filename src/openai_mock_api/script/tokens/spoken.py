"""How long a text takes to say, and how many tokens its sound has."""

from __future__ import annotations

from bisect import bisect_right
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openai_mock_api.script.tokens.counting import Tokenizer

#: How fast is spoken, in characters a second, and for how many seconds at most.
_SPEED: Final = 15
_LONGEST: Final = 120

#: Tokens of a second of sound (source: guide "Managing costs" of the Realtime API: one for 50 ms of output).
_RATE: Final = 20


def seconds(text: str) -> float:
    """Return how long it takes to say a text."""
    return min(len(text) / _SPEED, _LONGEST)


def sound_tokens(text: str | None) -> int:
    """Count the tokens of the sound of a text. Where there is none, nothing is heard."""
    return ceil(seconds(text or "") * _RATE)


def cut(encoding: Tokenizer, text: str, most: int) -> str:
    """Return the longest beginning of ``text`` of whole tokens that has, with its sound, at most ``most`` tokens."""

    def spent(tokens: int) -> int:
        said = encoding.cut(text, tokens)
        return encoding.count(said) + sound_tokens(said)

    return encoding.cut(text, bisect_right(range(1, encoding.count(text) + 1), most, key=spent))
