"""How probable each token of a text is said to be.

A mock has no model to ask, so the figures are made from the text: the same text always gets the same. Every token sent
is the most probable at its place, as with a temperature of 0, and the alternatives share what is left.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openai_mock_api.script.tokens.counting import Tokenizer

#: The API's own figure for a token that is out of the question.
UNLIKELY: Final = -9999.0

#: The least probability of a token that is sent, unless the script gives it.
_LEAST: Final = 0.55

_HALF: Final = math.log(2)

#: Where a vocabulary's frequent words are, after single bytes and syllables.
_FREQUENT: Final = range(1000, 4000)
_WORD: Final = re.compile(rb" ?[A-Za-z]{3,}\Z")


class Candidate(msgspec.Struct, frozen=True):
    """A token that could stand at a place. ``bytes`` are UTF-8, of which a token may hold a part only."""

    token: str
    logprob: float
    bytes: list[int]


class TokenLogprob(Candidate, frozen=True):
    """A token that was sent, and the most probable ones at its place, beginning with itself."""

    top_logprobs: list[Candidate]


def logprobs(
    encoding: Tokenizer, text: str, alternatives: int, given: float | Sequence[float] | None = None
) -> list[TokenLogprob]:
    """Return the tokens of ``text`` with their natural logarithms of probability, each with so many in the top list.

    ``given`` replaces the figures: one for all tokens, or one each for the first of them.
    """
    found = []
    for place, token in enumerate(encoding.encode(text)):
        data = encoding.bytes_of(token)
        logprob = _given(given, place)
        if logprob is None:
            logprob = _made(data, place)
        top = _top(encoding, data, place, logprob, alternatives)
        found.append(TokenLogprob(_text(data), logprob, list(data), top))
    return found


def _given(given: float | Sequence[float] | None, place: int) -> float | None:
    if given is None or isinstance(given, int | float):
        return given
    return given[place] if place < len(given) else None


def _made(data: bytes, place: int) -> float:
    share = crc32(data, place) / 2**32
    return round(math.log(_LEAST + (1 - _LEAST) * share), 8)


def _text(data: bytes) -> str:
    """Write a token as the API does: bytes that are no text by themselves are escaped, and said to be bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "bytes:" + data.decode(errors="backslashreplace")


def _top(encoding: Tokenizer, data: bytes, place: int, logprob: float, many: int) -> list[Candidate]:
    """Return the token and its alternatives: each takes half of what is left, and none more than the token itself."""
    if many == 0:
        return []
    rest = min(logprob, _complement(logprob))
    top = [Candidate(_text(data), logprob, list(data))]
    for word in _others(encoding, data, place, many - 1):
        rest -= _HALF
        top.append(Candidate(word.token, min(logprob, max(UNLIKELY, round(rest, 8))), word.bytes))
    return top


def _complement(logprob: float) -> float:
    """Return the logarithm of all other tokens' probability."""
    left = -math.expm1(logprob)
    return math.log(left) if left > 0 else UNLIKELY


def _others(encoding: Tokenizer, data: bytes, place: int, many: int) -> list[Candidate]:
    """Choose frequent words, with a space in front if the token has one."""
    words = _words(encoding, spaced=data.startswith(b" "))
    start = crc32(data, place)
    text = data.decode(errors="replace")
    chosen = (words[(start + n) % len(words)] for n in range(many + 1))
    return [word for word in chosen if word.token != text][:many]


@cache
def _words(encoding: Tokenizer, *, spaced: bool) -> list[Candidate]:
    words = filter(_WORD.match, map(encoding.bytes_of, _FREQUENT))
    return [Candidate(word.decode(), 0.0, list(word)) for word in words if word.startswith(b" ") == spaced]


def shared(entries: Iterable[TokenLogprob], pieces: Sequence[str]) -> list[list[TokenLogprob]]:
    """Give every piece of a text those tokens of it that begin there."""
    shares: list[list[TokenLogprob]] = [[] for _ in pieces]
    ends = [len(piece.encode()) for piece in pieces]
    place = begun = 0
    for entry in entries:
        while begun >= ends[place]:
            begun -= ends[place]
            place += 1
        shares[place].append(entry)
        begun += len(entry.bytes)
    return shares
