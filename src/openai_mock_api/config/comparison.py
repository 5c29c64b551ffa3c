"""The matcher that a message asks for, and the text that it or a turn is made of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.model import ConversationMessage, TextMatcher
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Matcher, Not, Regex


def text_of(content: Any) -> str:
    """Return content as text: mappings and lists as compact JSON, none as empty text."""
    if content is None or content is UNSET:
        return ""
    return content if isinstance(content, str) else msgspec.json.encode(content).decode()


def matcher_of(message: ConversationMessage) -> Matcher:
    """Build the matcher of a message. Raises ``ValueError`` when its content suits no such matcher."""
    matcher = _plain(message)
    return Not(matcher) if message.not_ else matcher


def text_matcher_of(text: str | TextMatcher) -> Matcher:
    """Build the matcher of a text that is no message; a plain text is compared exactly. Raises ``ValueError``."""
    return matcher_of(as_message(text))


def as_message(text: str | TextMatcher) -> ConversationMessage:
    """Return the message that is compared in the same way."""
    if isinstance(text, str):
        return ConversationMessage(role="user", content=text)
    return ConversationMessage(role="user", **{field: getattr(text, field) for field in TextMatcher.__struct_fields__})


def _plain(message: ConversationMessage) -> Matcher:
    if message.matcher == "any":
        return AnyText()
    if message.content is None or message.content is UNSET:
        return _without_content(message)
    if message.matcher == "json":
        return Json.of(message.content)
    case = False if message.case_sensitive is UNSET else message.case_sensitive
    text = text_of(message.content)
    match message.matcher:
        case "contains":
            return Contains.of(text, case_sensitive=case)
        case "regex":
            return _regex(text, case)
        case "fuzzy":
            return Fuzzy.of(text, threshold=message.threshold, case_sensitive=case)
    return Exact.of(text, case_sensitive=message.case_sensitive is not False)


def _without_content(message: ConversationMessage) -> Matcher:
    """Compare what has no text of its own: other parts or a tool's result by those alone, the rest as empty."""
    return AnyText() if message.parts or message.role == "tool" else Exact.of("")


#: Patterns are compiled when they are checked and again when a script is made of them, also after a reload.
_PATTERNS: Final = 20_000


@lru_cache(_PATTERNS)
def _regex(source: str, case_sensitive: bool) -> Regex:
    return Regex.of(source, case_sensitive=case_sensitive)
