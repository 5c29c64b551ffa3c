from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest

from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Matcher, Regex
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.search import drawers
from openai_mock_api.script.search.candidates import Candidate, Match
from openai_mock_api.script.search.drawers import Alike, AlikeTexts, Needles, needles
from openai_mock_api.script.search.index import vocabulary, words
from tests.script.making import call, flow, say, turn, user

if TYPE_CHECKING:
    from openai_mock_api.script.flows import Flow

MANY = 10_000


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that matchers are asked about, while the test runs."""
    asked: list[str] = []

    def counting(kind: type[Matcher]) -> None:
        fits = kind.fits

        def counted(self: Matcher, text: str) -> bool:
            asked.append(f"{self.kind}: {text}")
            return fits(self, text)

        monkeypatch.setattr(kind, "fits", counted)

    for kind in (Exact, Contains, Regex, Fuzzy, Json, AnyText):
        counting(kind)
    return asked


def matched(script: Script, *texts: str) -> str | None:
    found = script.match(call(*texts), Plays())
    return found.flow.id if isinstance(found, Match) else None


LARGE: dict[str, list[Matcher]] = {
    "exact": [Exact.of(f"What is item {i}?") for i in range(MANY)],
    "exact, any case": [Exact.of(f"WHAT is item {i}?", case_sensitive=False) for i in range(MANY)],
    "contains": [Contains.of(f"item {i}?") for i in range(MANY)],
    "contains, case-sensitive": [Contains.of(f"item {i}?", case_sensitive=True) for i in range(MANY)],
    "regex": [Regex.of(rf"\bitem {i}\b") for i in range(MANY)],
}


@pytest.mark.parametrize("kind", LARGE)
def test_of_ten_thousand_rules_a_handful_is_compared(kind: str, compared: list[str]) -> None:
    script = Script(flow(f"f{i}", user(matcher), turn()) for i, matcher in enumerate(LARGE[kind]))
    assert matched(script, "What is item 4321?") == "f4321"
    assert len(compared) <= 5
    compared.clear()
    assert matched(script, "Nothing of that kind") is None
    assert not compared


def test_a_mixture_of_rules_is_compared_rarely(compared: list[str]) -> None:
    mixture = [matchers[i] for matchers in LARGE.values() for i in range(2000)]
    mixture += [Fuzzy.of(f"Please tell me about number {i}") for i in range(2000)]
    script = Script(flow(f"f{i}", user(matcher), turn()) for i, matcher in enumerate(mixture))
    assert matched(script, "What is item 1234?") == "f1234"
    assert len(compared) <= 3


def test_fuzzy_rules_that_cannot_win_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    found = Alike.found

    def counted(self: Alike, text: str) -> object:
        searched.append(text)
        return found(self, text)

    monkeypatch.setattr(Alike, "found", counted)
    flows = [flow("fuzzy", user(Fuzzy.of("hello there")), turn()), flow("contains", user(Contains.of("hello")), turn())]
    assert matched(Script(flows), "hello there") == "contains"
    assert not searched
    assert matched(Script([*flows, flow("any", user(AnyText()), turn())]), "helo there") == "fuzzy"
    assert searched == ["helo there"]


def test_fuzzy_rules_that_are_not_alike_are_not_compared(compared: list[str]) -> None:
    script = Script(flow(f"f{i}", user(Fuzzy.of(f"text number {i}" * 3)), turn()) for i in range(100))
    assert matched(script, "something else") is None
    assert not compared


def test_fuzzy_texts_seen_before_are_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    found = AlikeTexts.found

    def counted(self: AlikeTexts, processed: str, sorted_: str) -> list[Candidate]:
        searched.append(processed)
        return found(self, processed, sorted_)

    monkeypatch.setattr(AlikeTexts, "found", counted)
    monkeypatch.setattr(drawers, "REMEMBERED", 2)
    monkeypatch.setattr(drawers, "REMEMBERED_LENGTH", 20)
    script = Script([flow("f", user(Fuzzy.of("hello there")), turn())])
    for _ in range(3):
        assert matched(script, "helo there") == "f"
        assert matched(script, "other") is None
    assert len(searched) == 2
    searched.clear()
    for text in ("third", "other", "long " * 10, "long " * 10):
        matched(script, text)
    assert len(searched) == 4


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.8, 1.0])
def test_alike_texts_are_found_whatever_their_lengths(threshold: float) -> None:
    """The bound on lengths never hides a text that is alike enough."""
    flows = [flow(f"f{n}", user(Fuzzy.of("a" * n, threshold=threshold)), turn()) for n in range(40)]
    script = Script(flows)
    for n in range(40):
        fitting = [f.id for f in flows if f.steps[0].matcher and f.steps[0].matcher.fits("a" * n)]
        assert matched(script, "a" * n) == fitting[0]


def test_the_rarest_text_is_the_key(compared: list[str]) -> None:
    """Conversations that end with the same words are told apart by what was said before."""
    flows = [flow(f"f{i}", user(f"question {i}"), turn(), user("yes"), turn()) for i in range(1000)]
    talk = call("question 500", say("assistant", ""), "yes")
    found = Script(flows).match(talk, Plays())
    assert isinstance(found, Match)
    assert found.flow.id == "f500"
    assert len(compared) == 2


def test_a_pattern_with_two_needles_is_compared_once(compared: list[str]) -> None:
    script = Script([flow("f", user(Regex.of("^(alpha|beta)$")), turn())])
    assert matched(script, "alpha beta") is None
    assert len(compared) == 1


def test_needles_are_found_in_the_order_of_ranks() -> None:
    flows = [flow(f"f{i}", user(Contains.of(text)), turn()) for i, text in enumerate(["c", "b", "a"])]
    candidates = [Candidate((0, 0.0, 0, 0, i), found, 1, 0, 1) for i, found in enumerate(flows)]
    assert [c.flow.id for c in Needles(candidates).found("abc")] == ["f0", "f1", "f2"]


@pytest.mark.parametrize(
    ("matcher", "found"),
    [
        (Contains.of("ABC"), {"abc"}),
        (Contains.of("A", case_sensitive=True), {"a"}),
        (Contains.of(""), set()),
        (Contains.of("\u0307"), set()),
        (Regex.of("abc|def"), {"abc", "def"}),
        (Regex.of(".*"), set()),
        (Exact.of("abc"), set()),
        (None, set()),
    ],
)
def test_needles(matcher: Matcher | None, found: set[str]) -> None:
    assert set(needles(matcher)) == found


def test_a_matcher_of_ones_own_is_always_compared() -> None:
    """Anything with the methods of a matcher will do."""

    class Shouting(msgspec.Struct, frozen=True):
        kind: ClassVar[str] = "shouting"
        specificity: ClassVar[float] = 0.5

        def fits(self, text: str) -> bool:
            return text.isupper()

        def difference(self, text: str) -> None:
            raise NotImplementedError

    assert matched(Script([flow("loud", user(Shouting()), turn())]), "HI") == "loud"
    assert matched(Script([flow("loud", user(Shouting()), turn())]), "hi") is None


def test_words() -> None:
    assert words("Where's the Café, ÉTÉ 2024?") == ["where", "s", "the", "café", "été", "2024"]


def test_vocabulary() -> None:
    flows: list[Flow] = [
        flow("a", user("one two"), turn(), user(Contains.of("Two three")), turn()),
        flow("b", user("two"), turn(matcher=Exact.of("four"))),
        flow("c", user(AnyText()), turn()),
    ]
    assert vocabulary(flows) == {"one": [0], "two": [0, 1], "three": [0], "four": [1]}
