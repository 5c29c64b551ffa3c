"""Words for problems: the closest spelling, and what a value is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.config.scalars import is_64_bit
from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rapidfuzz import fuzz, process

    from openai_mock_api.config.places import KeyPath
else:
    fuzz, process = Lazy("rapidfuzz.fuzz"), Lazy("rapidfuzz.process")

#: Least similarity, 0 to 100, of a spelling that is suggested.
_NEAR: Final = 66
_SHOWN: Final = 60

#: What a field's choices are called, where the field's name would not read well.
_NOUNS: Final = {
    "categories": "category of moderation",
    "embedding_format": "format of vectors",
    "chunk": "size of a chunk",
    "finish_reason": "finish reason",
    "hate": "severity",
    "missing": "policy for unknown ids",
    "parts": "kind of part",
    "per": "way to share limits",
    "reply": "way to reply",
    "response_format": "response format",
    "self_harm": "severity",
    "sexual": "severity",
    "then": "way to go on after a sequence",
    "type": "type of tool call",
    "unmatched": "policy for unmatched calls",
    "validation": "level of validation",
    "violence": "severity",
}


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that was probably meant, or None when nothing is near."""
    found = process.extractOne(word, list(words), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return found[0] if found else None


def not_a_choice(word: str, choices: tuple[str, ...], path: KeyPath) -> str:
    """``'fuzy' is not a matcher; did you mean 'fuzzy'? (exact, fuzzy, …)``"""
    noun = noun_of(path)
    near = closest(word, choices)
    listed = ", ".join(choices)
    article = "an" if noun[0] in "aeiou" else "a"
    said = f"{shortened(word)!r} is not {article} {noun}"
    return f"{said}; did you mean {near!r}? ({listed})" if near else f"{said}; expected one of: {listed}"


def noun_of(path: KeyPath) -> str:
    """Name what stands at a path: ``matcher``, ``finish reason``, …"""
    key = next((key for key in reversed(path) if isinstance(key, str)), "value")
    return _NOUNS.get(key, key)


def unknown_key(near: str | None, keys: Iterable[str]) -> str:
    """``unknown key; did you mean 'content'?``, or the keys that are allowed."""
    return f"unknown key; did you mean {near!r}?" if near else f"unknown key; allowed are: {', '.join(keys)}"


def described(value: Any) -> str:
    """Say what a value is: ``text 'abc'``, ``the number 3``, ``a list``, …"""
    match value:
        case None | bool():
            return msgspec.json.encode(value).decode()
        case int() if not is_64_bit(value):
            return "an integer of more than 64 bits"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"text {shortened(value)!r}" if value else "empty text"
        case list() | tuple():
            return "a list"
        case Mapping() | msgspec.Struct():
            return "a mapping"
    return f"a Python {type(value).__name__}"


def shortened(text: str) -> str:
    """Cut a text for a message."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
