from __future__ import annotations

import pytest

from openai_mock_api import TextMatcher, anything, contains, exact, fuzzy, json_, not_, regex
from openai_mock_api.config.comparison import text_matcher_of


@pytest.mark.parametrize(
    ("matcher", "fitting", "others"),
    [
        (exact("Hello"), [" Hello "], ["hello", "Hello!"]),
        (exact("Hello", case_sensitive=False), ["hello"], ["Hello!"]),
        (contains("hello"), ["Oh, HELLO there"], ["hell"]),
        (contains("hello", case_sensitive=True), ["hello"], ["HELLO"]),
        (regex(r"^\d+$"), ["12"], ["12 a"]),
        (regex("a", case_sensitive=True), ["a"], ["A"]),
        (fuzzy("I need help"), ["i need help!"], ["Where is it?"]),
        (fuzzy("I need help", threshold=0.1), ["need"], ["x"]),
        (json_({"a": 1}), ['{"a": 1, "b": 2}'], ['{"a": 2}', "no"]),
        (json_("x"), ['"x"'], ["x"]),
        (not_(contains("hello")), ["bye"], ["hello"]),
        (not_("hello"), ["Hello"], ["hello"]),
        (not_(not_("hello")), ["hello"], ["bye"]),
        (anything, ["", "x"], []),
    ],
)
def test_matchers(matcher: TextMatcher, fitting: list[str], others: list[str]) -> None:
    compiled = text_matcher_of(matcher)
    assert all(map(compiled.fits, fitting))
    assert not any(map(compiled.fits, others))
