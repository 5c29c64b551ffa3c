"""What a text is compared with, as functions: the keys of a configuration that say so."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.arguments import checked
from openai_mock_api.config.model import TextMatcher

#: A text that another must equal, or a matcher.
Text = str | TextMatcher


@checked
def exact(text: str, *, case_sensitive: bool = True) -> TextMatcher:
    """Fit a text that is equal, but for white space around it."""
    return TextMatcher(content=text, case_sensitive=UNSET if case_sensitive else False)


@checked
def contains(text: str, *, case_sensitive: bool = False) -> TextMatcher:
    """Fit every text that holds this one."""
    return TextMatcher(matcher="contains", content=text, case_sensitive=case_sensitive or UNSET)


@checked
def regex(pattern: str, *, case_sensitive: bool = False) -> TextMatcher:
    """Fit every text in which a regular expression is found."""
    return TextMatcher(matcher="regex", content=pattern, case_sensitive=case_sensitive or UNSET)


@checked
def fuzzy(text: str, *, threshold: float = 0.8) -> TextMatcher:
    """Fit every text that is alike, from 0 (not at all) to 1, by at least ``threshold``."""
    return TextMatcher(matcher="fuzzy", content=text, threshold=threshold)


def json_(value: Any) -> TextMatcher:
    """Fit JSON that is equal; objects may hold more keys. Raises ``TypeError`` for what JSON has no form of."""
    try:
        text = msgspec.json.encode(value).decode()
    except TypeError as error:
        raise TypeError(f"json_(): value: expected what JSON can say; {error}") from None
    return TextMatcher(matcher="json", content=text)


@checked
def not_(text: Text) -> TextMatcher:
    """Fit every text that ``text`` does not fit."""
    matcher = TextMatcher(content=text) if isinstance(text, str) else text
    return msgspec.structs.replace(matcher, not_=not matcher.not_)


anything: Final = TextMatcher(matcher="any")
"""Fits every text."""
