"""Comparisons of one text with what a step expects.

A matcher answers ``fits(text)``, and where that is false ``difference(text)`` says what parted them: None when the
text fits. Only reports need the difference, which costs many times the comparison. Matchers are immutable and built
once, when a script is loaded; a bad pattern fails there with ``ValueError``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

import msgspec

from openai_mock_api.lazy import Lazy
from openai_mock_api.script.matching.javascript import translated
from openai_mock_api.script.matching.literals import required_literals

if TYPE_CHECKING:
    import regex
    from rapidfuzz import fuzz, utils
else:
    regex, fuzz, utils = Lazy("regex"), Lazy("rapidfuzz.fuzz"), Lazy("rapidfuzz.utils")

#: Seconds that one regular expression may spend on one text.
REGEX_TIMEOUT: Final = 0.25

#: How many characters of a text, and of a part that is looked for in it, are measured for the similarity that a
#: report shows. Longer ones would take seconds.
MEASURED: Final = 2000
MEASURED_PART: Final = 200


class Difference(msgspec.Struct, frozen=True):
    """Why something does not fit.

    ``similarity`` runs from 0 to 1 where texts were compared. ``hint`` says what would have fitted.
    """

    expected: str
    got: str
    similarity: float | None = None
    hint: str = ""


class Matcher(Protocol):
    """One comparison. ``specificity`` ranks flows: the higher, the less the matcher would let through."""

    @property
    def kind(self) -> str:
        """The name that a configuration uses."""

    @property
    def specificity(self) -> float:
        """From 0 (fits everything) to 1 (fits one text)."""

    def fits(self, text: str) -> bool:
        """Whether ``text`` is what is expected."""

    def difference(self, text: str) -> Difference | None:
        """None when ``text`` fits."""


def similarity(a: str, b: str) -> float:
    """How alike two texts (their first ``MEASURED`` characters) are, 0 to 1, as ``fuzzy`` compares."""
    a, b = utils.default_process(a[:MEASURED]), utils.default_process(b[:MEASURED])
    return max(fuzz.ratio(a, b), fuzz.token_sort_ratio(a, b)) / 100


def part_similarity(part: str, text: str) -> float:
    """How alike ``part`` is to the part of ``text`` that comes nearest, 0 to 1, of their first characters."""
    return fuzz.partial_ratio(part[:MEASURED_PART], text[:MEASURED]) / 100


def fold(text: str) -> str:
    """Take the case away, as ``contains`` compares. Unlike lower-casing it treats every letter by itself."""
    return text.casefold()


class AnyText(msgspec.Struct, frozen=True):
    """Fits every text."""

    kind: ClassVar[str] = "any"
    specificity: ClassVar[float] = 0.1

    def fits(self, text: str) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return True, always."""
        return True

    def difference(self, text: str) -> Difference | None:  # noqa: ARG002 - the protocol's signature
        """Return None, always."""
        return None


class Exact(msgspec.Struct, frozen=True):
    """Equal after trimming. ``content`` is kept trimmed, and folded unless ``case_sensitive``."""

    kind: ClassVar[str] = "exact"
    specificity: ClassVar[float] = 1.0
    content: str
    case_sensitive: bool = True

    @classmethod
    def of(cls, content: str, *, case_sensitive: bool = True) -> Exact:
        """Build from text as written."""
        content = content.strip()
        return cls(content if case_sensitive else fold(content), case_sensitive)

    def fits(self, text: str) -> bool:
        """Compare the trimmed texts."""
        return self._form(text) == self.content

    def difference(self, text: str) -> Difference | None:
        """Say where the trimmed texts part."""
        form = self._form(text)
        if form == self.content:
            return None
        return Difference(self.content, text, similarity(self.content, text), _hint_exact(self.content, form))

    def _form(self, text: str) -> str:
        return text.strip() if self.case_sensitive else fold(text.strip())


def _hint_exact(expected: str, got: str) -> str:
    if fold(expected) == fold(got):
        return "only upper and lower case differ; `case_sensitive: false` would fit"
    if expected.split() == got.split():
        return "only white space differs"
    if expected and expected in got:
        return "the text holds what was expected and more; `matcher: contains` would fit"
    at = next(
        (i for i, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b),
        min(len(expected), len(got)),
    )
    return f"they part at character {at + 1}"


class Contains(msgspec.Struct, frozen=True):
    """Holds ``content``, which is kept folded unless ``case_sensitive``."""

    kind: ClassVar[str] = "contains"
    specificity: ClassVar[float] = 0.6
    content: str
    case_sensitive: bool = False

    @classmethod
    def of(cls, content: str, *, case_sensitive: bool = False) -> Contains:
        """Build from text as written."""
        return cls(content if case_sensitive else fold(content), case_sensitive)

    def fits(self, text: str) -> bool:
        """Look for the content."""
        return self.content in (text if self.case_sensitive else fold(text))

    def difference(self, text: str) -> Difference | None:
        """Say how near some part of the text comes."""
        if self.fits(text):
            return None
        hint = f'any text holding "{self.content}" would fit'
        if fold(self.content) in fold(text):
            hint = "only upper and lower case differ; without `case_sensitive: true` it would fit"
        return Difference(self.content, text, part_similarity(fold(self.content), fold(text)), hint)


class Regex(msgspec.Struct, frozen=True, dict=True):
    """Found anywhere in the text. ``pattern`` is compiled by the ``regex`` module, which reads JavaScript's forms."""

    kind: ClassVar[str] = "regex"
    specificity: ClassVar[float] = 0.8
    pattern: Any
    source: str
    case_sensitive: bool = False

    @classmethod
    def of(cls, source: str, *, case_sensitive: bool = False) -> Regex:
        """Compile ``source``. Raises ``ValueError`` saying where it is wrong."""
        try:
            # The module's own cache would keep what the matcher keeps, and draws from the user's random numbers.
            pattern = regex.compile(translated(source), 0 if case_sensitive else regex.IGNORECASE, cache_pattern=False)
        except (regex.error, OverflowError, RecursionError, IndexError) as error:
            raise ValueError(f"does not compile: {error}") from None
        return cls(pattern, source, case_sensitive)

    @cached_property
    def literals(self) -> frozenset[str] | None:
        """Coarse texts of which one must be in every text that fits, or None."""
        return required_literals(self.pattern.pattern)

    def fits(self, text: str) -> bool:
        """Search, for at most ``REGEX_TIMEOUT`` seconds; what takes longer does not fit."""
        try:
            return self._found(text)
        except TimeoutError:
            return False

    def difference(self, text: str) -> Difference | None:
        """Say whether nothing was found, or not in time."""
        try:
            if self._found(text):
                return None
        except TimeoutError:
            hint = f"the pattern took longer than {REGEX_TIMEOUT} s; make it simpler"
            return Difference(self.source, text, 0.0, hint)
        return Difference(self.source, text, part_similarity(self.source, text), "no part of the text fits it")

    def groups(self, text: str) -> dict[int | str, str]:
        """Return what the groups have captured in a text that fits, by number (0 is the whole) and by name.

        A group that took no part is the empty text. What is not found in time has captured nothing.
        """
        try:
            found = self.pattern.search(text, timeout=REGEX_TIMEOUT)
        except TimeoutError:
            found = None
        if found is None:
            return {}
        numbered = enumerate((found.group(), *found.groups("")))
        return {**dict(numbered), **found.groupdict("")}

    def _found(self, text: str) -> bool:
        return self.pattern.search(text, timeout=REGEX_TIMEOUT) is not None


class Fuzzy(msgspec.Struct, frozen=True):
    """Alike by at least ``threshold`` (0 to 1). ``processed`` and ``sorted_`` are the two forms that are compared."""

    kind: ClassVar[str] = "fuzzy"
    specificity: ClassVar[float] = 0.4
    content: str
    threshold: float
    processed: str
    sorted_: str
    case_sensitive: bool = False

    @classmethod
    def of(cls, content: str, *, threshold: float = 0.8, case_sensitive: bool = False) -> Fuzzy:
        """Build from text as written. Raises ``ValueError`` for a threshold outside 0 to 1."""
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold {threshold} is not between 0 and 1")
        return cls(content, threshold, *fuzzy_forms(content, case_sensitive=case_sensitive), case_sensitive)

    def score(self, text: str) -> float:
        """How alike ``text`` is, 0 to 1."""
        processed, sorted_ = fuzzy_forms(text, case_sensitive=self.case_sensitive)
        return max(fuzz.ratio(self.processed, processed), fuzz.ratio(self.sorted_, sorted_)) / 100

    def fits(self, text: str) -> bool:
        """Compare the score with the threshold."""
        return self.score(text) >= self.threshold

    def difference(self, text: str) -> Difference | None:
        """Show the score beside the threshold."""
        score = self.score(text)
        if score >= self.threshold:
            return None
        return Difference(self.content, text, score, f"similarity {score:.2f}, threshold {self.threshold:g}")


def fuzzy_forms(text: str, *, case_sensitive: bool = False) -> tuple[str, str]:
    """Return the text without punctuation (and case), as written and with its words sorted."""
    processed = _without_punctuation(text) if case_sensitive else utils.default_process(text)
    return processed, " ".join(sorted(processed.split()))


def _without_punctuation(text: str) -> str:
    return "".join(c if c.isalnum() else " " for c in text).strip()


class Json(msgspec.Struct, frozen=True):
    """Equal as JSON; an object may hold more keys than expected, at any depth."""

    kind: ClassVar[str] = "json"
    specificity: ClassVar[float] = 0.9
    value: Any

    @classmethod
    def of(cls, content: Any) -> Json:
        """Build from JSON text or from a value. Raises ``ValueError`` for text that is no JSON."""
        if not isinstance(content, str):
            return cls(content)
        try:
            return cls(msgspec.json.decode(content))
        except msgspec.DecodeError as error:
            raise ValueError(f"is not JSON: {error}") from None

    def fits(self, text: str) -> bool:
        """Decode the text and compare."""
        return self._parting(text) is None

    def difference(self, text: str) -> Difference | None:
        """Say at which path the values part."""
        parted = self._parting(text)
        if parted is None:
            return None
        expected = _shown(self.value)
        return Difference(expected, text, similarity(expected, text), parted)

    def _parting(self, text: str) -> str | None:
        try:
            got = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            return f"the text is not JSON: {error}"
        return json_parting(self.value, got)


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def json_parting(expected: Any, got: Any, path: str = "$") -> str | None:
    """Say where ``got`` is not ``expected`` (objects: a superset of it), or None."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return _object_parting(expected, got, path)
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        partings = (json_parting(e, g, f"{path}[{i}]") for i, (e, g) in enumerate(zip(expected, got, strict=True)))
        return next((p for p in partings if p), None)
    if expected == got and isinstance(expected, bool) == isinstance(got, bool):
        return None
    return f"{path}: expected {_shown(expected)}, got {_shown(got)}"


def _object_parting(expected: dict[str, Any], got: dict[str, Any], path: str) -> str | None:
    for key, value in expected.items():
        if key not in got:
            return f"{path}.{key}: missing"
        parted = json_parting(value, got[key], f"{path}.{key}")
        if parted:
            return parted
    return None


class Not(msgspec.Struct, frozen=True):
    """Fits what ``matcher`` does not. It lets nearly everything through, hence its low specificity."""

    specificity: ClassVar[float] = 0.2
    matcher: Matcher

    @property
    def kind(self) -> str:
        """``not contains``, …"""
        return f"not {self.matcher.kind}"

    def fits(self, text: str) -> bool:
        """Invert."""
        return not self.matcher.fits(text)

    def difference(self, text: str) -> Difference | None:
        """Say what must not fit."""
        if self.fits(text):
            return None
        unwanted = expected_text(self.matcher) or self.matcher.kind
        return Difference(f"not {unwanted}", text, 0.0, f"any text that `{self.matcher.kind}` does not fit would")


def expected_text(matcher: Matcher) -> str:
    """Return the text that a matcher was made from, empty where there is none."""
    match matcher:
        case Exact() | Contains() | Fuzzy():
            return matcher.content
        case Regex():
            return matcher.source
        case Json():
            return _shown(matcher.value)
        case Not():
            return expected_text(matcher.matcher)
    return ""
