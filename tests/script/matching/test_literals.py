# ruff: noqa: RUF001 - letters that look like others are what is tested
from __future__ import annotations

import contextlib
import sys

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openai_mock_api.script.matching.literals import coarse, required_literals

TABLE: list[tuple[str, set[str] | None]] = [
    ("python", {"python"}),
    (r".*(code|script).*python", {"python"}),
    ("colou?r|paint", {"colo", "paint"}),
    ("(hello|goodbye) world", {" world"}),
    ("^order status$", {"order status"}),
    ("HeLLo", {"hello"}),
    ("", None),
    ("a", None),
    (".*", None),
    ("a|python", None),
    ("(python)?", None),
    ("(python)*x", None),
    ("(python)+", {"python"}),
    ("(python){0}", None),
    ("(python){0,3}", None),
    ("(python){,3}", None),
    ("(python){,}", None),
    ("(python){}", None),
    ("(python){2}", {"python"}),
    ("(python){1,}?", {"python"}),
    ("(python)++", {"python"}),
    ("(python)*?x", None),
    ("ab{2}cd", {"cd"}),
    ("ab{,3}cd", {"cd"}),
    ("ab?cd", {"cd"}),
    ("ab+cd", {"cd"}),
    (r"ab\d+cde", {"cde"}),
    (r"\-\-help", {"--help"}),
    (r"a\.b\.c", {"a.b.c"}),
    (r"ab\.?cde", {"cde"}),
    (r"\x41\x42", None),
    (r"\u0041\u0042", None),
    (r"\U0001F600ab", {"ab"}),
    (r"\pLL", None),
    (r"\p{Lu}ab", {"ab"}),
    (r"(a)\10x", None),
    (r"(ab)\1", {"ab"}),
    (r"(?<n>abc)\k<n>", {"abc"}),
    (r"(?P<n>abc)\g<n>", {"abc"}),
    ("(?:abc|de)f", {"abc", "de"}),
    ("(?=abc)de", {"de"}),
    ("(?!abc)de", {"de"}),
    ("(?<=abc)de", {"de"}),
    ("(?<!abc)de", {"de"}),
    ("(?i)abc", None),
    ("(?i:abc)", None),
    ("abc(?#comment)d", None),
    ("(?>abc)", None),
    ("(?|abc|abd)", None),
    ("(a)?(?(1)bc|de)", None),
    ("(?P=n)abc", None),
    ("[abc]de", {"de"}),
    ("[]a]de", {"de"}),
    (r"[\]a]de", {"de"}),
    ("[[:alpha:]]x", None),
    ("[abc", None),
    ('{"city": "', {'{"city": "'}),
    ("colou{e<=1}r", None),
    ("(?:python){e<=2}", None),
    ("{,3}ab", {"{,3}ab"}),
    ("ab**", None),
    ("ab)", None),
    ("(ab", None),
    ("ab\\", None),
    ("café menu", {" menu"}),
    ("日本語", None),
    ("ſtaub", {"taub"}),
    ("ab|", None),
    ("(" * 5000, None),
]


@pytest.mark.parametrize(("source", "literals"), TABLE)
def test_required_literals(source: str, literals: set[str] | None) -> None:
    assert required_literals(source) == literals


Sample = tuple[str, str]
"""A pattern and a text that it probably matches."""

letters = st.sampled_from("abksiBKSI -1")


def _escaped(char: str) -> Sample:
    return ("\\" + char if char in "\\^$.|?*+()[]{}-" else char), char


atoms: st.SearchStrategy[Sample] = st.one_of(
    letters.map(lambda c: (c, c)),
    st.text("abksi ", min_size=2, max_size=4).map(lambda t: (t, t)),
    st.sampled_from(".$^+?*(){}[]|-_#/").map(_escaped),
    st.sampled_from(
        [
            (".", "z"),
            (r"\d", "7"),
            (r"\w", "s"),
            (r"\s", " "),
            (r"\b", ""),
            (r"\x41", "a"),
            (r"\u0041", "A"),
            (r"\U00000041", "a"),
            (r"\pL", "x"),
            (r"\p{L}", "x"),
            (r"\-", "-"),
            (r"\_", "_"),
            (r"\n", "\n"),
            (r"\t", "\t"),
            ("[abk]", "k"),
            ("[^abk]", "x"),
            ("[]a]", "]"),
            (r"[\]a-c]", "b"),
            ("[[:alpha:]]", "q"),
            ("^", ""),
            ("$", ""),
            ("{", "{"),
            ("}", "}"),
            ("]", "]"),
            ('{"a', '{"a'),
            ("é", "É"),
            ("ſ", "ſ"),
            ("ς", "Σ"),
            ("ß", "ß"),
            ("(?i)", ""),
            ("(?#x)", ""),
            ("(?P<n>ab)(?P=n)", "abab"),
            ("(?<m>ks)\\k<m>", "ksks"),
            ("(si)\\1", "sisi"),
            ("(a)?(?(1)bk|ks)", "ks"),
            ("(?=ab)", ""),
            ("(?!zz)", ""),
            ("(?<!zz)", ""),
        ]
    ),
)
quantifiers = st.sampled_from(
    [
        ("?", 0),
        ("?", 1),
        ("*", 0),
        ("*", 2),
        ("+", 1),
        ("+", 3),
        ("{2}", 2),
        ("{,3}", 0),
        ("{0,1}", 0),
        ("{1,}", 2),
        ("{0}", 0),
        ("{e<=1}", 0),
    ]
)


def _joined(samples: list[Sample]) -> Sample:
    return "".join(p for p, _ in samples), "".join(t for _, t in samples)


@st.composite
def _alternatives(draw: st.DrawFn, inner: st.SearchStrategy[Sample]) -> Sample:
    branches = draw(st.lists(st.lists(inner, max_size=3).map(_joined), min_size=1, max_size=3))
    opening = draw(st.sampled_from(["(", "(?:", "(?>", "(?i:"]))
    return opening + "|".join(p for p, _ in branches) + ")", draw(st.sampled_from(branches))[1]


@st.composite
def _repeated(draw: st.DrawFn, inner: st.SearchStrategy[Sample]) -> Sample:
    pattern, text = draw(inner)
    quantifier, times = draw(quantifiers)
    return pattern + quantifier + draw(st.sampled_from(["", "", "?", "+"])), text * times


@st.composite
def _looked_around(draw: st.DrawFn, inner: st.SearchStrategy[Sample]) -> Sample:
    pattern, text = draw(inner)
    if draw(st.booleans()):
        return f"(?={pattern}){pattern}", text
    return f"{pattern}(?<={pattern})", text


samples = st.recursive(
    atoms, lambda inner: st.one_of(_alternatives(inner), _repeated(inner), _looked_around(inner)), max_leaves=6
)
patterns = st.lists(st.lists(samples, max_size=5).map(_joined), min_size=1, max_size=2).map(
    lambda branches: ("|".join(p for p, _ in branches), branches[-1][1])
)
twins = st.sampled_from(["", "K\N{KELVIN SIGN}", "s\N{LATIN SMALL LETTER LONG S}", "iİ", "iI", "ksKS", "aA"])
noise = st.text("abksiKſİı\u0307 {}[]-ΣςéÉ", max_size=4)


@settings(derandomize=True, deadline=None, max_examples=250)
@given(patterns, twins, noise, noise)
def test_a_text_that_matches_holds_a_required_literal(sample: Sample, twin: str, before: str, after: str) -> None:
    source, text = sample
    if twin:
        text = text.replace(twin[0], twin[1:])
    text = before + text + after
    try:
        pattern = regex.compile(source, regex.IGNORECASE)
    except regex.error:
        assume(False)
    literals = required_literals(source)
    if literals is None or not pattern.search(text, timeout=2):
        return
    assert any(literal in coarse(text) for literal in literals)


def test_the_property_is_not_empty() -> None:
    """The grammar above draws enough patterns that have literals and match."""
    hits = 0

    @settings(derandomize=True, deadline=None, max_examples=100, database=None)
    @given(patterns)
    def count(sample: Sample) -> None:
        nonlocal hits
        source, text = sample
        with contextlib.suppress(regex.error):
            hits += bool(required_literals(source) and regex.search(source, text, regex.IGNORECASE, timeout=2))

    count()
    assert hits > 5


def test_coarse_undoes_every_twin_of_an_ascii_letter() -> None:
    """Whatever the regex module takes for an ASCII letter without case is that letter when coarse."""
    everything = "".join(chr(c) for c in range(128, sys.maxunicode + 1) if not 0xD800 <= c < 0xE000)
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789 _-":
        for twin in regex.findall(regex.escape(letter), everything, regex.IGNORECASE):
            assert coarse(twin) == letter


def test_coarse_folds_each_letter_by_itself() -> None:
    for a, b in [("Σ", "Α"), ("ΑΣ", ""), ("ΑΣ", "Α"), ("İ", "i"), ("ß", "S"), ("\u0307", "\u0301")]:
        assert coarse(a + b) == coarse(a) + coarse(b)
    assert all(coarse(coarse(chr(c))) == coarse(chr(c)) for c in range(0x20000))


@pytest.mark.parametrize(
    ("text", "folded"), [("İstanbul", "istanbul"), ("ısı", "isi"), ("ΑΣ", "ασ"), ("ſ", "s"), ("K", "k"), ("µ", "μ")]
)
def test_coarse(text: str, folded: str) -> None:
    assert coarse(text) == folded
