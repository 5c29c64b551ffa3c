from __future__ import annotations

import pytest
import regex

from openai_mock_api.script.matching.javascript import translated
from openai_mock_api.script.matching.matchers import Regex


@pytest.mark.parametrize(
    ("source", "text", "fits"),
    [
        (r"refund$", "refund", True),
        (r"refund$", "refund\n", False),
        (r"[$]5", "costs $5", True),
        (r"\$5", "costs $5", True),
        (r"(?<w>\w+) \k<w>", "say hello hello", True),
        (r"(?<w>\w+) \k<w>$", "hello there", False),
        (r"a[^]b", "a\nb", True),
        (r"a[^\]]b", "a]b", False),
        (r"\cJ", "a\nb", True),
        (r"[\cJx]", "\n", True),
        (r"\u{1F600}", "\N{GRINNING FACE}", True),
        (r"[\u{1F600}-\u{1F64F}]", "\N{GRINNING FACE}", True),
        (r"\u0041", "a", True),
        (r"\q\y[\q]", "qyq", True),
        (r"\\q", r"\q", True),
        (r"\/path\/", "/path/", True),
        (r"(?m)end$", "the end\nof it", True),
        (r"\bfoo\b.{2,}?bar", "foo or bar", True),
    ],
)
def test_javascript_is_read_as_it_is_meant(source: str, text: str, fits: bool) -> None:
    assert Regex.of(source).fits(text) is fits


@pytest.mark.parametrize("source", ["(", "[a", "\\", "(?<n>a)(?<", "a{2,1}", "*"])
def test_what_does_not_compile_still_does_not(source: str) -> None:
    with pytest.raises(ValueError, match="does not compile"):
        Regex.of(source)


def test_most_expressions_stay_as_they_are() -> None:
    source = r"^(?<a>\d+)\s*(?:px|em)[^a-z\]]\p{L}(?=x)(?!y)(?<!z)"
    assert translated(source) == source
    assert regex.compile(source)
