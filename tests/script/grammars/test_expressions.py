from __future__ import annotations

import pytest

from openai_mock_api.script.grammars.expressions import fitting


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("abc", "abc"),
        ("[A-Z]{3}-[0-9]{4}", "AAA-0000"),
        ("^(?P<month>January|February) \\d{1,2}(?:st|nd|rd|th) \\d{4}$", "January 0st 0000"),
        ("a*", "a"),
        ("(?i:abc)", "abc"),
        ("(?x: a b # comment\n)", "ab"),
        ("(?s:.)", "a"),
        ("\\p{Lu}\\p{L}+", "Aa"),
        ("", ""),
        ("(?!a)", ""),
        ("a|ab|b(?=c)c", "a"),
    ],
)
def test_a_text_that_fits(pattern: str, text: str) -> None:
    assert fitting(pattern) == text


@pytest.mark.parametrize("pattern", ["[", "(?P<a>x", "a(?!a)a", "a{20000}", "(" * 5000, "(a|aa)+\\1{9,}b$c"])
def test_nothing_fits_or_is_found(pattern: str) -> None:
    assert fitting(pattern) is None
