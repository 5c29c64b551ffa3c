"""Ways of finding the candidates that a text may fit, without comparing it with every one of them.

Exact texts stand in a dictionary; ``contains`` and the literals that a regular expression requires are found by one
automaton; expressions without a literal are joined, so that one search rules out many; fuzzy texts are found by
their lengths and pairs of letters; what is left is always compared.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from openai_mock_api.lazy import Lazy
from openai_mock_api.script.matching.literals import coarse
from openai_mock_api.script.matching.matchers import REGEX_TIMEOUT, Contains, Exact, Fuzzy, Regex, fold, fuzzy_forms
from openai_mock_api.script.search.candidates import Candidate, by_rank
from openai_mock_api.script.search.pairs import ROUNDING, PairIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import regex
    from rapidfuzz import fuzz, process

    from openai_mock_api.script.matching.matchers import Matcher
else:
    regex, fuzz, process = Lazy("regex"), Lazy("rapidfuzz.fuzz"), Lazy("rapidfuzz.process")

#: Up to so many needles, looking for one after the other is faster than the automaton.
FEW_NEEDLES: Final = 8

#: So many expressions are joined into one.
JOINED: Final = 50

#: Of so many texts, each of at most so many characters, the alike ones are remembered.
REMEMBERED: Final = 500
REMEMBERED_LENGTH: Final = 2000

#: What keeps an expression from being joined: references to groups, flags, conditions and calls.
_ALONE: Final = re.compile(r"\\[1-9gkKLN]|\(\?(?![:=!<]|P<)|\(\*|\{[a-z]")

T = TypeVar("T")


def filed(pairs: Iterable[tuple[T, Candidate]]) -> dict[T, list[Candidate]]:
    """Put candidates that share a key together, in their order."""
    found: dict[T, list[Candidate]] = {}
    for key, each in pairs:
        found.setdefault(key, []).append(each)
    return found


class Drawer(Protocol):
    """Candidates that are found in the same way."""

    def found(self, text: str) -> Sequence[Candidate]:
        """Return all that ``text`` may fit, least rank first."""


class Exactly:
    """Candidates under the one text that they fit, once it is in its ``form``."""

    def __init__(self, candidates: Iterable[Candidate], form: Callable[[str], str] = str.strip) -> None:
        self._filed = filed((c.matcher.content, c) for c in candidates if isinstance(c.matcher, Exact))
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
        found = filed((needle, c) for c in candidates for needle in needles(c.matcher))
        self._texts, self._filed = list(found), list(found.values())
        self._automaton = _automaton(self._texts) if len(self._texts) > FEW_NEEDLES else None

    def found(self, text: str) -> Sequence[Candidate]:
        """Return the candidates of which a needle is in the text."""
        hits = self._hits(coarse(text))
        if len(hits) == 1:
            return self._filed[hits.pop()]
        unique = {id(c): c for place in hits for c in self._filed[place]}
        return sorted(unique.values(), key=by_rank)

    def _hits(self, text: str) -> set[int]:
        """Return the places of the needles that are in the text."""
        if self._automaton is None:
            return {place for place, needle in enumerate(self._texts) if needle in text}
        return {place for place, _, _ in self._automaton.find_matches_as_indexes(_encodable(text), overlapping=True)}


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
        return sorted((c for table in self._tables for c in table.found(*forms)), key=by_rank)


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
        self._threshold = threshold

    @cached_property
    def places(self) -> Callable[[str], Sequence[int]]:
        """Finds the places of texts that may be alike. Made when it is first needed: it takes longest of all."""
        return PairIndex(self._texts, self._threshold).alike

    def alike(self, text: str, places: Sequence[int]) -> list[Candidate]:
        """Return the candidates at ``places`` whose texts are alike enough."""
        if isinstance(places, range):
            texts = self._texts[places.start : places.stop]
        else:
            texts = [self._texts[place] for place in places]
        hits = process.extract(text, texts, scorer=fuzz.ratio, score_cutoff=self._cutoff, limit=None)
        return [self._candidates[places[hit]] for _, _, hit in hits]


class Joined:
    """Candidates of regular expressions that show no literal, joined so that one search rules out many."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        together = list(candidates)
        batches = [together[at : at + JOINED] for at in range(0, len(together), JOINED)]
        self._batches = [(_union(batch), batch) for batch in batches]

    def found(self, text: str) -> Sequence[Candidate]:
        """Return the batches in which something is found."""
        return [c for union, batch in self._batches if _may_match(union, text) for c in batch]


def joinable(matcher: Matcher | None) -> bool:
    """Whether an expression means the same beside others."""
    return isinstance(matcher, Regex) and not matcher.case_sensitive and not _ALONE.search(matcher.pattern.pattern)


def _union(batch: list[Candidate]) -> Any:
    sources = (f"(?:{c.matcher.pattern.pattern})" for c in batch if isinstance(c.matcher, Regex))
    try:
        return regex.compile("|".join(sources), regex.IGNORECASE, cache_pattern=False)
    except regex.error:
        return None


def _may_match(union: Any, text: str) -> bool:
    try:
        return union is None or union.search(text, timeout=REGEX_TIMEOUT) is not None
    except TimeoutError:
        return True


class Rest:
    """Candidates that only a comparison can rule out."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._candidates = list(candidates)

    def found(self, text: str) -> Sequence[Candidate]:  # noqa: ARG002 - the protocol's signature
        """Return all."""
        return self._candidates
