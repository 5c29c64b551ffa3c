"""Which comparisons let through whatever others do: what can be told without trying texts.

The answer is True only where it is certain; what cannot be told is False.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openai_mock_api.script.flows import Expected, Turn
from openai_mock_api.script.matching.matchers import (
    AnyText,
    Contains,
    Exact,
    Fuzzy,
    Json,
    Matcher,
    Not,
    Regex,
    fold,
    json_parting,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.authoring.meetings import Meeting
    from openai_mock_api.script.flows import Step
    from openai_mock_api.script.matching.conditions import Condition

#: What a pattern of letters, digits and spaces alone does not have.
_SPECIAL: Final = re.compile(r"[^\w\s]", re.ASCII)

#: Parts of a pattern that look at what surrounds them, and others that might.
_ANCHORS: Final = re.compile(r"[\^$]|\\[a-zA-Z]|\(\?")


def covers(wide: Matcher, narrow: Matcher) -> bool:
    """Whether every text that ``narrow`` fits is certain to fit ``wide``."""
    wide, narrow = _plainly(wide), _plainly(narrow)
    if wide == narrow or isinstance(wide, AnyText):
        return True
    match narrow:
        case Exact():
            return all(map(wide.fits, _spellings(narrow)))
        case Contains():
            return isinstance(wide, Contains) and _holds(narrow, wide)
        case Fuzzy():
            return isinstance(wide, Fuzzy) and _is_looser(wide, narrow)
        case Json():
            return isinstance(wide, Json) and json_parting(wide.value, narrow.value) is None
        case Not():
            return isinstance(wide, Not) and covers(narrow.matcher, wide.matcher)
    return False


def _plainly(matcher: Matcher) -> Matcher:
    """Take a pattern for what it amounts to: a text to hold, or any text."""
    if not isinstance(matcher, Regex):
        return matcher
    if not _SPECIAL.search(matcher.source):
        return Contains.of(matcher.source, case_sensitive=matcher.case_sensitive)
    return AnyText() if not _ANCHORS.search(matcher.source) and matcher.fits("") else matcher


def _spellings(exact: Exact) -> list[str]:
    """Write an exact text in the ways that are equal to it."""
    text = exact.content
    cases = [text] if exact.case_sensitive else [text, text.upper(), text.title(), text.swapcase()]
    return [spelling for case in cases for spelling in (case, f" {case}\n", f"\n {case} ") if exact.fits(spelling)]


def _holds(narrow: Contains, wide: Contains) -> bool:
    if wide.case_sensitive:
        return narrow.case_sensitive and wide.content in narrow.content
    return wide.content in fold(narrow.content)


def _is_looser(wide: Fuzzy, narrow: Fuzzy) -> bool:
    same = (wide.processed, wide.case_sensitive) == (narrow.processed, narrow.case_sensitive)
    return same and wide.threshold <= narrow.threshold


def taking(wide: list[Meeting], narrow: Meeting) -> Meeting | None:
    """Return the way in which a flow, met in the ways ``wide``, answers every request of ``narrow`` instead.

    None if it may not.
    """
    flow = wide[0].flow
    if flow is narrow.flow or not _implied(flow.conditions, narrow.flow.conditions):
        return None
    if flow.has_system > narrow.flow.has_system:
        return None
    steps: Sequence[Step] = narrow.steps
    if not flow.has_system:
        steps = [step for step in steps if step.role != "system"]
    if flow.anchor == "end":
        return _taking_tail(wide, narrow, steps)
    if narrow.flow.anchor == "end" or not 0 < len(steps) <= len(wide):
        return None
    same = wide[len(steps) - 1]
    return same if _beats(same, narrow) and _cover_steps(same.steps, steps) else None


def _implied(wanted: Sequence[Condition], given: Sequence[Condition]) -> bool:
    return all(condition in given for condition in wanted)


def _taking_tail(wide: list[Meeting], narrow: Meeting, steps: Sequence[Step]) -> Meeting | None:
    """Look at the longest alignment first: the longest that fits counts, and any of them may be that one."""
    for way in reversed(wide):
        may_fit = way.length <= len(steps) or narrow.flow.anchor == "end"
        if not may_fit or not _roles_agree(way.steps, steps):
            continue
        if not _beats(way, narrow):
            return None
        if way.length <= len(steps) and _cover_steps(way.steps, steps[len(steps) - way.length :]):
            return way
    return None


def _beats(wide: Meeting, narrow: Meeting) -> bool:
    return wide.rank < narrow.rank and not wide.ends


def _roles_agree(wide: Sequence[Step], steps: Sequence[Step]) -> bool:
    pairs = zip(reversed(wide), reversed(steps), strict=False)
    return all(a.role == b.role or "any" in (a.role, b.role) for a, b in pairs)


def _cover_steps(wide: Sequence[Step], narrow: Sequence[Step]) -> bool:
    return all(map(_covers_step, wide, narrow))


def _covers_step(wide: Step, narrow: Step) -> bool:
    if wide.role != narrow.role and (wide.role != "any" or narrow.role == "system"):
        return False
    if not covers(wide.matcher or AnyText(), narrow.matcher or AnyText()):
        return False
    if isinstance(wide, Turn) or isinstance(narrow, Turn):
        return isinstance(wide, Turn) or (not wide.parts and wide.tool_call_id is None)
    return set(wide.parts) <= set(narrow.parts) and _covers_id(wide, narrow)


def _covers_id(wide: Expected, narrow: Expected) -> bool:
    if wide.tool_call_id is None:  # results of parallel calls may come in any order
        return narrow.tool_call_id is None or isinstance(wide.matcher, AnyText)
    return wide.tool_call_id == narrow.tool_call_id
