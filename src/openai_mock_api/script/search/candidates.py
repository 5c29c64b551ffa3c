"""Candidates: a flow that a request of so many messages may meet, and how it ranks.

A flow of five steps can be met by requests of one to five messages. Each such candidate has a rank that does not
depend on the request: priority, mean specificity, number of conditions, messages compared, order in the file. So
candidates are kept in the order of their ranks, the first that fits wins, and one that could no longer win is never
compared.
"""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from openai_mock_api.script.flows import Expected, Flow
from openai_mock_api.script.matching.matchers import Contains, Exact, expected_text
from openai_mock_api.script.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.script.matching.matchers import Matcher

Rank = tuple[int, float, int, int, int]


class Match(msgspec.Struct, frozen=True):
    """The flow that answers: ``turn`` is the place of its turn, ``length`` how many messages were matched, ``score``
    their mean specificity. ``counted`` says that it matters how often the turn answers; it has ``played`` so often
    before.
    """  # noqa: D205 - two sentences

    flow: Flow
    turn: int
    length: int
    score: float
    reply: Reply
    counted: bool = False
    played: int = 0


class Candidate(NamedTuple):
    """A flow met by a request of ``length`` messages, filed under its step ``key``. The least rank wins.

    ``turn`` is the place of the turn that answers; ``match`` what comes of it, unless that depends on a sequence.
    ``told`` says that an ASCII text of a user under which it is found fits without another comparison.
    """

    rank: Rank
    flow: Flow
    length: int
    key: int | None
    turn: int
    match: Match | None = None
    told: bool = False

    def matched(self, reply: Reply, *, counted: bool) -> Match:
        """Return the match, with one of the turn's replies."""
        return Match(self.flow, self.turn, self.length, -self.rank[1], reply, counted)

    @property
    def matcher(self) -> Matcher | None:
        """The matcher that the candidate is filed under."""
        return None if self.key is None else self.flow.steps[self.key].matcher


by_rank = attrgetter("rank")


def candidate(flow: Flow, length: int, order: int, common: Counter[str]) -> Candidate:
    """Rank a flow for one length, and choose the step that it is filed under; ``common`` is ``commonness``."""
    compared = [step.matcher.specificity for step in flow.steps[:length] if step.matcher is not None]
    mean = sum(compared) / len(compared) if compared else 0.0
    rank = (-flow.priority, -round(mean, 9), -len(flow.conditions), -len(compared), order)
    key = _key(flow, length, common)
    found = Candidate(rank, flow, length, key, flow.turn_after(length), told=_is_told(flow, length, key))
    turn = flow.turn(found.turn)
    return found._replace(match=None if turn.counted else found.matched(turn.replies[0], counted=False))


def _is_told(flow: Flow, length: int, key: int | None) -> bool:
    """Whether the only thing to compare is a text that the index finds to the letter, once it is ASCII."""
    if length != 1 or key is None or flow.conditions or flow.anchor != "start":
        return False
    step = flow.steps[0]
    assert isinstance(step, Expected)
    if step.role != "user" or step.parts:
        return False
    match step.matcher:
        case Exact():
            return True
        case Contains(case_sensitive=False):
            return step.matcher.content.isascii()
    return False


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
    return isinstance(step, Expected) and not (step.role in ("tool", "any") and flow.pairs_tools)
