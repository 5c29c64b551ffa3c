from typing import Any

import pytest
from msgspec import UNSET

from openai_mock_api.config.comparison import matcher_of, text_matcher_of, text_of
from openai_mock_api.config.model import ConversationMessage, TextMatcher
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Matcher, Not, Regex


@pytest.mark.parametrize(
    ("content", "text"),
    [("a", "a"), (None, ""), (UNSET, ""), ({"a": [1, "é"]}, '{"a":[1,"é"]}'), ([], "[]")],
)
def test_content_as_text(content: Any, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("fields", "matcher"),
    [
        ({"content": " A "}, Exact.of("A")),
        ({"content": "A", "case_sensitive": False}, Exact.of("A", case_sensitive=False)),
        ({"content": {"a": 1}}, Exact.of('{"a":1}')),
        ({"content": "A", "matcher": "contains"}, Contains.of("a")),
        ({"content": "A", "matcher": "contains", "case_sensitive": True}, Contains.of("A", case_sensitive=True)),
        ({"content": "A", "matcher": "fuzzy"}, Fuzzy.of("A", threshold=0.8)),
        ({"content": "A", "matcher": "fuzzy", "threshold": 0.5}, Fuzzy.of("A", threshold=0.5)),
        ({"content": '{"a":1}', "matcher": "json"}, Json({"a": 1})),
        ({"content": [1], "matcher": "json"}, Json([1])),
        ({"matcher": "any"}, AnyText()),
        ({"matcher": "any", "not_": True}, Not(AnyText())),
        ({"content": "A", "matcher": "contains", "not_": True}, Not(Contains.of("A"))),
        ({"parts": ["image"]}, AnyText()),
        ({"parts": ["image"], "content": "A"}, Exact.of("A")),
        ({"content": None}, Exact.of("")),
        ({"matcher": "contains"}, Exact.of("")),
        ({"role": "tool", "matcher": "exact"}, AnyText()),
    ],
)
def test_the_matcher_that_a_message_asks_for(fields: dict[str, Any], matcher: Matcher) -> None:
    assert matcher_of(ConversationMessage(**{"role": "user", **fields})) == matcher


@pytest.mark.parametrize("case_sensitive", [True, False])
def test_patterns_are_compiled_once(case_sensitive: bool) -> None:
    message = ConversationMessage(role="user", content="A.", matcher="regex", case_sensitive=case_sensitive)
    matcher = matcher_of(message)
    assert isinstance(matcher, Regex)
    assert (matcher.source, matcher.case_sensitive) == ("A.", case_sensitive)
    assert matcher_of(message) is matcher


def test_a_bad_pattern_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="does not compile"):
        matcher_of(ConversationMessage(role="user", content="(", matcher="regex"))


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        (" x ", Exact.of("x")),
        (TextMatcher(content="x", matcher="contains", not_=True), Not(Contains.of("x"))),
        (TextMatcher(matcher="any"), AnyText()),
        (TextMatcher(content={"a": 1}, matcher="json"), Json.of({"a": 1})),
    ],
)
def test_texts_that_are_no_messages_are_compared_in_the_same_way(text: str | TextMatcher, matcher: Matcher) -> None:
    assert text_matcher_of(text) == matcher
