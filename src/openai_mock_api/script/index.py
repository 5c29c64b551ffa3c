"""Which flows are worth comparing with a call.

A flow of five steps can be met by requests of one to five messages. Each such *candidate* (a flow and a length)
has a rank that does not depend on the request: priority, mean specificity, number of conditions, messages
compared, order in the file. So candidates are kept in the order of their ranks, the first that fits wins, and a
candidate that could no longer win is never compared.

Candidates of one length are filed on a ``Shelf`` under the text of their most telling message. A shelf has a drawer
for each way of finding them: exact texts in a dictionary, ``contains`` and the literals that a regular expression
requires in one automaton, fuzzy texts by their length, the rest in a list.
"""

from __future__ import annotations

import re
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from rapidfuzz import fuzz, process

from openai_mock_api.script.flows import Expected, Flow
from openai_mock_api.script.literals import coarse
from openai_mock_api.script.matchers import Contains, Exact, Fuzzy, Regex, expected_text, fold, fuzzy_forms
from openai_mock_api.script.pairs import ROUNDING, PairIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from openai_mock_api.script.matchers import Matcher

_WORD: Final = re.compile(r"\w+")

#: Up to so many needles, looking for one after the other is faster than the automaton.
FEW_NEEDLES: Final = 8

#: Of so many texts, each of at most so many characters, the alike ones are remembered.
REMEMBERED: Final = 500
REMEMBERED_LENGTH: Final = 2000

Rank = tuple[int, float, int, int, int]

T = TypeVar("T")


class Candidate(NamedTuple):
    """A flow met by a request of ``length`` messages, filed under its step ``key``. The least rank wins."""

    rank: Rank
    flow: Flow
    length: int
    key: int | None

    @property
    def matcher(self) -> Matcher | None:
        """The matcher that the candidate is filed under."""
        return None if self.key is None else self.flow.steps[self.key].matcher


_by_rank = attrgetter("rank")


def candidate(flow: Flow, length: int, order: int, common: Counter[str]) -> Candidate:
    """Rank a flow for one length, and choose the step that it is filed under; ``common`` is ``commonness``."""
    compared = [step.matcher.specificity for step in flow.steps[:length] if step.matcher is not None]
    mean = sum(compared) / len(compared) if compared else 0.0
    rank = (-flow.priority, -round(mean, 9), -len(flow.conditions), -len(compared), order)
    return Candidate(rank, flow, length, _key(flow, length, common))


def commonness(flows: Iterable[Flow]) -> Counter[str]:
    """Count how many steps expect each text."""
    return Counter(expected_text(step.matcher) for flow in flows for step in flow.steps if step.matcher is not None)


def _key(flow: Flow, length: int, common: Counter[str]) -> int | None:
    """Place of the most telling step: a user's before another's, specific before general, rare texts, late places."""

    def telling(place: int) -> tuple[bool, float, int, int]:
        step = flow.steps[place]
        assert isinstance(step, Expected)
        return step.role == "user", step.matcher.specificity, -common[expected_text(step.matcher)], place

    return max((place for place in range(length) if _stays(flow, place)), key=telling, default=None)


def _stays(flow: Flow, place: int) -> bool:
    """Whether a step is compared with the message at its own place, always."""
    step = flow.steps[place]
    return isinstance(step, Expected) and not (step.role == "tool" and flow.pairs_tools)


def _filed(pairs: Iterable[tuple[T, Candidate]]) -> dict[T, list[Candidate]]:
    filed: dict[T, list[Candidate]] = {}
    for key, found in pairs:
        filed.setdefault(key, []).append(found)
    return filed


class Drawer(Protocol):
    """Candidates that are found in the same way."""

    def found(self, text: str) -> Sequence[Candidate]:
        """Return all that ``text`` may fit, least rank first."""


class Exactly:
    """Candidates under the one text that they fit, once it is in its ``form``."""

    def __init__(self, candidates: Iterable[Candidate], form: Callable[[str], str] = str.strip) -> None:
        self._filed = _filed((c.matcher.content, c) for c in candidates if isinstance(c.matcher, Exact))
        self._form = form

    def found(self, text: str) -> Sequence[Candidate]:
        """Look the text up."""
        return self._filed.get(self._form(text), ())


def folded(candidates: Iterable[Candidate]) -> Exactly:
    """Return a drawer of exact candidates for which case does not count."""
    return Exactly(candidates, lambda text: fold(text.strip()))


class Needles:
    """Candidates that need one of several texts, all of which are looked for in one pass."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._filed = _filed((needle, c) for c in candidates for needle in needles(c.matcher))
        self._texts = list(self._filed)
        self._automaton = _automaton(self._texts) if len(self._texts) > FEW_NEEDLES else None

    def found(self, text: str) -> Sequence[Candidate]:
        """Return the candidates of which a needle is in the text."""
        hits = self._hits(coarse(text))
        if len(hits) == 1:
            return self._filed[hits.pop()]
        unique = {id(c): c for needle in hits for c in self._filed[needle]}
        return sorted(unique.values(), key=_by_rank)

    def _hits(self, text: str) -> set[str]:
        if self._automaton is None:
            return {needle for needle in self._texts if needle in text}
        found = self._automaton.find_matches_as_indexes(_encodable(text), overlapping=True)
        return {self._texts[index] for index, _, _ in found}


def needles(matcher: Matcher | None) -> Collection[str]:
    """Return texts of which one is in the coarse form of every text that fits; none when there is no such text."""
    match matcher:
        case Contains() if needle := coarse(matcher.content):
            return (needle,)
        case Regex():
            return matcher.literals or ()
    return ()


def _automaton(texts: Iterable[str]) -> Any:
    from ahocorasick_rs import AhoCorasick  # small scripts never need it

    return AhoCorasick([_encodable(text) for text in texts])


def _encodable(text: str) -> str:
    """Write lone surrogates, which the automaton does not take, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class Alike:
    """Fuzzy candidates, apart by threshold."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._seen: dict[str, list[Candidate]] = {}
        fuzzy = [(c.matcher, c) for c in candidates if isinstance(c.matcher, Fuzzy)]
        thresholds = {m.threshold for m, _ in fuzzy}
        self._tables = [AlikeTexts([(m, c) for m, c in fuzzy if m.threshold == t], t) for t in sorted(thresholds)]

    def found(self, text: str) -> Sequence[Candidate]:
        """Return the candidates that reach their threshold. A text seen before is not compared again."""
        found = self._seen.get(text)
        if found is None:
            found = self._compared(text)
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            if len(text) <= REMEMBERED_LENGTH:
                self._seen[text] = found
        return found

    def _compared(self, text: str) -> list[Candidate]:
        forms = fuzzy_forms(text)
        return sorted((c for table in self._tables for c in table.found(*forms)), key=_by_rank)


class AlikeTexts:
    """Fuzzy candidates of one threshold, by both forms of their texts: as processed, and with the words sorted."""

    def __init__(self, fuzzy: list[tuple[Fuzzy, Candidate]], threshold: float) -> None:
        self._processed = _Form([(m.processed, c) for m, c in fuzzy], threshold)
        self._sorted = _Form([(m.sorted_, c) for m, c in fuzzy], threshold)
        self._even = all(len(m.processed) == len(m.sorted_) for m, _ in fuzzy)

    def found(self, processed: str, sorted_: str) -> list[Candidate]:
        """Return the candidates that are alike enough in one form or the other, in no order."""
        places = self._processed.places(processed)
        hits = self._processed.alike(processed, places)
        # Sorting the words of an even text keeps its pairs, so that one search serves both forms.
        even = self._even and len(processed) == len(sorted_)
        hits += self._sorted.alike(sorted_, places if even else self._sorted.places(sorted_))
        return list({id(c): c for c in hits}.values())


class _Form:
    """Texts in one form, shortest first, with their candidates."""

    def __init__(self, texts: list[tuple[str, Candidate]], threshold: float) -> None:
        texts = sorted(texts, key=lambda pair: len(pair[0]))
        self._cutoff = max(threshold * 100 - ROUNDING, 0.0)
        self._texts = [text for text, _ in texts]
        self._candidates = [c for _, c in texts]
        self.places = PairIndex(self._texts, threshold).alike

    def alike(self, text: str, places: Sequence[int]) -> list[Candidate]:
        """Return the candidates at ``places`` whose texts are alike enough."""
        if isinstance(places, range):
            texts = self._texts[places.start : places.stop]
        else:
            texts = [self._texts[place] for place in places]
        hits = process.extract(text, texts, scorer=fuzz.ratio, score_cutoff=self._cutoff, limit=None)
        return [self._candidates[places[hit]] for _, _, hit in hits]


class Rest:
    """Candidates that only a comparison can rule out."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._candidates = list(candidates)

    def found(self, text: str) -> Sequence[Candidate]:  # noqa: ARG002 - the protocol's signature
        """Return all."""
        return self._candidates


#: The ways of finding candidates, the cheapest first.
DRAWERS: Final[tuple[Callable[[list[Candidate]], Drawer], ...]] = (Exactly, folded, Needles, Rest, Alike)


def _drawer(matcher: Matcher | None) -> Callable[[list[Candidate]], Drawer]:
    match matcher:
        case Exact():
            return Exactly if matcher.case_sensitive else folded
        case Contains() | Regex() if needles(matcher):
            return Needles
        case Fuzzy(case_sensitive=False):
            return Alike
    return Rest


#: Drawers with the least rank in each, the cheapest first.
Shelf = list[tuple[Rank, Drawer]]


def shelve(candidates: Iterable[Candidate], place: Callable[[Candidate], int]) -> list[tuple[int, Shelf]]:
    """File candidates on one shelf for each ``place``."""
    places = _filed((place(c), c) for c in sorted(candidates, key=_by_rank))
    return [(at, _shelf(filed)) for at, filed in places.items()]


def _shelf(candidates: list[Candidate]) -> Shelf:
    filed = _filed((_drawer(c.matcher), c) for c in candidates)
    return [(filed[drawer][0].rank, drawer(filed[drawer])) for drawer in DRAWERS if drawer in filed]


def words(text: str) -> list[str]:
    """Split a text into words, without case."""
    return _WORD.findall(fold(text))


def vocabulary(flows: Iterable[Flow]) -> dict[str, list[int]]:
    """Map each word of what flows expect to the orders of those flows."""
    orders: dict[str, list[int]] = {}
    for order, flow in enumerate(flows):
        texts = (expected_text(step.matcher) for step in flow.steps if step.matcher is not None)
        for word in {word for text in texts for word in words(text)}:
            orders.setdefault(word, []).append(order)
    return orders
