"""Who answers the requests that a flow is made for: the flow itself, or another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openai_mock_api.authoring.coverage import taking
from openai_mock_api.authoring.examples import examples_of
from openai_mock_api.authoring.findings import Finding
from openai_mock_api.authoring.meetings import advantage, meetings
from openai_mock_api.script.flows import Turn
from openai_mock_api.script.script import Plays
from openai_mock_api.script.search.candidates import Match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.authoring.examples import Example
    from openai_mock_api.authoring.findings import Kind, Sources
    from openai_mock_api.authoring.meetings import Meeting
    from openai_mock_api.script.flows import Flow
    from openai_mock_api.script.script import Script


class Loss(NamedTuple):
    """``winner`` answers ``example``, which the flow of ``loser`` is made for."""

    loser: Meeting
    winner: Meeting
    example: Example


class Outcome(NamedTuple):
    """What became of the examples of one meeting.

    ``won`` is one that the flow answers itself. ``lost`` says that another flow answers all that it could, ``tied``
    that one does for no better reason than to come first.
    """

    won: Example | None = None
    lost: Loss | None = None
    tied: Loss | None = None


class Contests:
    """The examples of every flow, asked once. Lives for one look at a script."""

    def __init__(self, script: Script, sources: Sources) -> None:
        self.script = script
        self.ways = meetings(script.flows)
        self._sources = sources
        self._outcomes: dict[tuple[str, int], Outcome] = {}

    def asking(self, flow: Flow) -> list[Meeting]:
        """Return the ways to meet a flow that wait for an answer."""
        return [way for way in self.ways[flow.id] if way.asks]

    def outcome(self, way: Meeting) -> Outcome:
        """Ask the examples of a meeting."""
        key = (way.flow.id, way.length)
        if key not in self._outcomes:
            self._outcomes[key] = self._asked(way)
        return self._outcomes[key]

    def _asked(self, way: Meeting) -> Outcome:
        won: Example | None = None
        losses: list[Loss] = []
        for example in examples_of(way.flow, way.length):
            match = self.script.match(example.call, Plays())
            assert isinstance(match, Match), "an example fits its own flow"
            winner = self.ways[match.flow.id][match.length - 1]
            if match.flow is way.flow:
                won = won or example
            elif not winner.ends:
                losses.append(Loss(way, winner, example))
        tied = next((loss for loss in losses if loss.winner.ties(way)), None)
        lost = self._certain(way, losses[0].example) if losses and won is None else None
        return Outcome(won, lost, tied)

    def _certain(self, way: Meeting, example: Example) -> Loss | None:
        """Look for a flow that answers whatever this one could."""
        takers = (taking(wide, way) for wide in self.ways.values())
        return next((Loss(way, taker, example) for taker in takers if taker is not None), None)

    def findings(self) -> Iterator[Finding]:
        """Report flows and turns that never answer, and flows that another one forestalls by its place alone."""
        for flow in self.script.flows:
            asking = self.asking(flow)
            losses = [loss for way in asking if (loss := self.outcome(way).lost)]
            if losses and len(losses) == len(asking):
                yield self._shadowed(losses[0])
                continue
            yield from self._unreachable(flow)
            tied = next((tied for way in asking if (tied := self.outcome(way).tied)), None)
            if tied is not None and not self.outcome(tied.loser).lost and not tied.winner.says_the_same(tied.loser):
                yield self._ambiguous(tied)

    def _shadowed(self, loss: Loss) -> Finding:
        loser, winner = loss.loser, loss.winner
        other = self._sources.named(winner.flow.id)
        kind: Kind = "shadowed"
        message = f"never answers: {other} fits every request that it fits, and {advantage(winner, loser)}"
        hint = "remove it, make the other one narrower, or give it a higher `priority`"
        if _expectations(winner.flow) == _expectations(loser.flow):
            kind = "duplicate"
            message = f"expects the same as {other}, which comes first; it never answers"
            hint = "remove one, or make one response of both with a `sequence`"
        return Finding(
            kind=kind,
            response=loser.flow.id,
            message=f"{loser.flow.id!r} {message}",
            hint=hint,
            example=str(loss.example),
        )

    def _unreachable(self, flow: Flow) -> Iterator[Finding]:
        """Report turns whose every request is answered by another flow."""
        for place in sorted({way.turn for way in self.asking(flow)}):
            losses = [self.outcome(way).lost for way in self.asking(flow) if way.turn == place]
            loss = losses[0] if all(losses) else None
            if loss is not None and not loss.winner.says_the_same(loss.loser):
                other = self._sources.named(loss.winner.flow.id)
                yield Finding(
                    kind="unreachable",
                    response=flow.id,
                    path=("messages", place),
                    message=f"this turn never answers: {other} fits every request that leads to it, and "
                    f"{advantage(loss.winner, loss.loser)}",
                    hint=f"make {loss.winner.flow.id!r} narrower, or give {flow.id!r} a higher `priority`",
                    example=str(loss.example),
                )

    def _ambiguous(self, loss: Loss) -> Finding:
        loser, winner = loss.loser.flow.id, loss.winner.flow.id
        return Finding(
            kind="ambiguous",
            response=loser,
            message=f"{self._sources.named(winner)} fits what {loser!r} is made for, and answers only because it comes "
            "first in the file",
            hint=f"put {loser!r} first, give it a higher `priority`, or make {winner!r} narrower",
            example=str(loss.example),
        )


def _expectations(flow: Flow) -> tuple[Any, ...]:
    """Return all that decides which requests a flow answers, but for its place in the file."""
    compared = [step.matcher if isinstance(step, Turn) else step for step in flow.steps]
    return flow.priority, flow.anchor, flow.choose, flow.conditions, compared
