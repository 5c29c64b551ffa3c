from __future__ import annotations

import time
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, utils

from openai_mock_api.script.matching import matchers
from openai_mock_api.script.matching.matchers import (
    AnyText,
    Contains,
    Difference,
    Exact,
    Fuzzy,
    Json,
    Matcher,
    Not,
    Regex,
    expected_text,
    similarity,
)

COMPOSED = "caf\N{LATIN SMALL LETTER E WITH ACUTE}"
DECOMPOSED = "cafe\N{COMBINING ACUTE ACCENT}"
DOTTED = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"
KELVIN = "\N{KELVIN SIGN}"
LONG_S = "\N{LATIN SMALL LETTER LONG S}"
FAMILY = "👩‍👩‍👧"

any_case = {"case_sensitive": False}
same_case = {"case_sensitive": True}

CASES: list[tuple[Matcher, str, bool]] = [
    (AnyText(), "", True),
    (AnyText(), "anything", True),
    (Exact.of("Hello"), "Hello", True),
    (Exact.of("Hello"), "hello", False),
    (Exact.of("Hello"), " \n Hello\t", True),
    (Exact.of("  Hello \n"), "Hello", True),
    (Exact.of("Hello world"), "Hello  world", False),
    (Exact.of(""), "   ", True),
    (Exact.of(""), "x", False),
    (Exact.of(f"{FAMILY} 🎉"), f"{FAMILY} 🎉", True),
    (Exact.of(COMPOSED), DECOMPOSED, False),
    (Exact.of("HELLO", **any_case), " hello ", True),
    (Exact.of("ΟΔΟΣ", **any_case), "οδος", True),
    (Exact.of("STRASSE", **any_case), "straße", True),
    (Exact.of("Hello", **any_case), "Hallo", False),
    (Contains.of("Weather"), "the WEATHER in Paris", True),
    (Contains.of("weather"), "the wea ther", False),
    (Contains.of("Weather", **same_case), "the weather", False),
    (Contains.of("Weather", **same_case), "the Weather", True),
    (Contains.of(""), "", True),
    (Contains.of("ΑΣ"), "ΑΣΑ", True),
    (Contains.of("ας"), "ΑΣΑ", True),
    (Contains.of("🎉"), "yes 🎉!", True),
    (Contains.of(COMPOSED), f"un {COMPOSED.upper()}", True),
    (Contains.of(DOTTED), f"{DOTTED}stanbul", True),
    (Contains.of("stanbul"), f"{DOTTED}STANBUL", True),
    (Contains.of("i"), DOTLESS, False),
    (Contains.of("kelvin"), f"{KELVIN}elvin", True),
    (Contains.of("six"), f"{LONG_S}ix", True),
    (Regex.of("code|script"), "JavaScript", True),
    (Regex.of("^script$"), "JavaScript", False),
    (Regex.of("Script", **same_case), "javascript", False),
    (Regex.of(r"(?<city>\p{Lu}\p{L}+)", **same_case), "in München", True),
    (Regex.of(r"^\p{L}+$"), "Straße", True),
    (Regex.of(r"^\p{L}+$"), "a1", False),
    (Regex.of(r"order #\d{4}"), "Order #1234 please", True),
    (Regex.of(r"order #\d{4}"), "order #12", False),
    (Regex.of(r"(?<=\$)\d+"), "costs $5", True),
    (Regex.of(r"(?<!\$)\b\d+"), "costs $5", False),
    (Regex.of(r"\/api\/v\d"), "GET /api/v1", True),
    (Regex.of(r"a\nb"), "a\nb", True),
    (Regex.of("a.b"), "a\nb", False),
    (Regex.of("^[🎉🎊]$"), "🎊", True),
    (Regex.of(""), "", True),
    (Fuzzy.of("hello there"), "HELLO, there!", True),
    (Fuzzy.of("hello there"), "there hello", True),
    (Fuzzy.of("hello there"), "goodbye", False),
    (Fuzzy.of("hello", threshold=1), "hello?", True),
    (Fuzzy.of("hello", threshold=1), "hallo", False),
    (Fuzzy.of("hello", threshold=0), "xyz", True),
    (Fuzzy.of("HELLO", threshold=1, **same_case), "hello", False),
    (Fuzzy.of("Hello", threshold=1, **same_case), "Hello!", True),
    (Fuzzy.of("!"), "?", True),
    (Json.of('{"a": 1}'), '{ "a": 1.0 }', True),
    (Json.of({"a": 1}), '{"a": 1, "b": 2}', True),
    (Json.of({"a": 1, "b": 2}), '{"a": 1}', False),
    (Json.of({"a": {"b": [1, {"c": 2}]}}), '{"a": {"b": [1, {"c": 2, "d": 3}], "e": 4}}', True),
    (Json.of({"a": True}), '{"a": 1}', False),
    (Json.of({"a": 0}), '{"a": false}', False),
    (Json.of([1, 2]), "[1, 2]", True),
    (Json.of([1, 2]), "[2, 1]", False),
    (Json.of([1]), "[1, 2]", False),
    (Json.of([True]), "[1]", False),
    (Json.of({}), "[]", False),
    (Json.of({}), '{"a": 1}', True),
    (Json.of("null"), "null", True),
    (Json.of(None), "0", False),
    (Json.of({}), "no JSON", False),
    (Json.of({}), "[" * 10_000, False),
    (Json.of({}), '"\ud800"', False),
    (Not(Contains.of("secret")), "hello", True),
    (Not(Contains.of("secret")), "a SECRET", False),
    (Not(AnyText()), "hello", False),
    (Not(Not(Exact.of("a"))), "a", True),
]


@pytest.mark.parametrize(("matcher", "text", "fits"), CASES)
def test_fits(matcher: Matcher, text: str, fits: bool) -> None:
    assert matcher.fits(text) is fits
    assert (matcher.difference(text) is None) is fits


KINDS: list[tuple[Matcher, str, float]] = [
    (Exact.of("a"), "exact", 1.0),
    (Json.of({}), "json", 0.9),
    (Regex.of("a"), "regex", 0.8),
    (Contains.of("a"), "contains", 0.6),
    (Fuzzy.of("a"), "fuzzy", 0.4),
    (Not(Exact.of("a")), "not exact", 0.2),
    (AnyText(), "any", 0.1),
]


@pytest.mark.parametrize(("matcher", "kind", "specificity"), KINDS)
def test_kind_and_specificity(matcher: Matcher, kind: str, specificity: float) -> None:
    assert (matcher.kind, matcher.specificity) == (kind, specificity)


texts = st.text('aAbB sSkK.{}"1[]ßſıİΣςσ\u0301🎉\ud800', max_size=12)


@settings(derandomize=True, deadline=None)
@given(st.sampled_from([matcher for matcher, _, _ in CASES]), texts)
def test_a_text_fits_when_there_is_no_difference(matcher: Matcher, text: str) -> None:
    assert matcher.fits(text) is (matcher.difference(text) is None)


@pytest.mark.parametrize(
    ("content", "score"),
    [
        ("I need help with anything", 0.86),
        ("Help me with this", 0.70),
        ("Where is the bathroom?", 0.43),
        ("help", 0.27),
    ],
)
def test_fuzzy_scores_of_the_documentation(content: str, score: float) -> None:
    found = Fuzzy.of(content).score("I need help with something")
    assert f"{found:.2f}" == f"{score:.2f}"
    assert similarity(content, "I need help with something") == pytest.approx(found)


@settings(derandomize=True, deadline=None)
@given(texts, texts)
def test_fuzzy_is_the_larger_of_ratio_and_token_sort_ratio(a: str, b: str) -> None:
    first, second = utils.default_process(a), utils.default_process(b)
    larger = max(fuzz.ratio(first, second), fuzz.token_sort_ratio(first, second)) / 100
    assert Fuzzy.of(a).score(b) == pytest.approx(larger)


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_is_between_0_and_1(threshold: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        Fuzzy.of("a", threshold=threshold)


HINTS: list[tuple[Matcher, str, str]] = [
    (Exact.of("Hello"), "hello", "only upper and lower case differ; `case_sensitive: false` would fit"),
    (Exact.of("a b"), "a  b", "only white space differs"),
    (Exact.of("Hello"), "Hello there", "the text holds what was expected and more; `matcher: contains` would fit"),
    (Exact.of("Hello"), "Hallo", "they part at character 2"),
    (Exact.of("Hello"), "Hell", "they part at character 5"),
    (Exact.of(""), "x", "they part at character 1"),
    (Contains.of("Paris"), "London", 'any text holding "paris" would fit'),
    (
        Contains.of("Paris", case_sensitive=True),
        "paris",
        "only upper and lower case differ; without `case_sensitive: true` it would fit",
    ),
    (Regex.of(r"\d"), "none", "no part of the text fits it"),
    (Fuzzy.of("help"), "I need help with something", "similarity 0.27, threshold 0.8"),
    (Json.of({"a": {"b": [1]}}), '{"a": {"b": [2]}}', "$.a.b[0]: expected 1, got 2"),
    (Json.of({"a": 1}), "{}", "$.a: missing"),
    (Json.of({"a": 1}), "[]", '$: expected {"a":1}, got []'),
    (Json.of(1), "{", "the text is not JSON: Input data was truncated"),
    (Not(Exact.of("a")), "a", "any text that `exact` does not fit would"),
]


@pytest.mark.parametrize(("matcher", "text", "hint"), HINTS)
def test_hints(matcher: Matcher, text: str, hint: str) -> None:
    difference = matcher.difference(text)
    assert difference is not None
    assert difference.hint == hint
    assert difference.got == text


DIFFERENCES: list[tuple[Matcher, str, Difference]] = [
    (Exact.of("abcd"), "abce", Difference("abcd", "abce", 0.75, "they part at character 4")),
    (Contains.of("ABCD"), "xx abce", Difference("abcd", "xx abce", 0.75, 'any text holding "abcd" would fit')),
    (Regex.of("x+y"), "", Difference("x+y", "", 0.0, "no part of the text fits it")),
    (Not(AnyText()), "a", Difference("not any", "a", 0.0, "any text that `any` does not fit would")),
    (Json.of({"a": 1}), '{"a":2}', Difference('{"a":1}', '{"a":2}', 0.75, "$.a: expected 1, got 2")),
]


@pytest.mark.parametrize(("matcher", "text", "difference"), DIFFERENCES)
def test_differences(matcher: Matcher, text: str, difference: Difference) -> None:
    found = matcher.difference(text)
    assert found is not None
    assert found.similarity == pytest.approx(difference.similarity)
    assert (found.expected, found.got, found.hint) == (difference.expected, difference.got, difference.hint)


@pytest.mark.parametrize(
    ("content", "words"),
    [("(a", "does not compile: missing )"), ("a**", "multiple repeat at position 2"), (r"\Ua", "incomplete escape")],
)
def test_a_broken_regex_fails_when_it_is_made(content: str, words: str) -> None:
    with pytest.raises(ValueError, match="does not compile") as caught:
        Regex.of(content)
    assert words in str(caught.value)


def test_broken_json_fails_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        Json.of("{")


def test_a_catastrophic_pattern_is_a_difference_and_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matchers, "REGEX_TIMEOUT", 0.02)
    hostile = Regex.of(r"^(\w|\w\w|[a-z]+)*\d$")
    text = "a" * 60 + "!"
    began = time.perf_counter()
    assert not hostile.fits(text)
    difference = hostile.difference(text)
    assert time.perf_counter() - began < 5
    assert difference is not None
    assert difference.hint == "the pattern took longer than 0.02 s; make it simpler"


def test_long_texts_are_explained_quickly() -> None:
    """Only the beginnings are measured: whole texts of this size would take minutes."""
    long, other = "where is the bathroom please? " * 5000, "some other text of no use " * 5000
    for matcher in (Exact.of(long), Contains.of(long), Json.of(long.split())):
        assert matcher.difference(other) is not None


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (Exact.of(" a "), "a"),
        (Contains.of("A"), "a"),
        (Fuzzy.of("A b"), "A b"),
        (Regex.of("[a]"), "[a]"),
        (Json.of({"a": 1}), '{"a":1}'),
        (Not(Exact.of("a")), "a"),
        (AnyText(), ""),
    ],
)
def test_expected_text(matcher: Any, text: str) -> None:
    assert expected_text(matcher) == text


@pytest.mark.parametrize(
    ("source", "text", "groups"),
    [
        ("b(c)?(?<x>d)", "abd!", {0: "bd", 1: "", 2: "d", "x": "d"}),
        ("b", "abd", {0: "b"}),
        ("(z)", "abd", {}),
    ],
)
def test_the_groups_of_a_pattern(source: str, text: str, groups: dict[int | str, str]) -> None:
    assert Regex.of(source).groups(text) == groups


def test_a_pattern_that_takes_too_long_captures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matchers, "REGEX_TIMEOUT", 0.001)
    assert Regex.of("((a|a)*)*b").groups("a" * 60 + "c") == {}


@pytest.mark.parametrize("source", ["[[a]", "[a||b]", "[[:alpha:]]"])
def test_patterns_compile_without_warnings(source: str) -> None:
    """A warning of the regex module would be an error in some users' test runs."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert Regex.of(source).source == source
    assert warned == []
