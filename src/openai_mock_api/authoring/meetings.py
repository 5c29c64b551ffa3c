"""The ways in which requests meet flows, and which of two ways wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_mock_api.script.flows import Expected
from openai_mock_api.script.search.candidates import candidate, commonness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.script.flows import Flow, Step, Turn
    from openai_mock_api.script.search.candidates import Rank

#: What ranks flows, in this order.
_COMPARED: Final = (
    "has the higher priority ({:g} against {:g})",
    "has the higher score ({:.2f} against {:.2f})",
    "has more conditions ({:g} against {:g})",
    "compares more messages ({:g} against {:g})",
)


class Meeting(NamedTuple):
    """A flow met by requests of ``length`` messages, and how it ranks there: the least rank wins."""

    flow: Flow
    length: int
    rank: Rank

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that are compared."""
        return self.flow.steps[: self.length]

    @property
    def turn(self) -> int:
        """Place of the turn that answers."""
        return self.flow.turn_after(self.length)

    @property
    def asks(self) -> bool:
        """Whether the last message is one that waits for an answer, rather than the assistant's own."""
        return isinstance(self.steps[-1], Expected)

    @property
    def ends(self) -> bool:
        """Whether the turn may have said all that it has to say, so that another flow gets its chance."""
        return self.flow.turn(self.turn).then == "miss"

    def ties(self, other: Meeting) -> bool:
        """Whether nothing but the order in the file decides between two."""
        return self.rank[:-1] == other.rank[:-1]

    def says_the_same(self, other: Meeting) -> bool:
        """Whether it makes no difference which of two answers, as where conversations branch later on."""
        return _said(self.flow.turn(self.turn)) == _said(other.flow.turn(other.turn))


def _said(turn: Turn) -> list[tuple[Any, ...]]:
    return [(reply.content, reply.refusal, reply.tool_calls, reply.failure, reply.fault) for reply in turn.replies]


def meetings(flows: Sequence[Flow]) -> dict[str, list[Meeting]]:
    """Return the ways to meet each flow, shortest first, by its id."""
    common = commonness(flows)
    return {
        flow.id: [Meeting(flow, n, candidate(flow, n, order, common).rank) for n in range(1, len(flow.steps) + 1)]
        for order, flow in enumerate(flows)
    }


def advantage(winner: Meeting, loser: Meeting) -> str:
    """Say why one ranks higher: ``has the higher score (1.00 against 0.60)``, ``comes first in the file``."""
    for form, high, low in zip(_COMPARED, winner.rank, loser.rank, strict=False):
        if high != low:
            return form.format(-high, -low)
    return "comes first in the file"
