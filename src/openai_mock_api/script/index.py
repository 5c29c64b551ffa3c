"""Which flows are worth comparing with a call.

A flow of five steps can be met by requests of one to five messages. Each such *candidate* (a flow and a length)
has a rank that does not depend on the request: priority, mean specificity, number of conditions, messages
compared, order in the file. So candidates are kept in the order of their ranks, the first that fits wins, and a
candidate that could no longer win is never compared.

Candidates of one length are filed on a ``Shelf`` under the text of their most telling message: exact texts in a
dictionary, ``contains`` and the literals that a regular expression requires in one automaton, fuzzy texts where
their length is known, the rest in a list.
"""

from __future__ import annotations

import re
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rapidfuzz import fuzz, process

from openai_mock_api.script.flows import Expected, Flow
from openai_mock_api.script.literals import coarse, required_literals
from openai_mock_api.script.matchers import Contains, Exact, Fuzzy, Regex, expected_text, fold, fuzzy_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openai_mock_api.script.matchers import Matcher

_WORD: Final = re.compile(r"\w+")

#: Below so many needles, looking for one after the other is faster than the automaton.
FEW_NEEDLES: Final = 8

Rank = tuple[int, float, int, int, int]


class Candidate(NamedTuple):
    """A flow met by a request of ``length`` messages, filed under its step ``key``. The least rank wins."""

    rank: Rank
    flow: Flow
    length: int
    key: int | None


_by_rank = attrgetter("rank")


def candidate(flow: Flow, length: int, order: int) -> Candidate:
    """Rank a flow for one length, and choose the step that it is filed under."""
    compared = [step.matcher.specificity for step in flow.steps[:length] if step.matcher is not None]
    mean = sum(compared) / len(compared) if compared else 0.0
    rank = (-flow.priority, -round(mean, 9), -len(flow.conditions), -len(compared), order)
    return Candidate(rank, flow, length, _key(flow, length))


def _key(flow: Flow, length: int) -> int | None:
    """Place of the most telling step: a user's before another's, specific before general, late before early."""
    places = [i for i, step in enumerate(flow.steps[:length]) if isinstance(step, Expected)]
    return max(places, key=lambda i: _telling(flow, i), default=None)


def _telling(flow: Flow, place: int) -> tuple[bool, float, int]:
    step = flow.steps[place]
    return step.role == "user", step.matcher.specificity if step.matcher else 0.0, place


class Needles:
    """Candidates that need one of several texts, all texts looked for in one pass."""

    def __init__(self) -> None:
        self._filed: dict[str, list[Candidate]] = {}

    def file(self, needles: Iterable[str], candidate: Candidate) -> None:
        """Keep a candidate under each of its needles, which are coarse."""
        for needle in needles:
            self._filed.setdefault(needle, []).append(candidate)

    @cached_property
    def _texts(self) -> list[str]:
        return list(self._filed)

    @cached_property
    def _automaton(self) -> Any:
        from ahocorasick_rs import AhoCorasick  # small scripts never need it

        return AhoCorasick(self._texts)

    def found(self, text: str) -> list[Candidate]:
        """Return the candidates of which a needle is in ``text``, least rank first."""
        if not self._filed:
            return []
        hits = self._hits(coarse(text))
        if len(hits) == 1:
            return self._filed[hits.pop()]
        return sorted((c for needle in hits for c in self._filed[needle]), key=_by_rank)

    def _hits(self, text: str) -> set[str]:
        if len(self._filed) <= FEW_NEEDLES:
            return {needle for needle in self._texts if needle in text}
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return {self._texts[index] for index, _, _ in found}


class Alike:
    """Fuzzy candidates. Texts whose length alone rules out the threshold are not compared."""

    def __init__(self) -> None:
        self._candidates: list[Candidate] = []
        self._forms: list[tuple[str, str]] = []
        self._threshold = 1.0

    def file(self, matcher: Fuzzy, candidate: Candidate) -> None:
        """Keep a candidate under the two forms of its text."""
        self._candidates.append(candidate)
        self._forms.append((matcher.processed, matcher.sorted_))
        self._threshold = min(self._threshold, matcher.threshold)

    def found(self, text: str) -> list[Candidate]:
        """Return the candidates that reach the lowest threshold of all, least rank first."""
        hits: set[int] = set()
        for form, texts in zip(fuzzy_forms(text), zip(*self._forms, strict=True), strict=True):
            cutoff = self._threshold * 100
            found = process.extract(form, texts, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None)
            hits.update(index for _, _, index in found)
        return [self._candidates[i] for i in sorted(hits)]


class Shelf:
    """Candidates of one length whose key step stands at the same place. File them in the order of their ranks."""

    def __init__(self) -> None:
        self._exact: dict[str, list[Candidate]] = {}
        self._folded: dict[str, list[Candidate]] = {}
        self._needles = Needles()
        self._alike = Alike()
        self._rest: list[Candidate] = []
        self._best_alike: Rank | None = None

    def file(self, candidate: Candidate) -> None:
        """Keep a candidate where a text will find it."""
        step = candidate.flow.steps[candidate.key] if candidate.key is not None else None
        matcher: Matcher | None = step.matcher if step else None
        match matcher:
            case Exact(case_sensitive=True):
                self._exact.setdefault(matcher.content, []).append(candidate)
            case Exact():
                self._folded.setdefault(matcher.content, []).append(candidate)
            case Contains() if matcher.content:
                self._needles.file([coarse(matcher.content)], candidate)
            case Regex() if literals := required_literals(matcher.source):
                self._needles.file(literals, candidate)
            case Fuzzy(case_sensitive=False):
                self._best_alike = self._best_alike or candidate.rank
                self._alike.file(matcher, candidate)
            case _:
                self._rest.append(candidate)

    def sure(self, text: str) -> Iterator[list[Candidate]]:
        """Yield lists of candidates that ``text`` may fit and that cost little to find, each in the order of ranks."""
        stripped = text.strip()
        if self._exact:
            yield self._exact.get(stripped, [])
        if self._folded:
            yield self._folded.get(fold(stripped), [])
        yield self._needles.found(text)
        yield self._rest

    def alike(self, text: str, bound: Rank | None) -> list[Candidate]:
        """Return fuzzy candidates for ``text``, unless the best of all fuzzy ones could not win against ``bound``."""
        if self._best_alike is None or (bound is not None and self._best_alike >= bound):
            return []
        return self._alike.found(text)


def shelve(candidates: Iterable[Candidate], place: Callable[[Candidate], int]) -> dict[int, Shelf]:
    """File candidates on one shelf for each ``place``, in the order of their ranks."""
    shelves: dict[int, Shelf] = {}
    for found in sorted(candidates, key=_by_rank):
        shelves.setdefault(place(found), Shelf()).file(found)
    return shelves


def words(text: str) -> list[str]:
    """Split a text into lower-case words."""
    return _WORD.findall(text.lower())


def vocabulary(flows: Iterable[Flow]) -> dict[str, list[int]]:
    """Map each word of what flows expect to the orders of those flows."""
    orders: dict[str, list[int]] = {}
    for order, flow in enumerate(flows):
        texts = (expected_text(step.matcher) for step in flow.steps if step.matcher is not None)
        for word in {word for text in texts for word in words(text)}:
            orders.setdefault(word, []).append(order)
    return orders
