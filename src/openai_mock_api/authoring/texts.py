"""Texts that matchers fit, as examples. Every one has been tried."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from itertools import chain, islice, product
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Matcher, Not, Regex
from openai_mock_api.script.schemas import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Most texts for one matcher, how many of them are joined with those of another, and how many are tried for a pattern.
MOST: Final = 6
JOINED: Final = 2
TRIED: Final = 40

#: What fits matchers that ask for nothing in particular.
_PLAIN: Final = ("Hello", "Something else", "42", "{}", "")

_SET: Final = re.compile(r"\[!?\]?[^]]*\]")


def texts_of(matcher: Matcher) -> list[str]:
    """Return different texts that a matcher fits, the plainest first; empty when none was found."""
    return list(islice((text for text in _once(_guesses(matcher)) if matcher.fits(text)), MOST))


def texts_of_both(one: Matcher, other: Matcher) -> list[str]:
    """Return texts that fit two matchers; empty when none was found."""
    return list(islice((text for text in _once(_joint(one, other)) if one.fits(text) and other.fits(text)), MOST))


def _once(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(texts)


def _guesses(matcher: Matcher) -> Iterator[str]:
    match matcher:
        case Exact():
            yield matcher.content
        case Contains():
            yield from (matcher.content, f"Please: {matcher.content}, thanks")
        case Fuzzy():
            yield from (matcher.content, f"{matcher.content}!", matcher.content[:-1])
        case Regex():
            yield from _held(matcher.source)
        case Json():
            yield msgspec.json.encode(matcher.value).decode()
    if isinstance(matcher, AnyText | Not | Regex):
        yield from _PLAIN


@lru_cache(maxsize=2000)
def _held(pattern: str) -> list[str]:
    return list(islice(patterns.texts(pattern), TRIED))


def _joint(one: Matcher, other: Matcher) -> Iterator[str]:
    if isinstance(one, Json) and isinstance(other, Json):
        yield from _united(one, other)
    ones, others = texts_of(one), texts_of(other)
    yield from chain(ones, others)
    for a, b in product(ones[:JOINED], others[:JOINED]):
        yield from (f"{a} {b}", f"{b} {a}")


def _united(one: Json, other: Json) -> Iterator[str]:
    if isinstance(one.value, dict) and isinstance(other.value, dict):
        yield msgspec.json.encode({**one.value, **other.value}).decode()


def text_of_glob(pattern: str) -> str:
    """Return a text that a glob pattern is likely to fit."""
    text = _SET.sub(lambda found: _member(found.group()), pattern)
    return text.replace("*", "").replace("?", "a")


def _member(characters: str) -> str:
    """Return a character of a set, ``[a-z]`` or ``[!a]``."""
    candidates = (characters[1], *"abcdefghijklmnopqrstuvwxyz0123456789")
    return next((c for c in candidates if fnmatch.fnmatchcase(c, characters)), "a")
