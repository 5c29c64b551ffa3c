from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.authoring.texts import MOST, text_of_glob, texts_of, texts_of_both
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Matcher, Not, Regex

TEXTS = st.text("abcAB 1", min_size=1, max_size=4)
PATTERNS = st.sampled_from(["a+b", "^a", r"\d{3}", "(ab|ba)$", "[^a]", ".*", "a?", r"\bab\b"])
MATCHERS: st.SearchStrategy[Matcher] = st.one_of(
    st.just(AnyText()),
    st.builds(Exact.of, TEXTS, case_sensitive=st.booleans()),
    st.builds(Contains.of, TEXTS, case_sensitive=st.booleans()),
    st.builds(Regex.of, PATTERNS, case_sensitive=st.booleans()),
    st.builds(Fuzzy.of, TEXTS, threshold=st.sampled_from([0.5, 0.8, 1.0])),
    st.builds(Json.of, st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2), max_size=2)),
)


@given(MATCHERS | MATCHERS.map(Not))
def test_every_text_fits(matcher: Matcher) -> None:
    texts = texts_of(matcher)
    assert all(map(matcher.fits, texts))
    assert len(set(texts)) == len(texts) <= MOST


@given(MATCHERS, MATCHERS)
def test_every_text_of_two_fits_both(one: Matcher, other: Matcher) -> None:
    assert all(one.fits(text) and other.fits(text) for text in texts_of_both(one, other))


@given(MATCHERS)
def test_usual_matchers_have_a_text(matcher: Matcher) -> None:
    assert texts_of(matcher)


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (Contains.of("cancel"), Contains.of("order"), "cancel order"),
        (Contains.of("order"), Contains.of("order status"), "order status"),
        (Regex.of(r"^order \d"), Contains.of("please"), "order 0 please"),
        (Json.of({"a": 1}), Json.of({"b": 2}), '{"a":1,"b":2}'),
        (AnyText(), Exact.of("Hi"), "Hi"),
    ],
)
def test_two_matchers_share_a_text(one: Matcher, other: Matcher, text: str) -> None:
    assert text in texts_of_both(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(Exact.of("a"), Exact.of("b")), (Json.of({"a": 1}), Json.of({"a": 2})), (Json.of([1]), Json.of([2]))],
)
def test_two_matchers_share_none(one: Matcher, other: Matcher) -> None:
    assert texts_of_both(one, other) == []


@pytest.mark.parametrize("pattern", ["gpt-4o*", "gpt-?o", "[abc]x", "[!a]x", "[]]x", "a*b?c", "plain", "[a-f]1"])
def test_a_text_fits_its_glob(pattern: str) -> None:
    assert fnmatchcase(text_of_glob(pattern), pattern)


def test_a_set_of_strange_characters_gives_one_of_them() -> None:
    assert text_of_glob("[é]") == "é"
    assert text_of_glob("[!!a-z0-9]") == "a"  # none was found; who asks for a text tries it
