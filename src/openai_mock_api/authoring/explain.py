"""Why a request gets the answer that it gets: the flow that wins, and where each other one parted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_mock_api.authoring.asking import conversation
from openai_mock_api.authoring.meetings import advantage, meetings
from openai_mock_api.clock import Clock
from openai_mock_api.errors import ApiError
from openai_mock_api.script.diagnosis import NearMiss, near_miss
from openai_mock_api.script.generate import auto, echo
from openai_mock_api.script.matching.expectations import described
from openai_mock_api.script.obedience import obey
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.templates.blanks import filled
from openai_mock_api.server.answering import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.authoring.asking import Asked
    from openai_mock_api.authoring.findings import Sources
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Failure, Reply

#: What answers a miss, by policy.
_GENERATED: Final[dict[str, Callable[[Call], Reply]]] = {"echo": echo, "auto": auto}


class Other(NamedTuple):
    """A flow that does not answer. ``outranked`` says why when it fits, ``near`` where it parted when it does not."""

    flow: str
    outranked: str = ""
    near: NearMiss | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        if self.near is None:
            return {"id": self.flow, "fits": True, "outranked": self.outranked}
        return {"fits": False, **self.near.as_data()}

    def __str__(self) -> str:
        return f"{self.flow}: fits too, but {self.outranked}" if self.near is None else str(self.near)


class Explanation(NamedTuple):
    """What a call gets. ``match`` is None for a miss; ``others`` are ranked, the nearest first.

    ``refusal`` is what the API says of the request before anything is matched. ``answer`` is written for people.
    """

    call: Call
    match: Match | None
    answer: list[str]
    others: list[Other]
    refusal: str | None = None


def explain(settings: Settings, asked: Asked) -> Explanation:
    """Match a call as the first of its kind, and compare it with every other flow."""
    script, call = settings.script, asked.call
    found = script.match(call, Plays())
    match = found if isinstance(found, Match) else None
    return Explanation(
        call=call,
        match=match,
        answer=_answer(call, match) if match else _generated(settings.unmatched, call),
        others=_others(script, call, match),
        refusal=_refusal(settings, asked),
    )


def _refusal(settings: Settings, asked: Asked) -> str | None:
    return asked.refusal.message if asked.refusal and settings.validation == "strict" else None


def _answer(call: Call, match: Match) -> list[str]:
    reply = match.reply
    try:
        if reply.expectation is not None:
            expect(match, call)
        if reply.template is not None:
            reply = filled(reply, call, match, 0, Clock(0))
        return _written(obey(call, reply, match.flow, match.turn))
    except ApiError as error:
        return [f"error {error.status} {error.code}: {error.message}"]


def _generated(unmatched: str, call: Call) -> list[str]:
    make = _GENERATED.get(unmatched)
    return [] if make is None else _written(make(call))


def _written(reply: Reply) -> list[str]:
    """Write what a reply says, in lines."""
    if reply.choices:
        return [f"choice {i}: {line}" for i, choice in enumerate(reply.choices) for line in _written(choice)]
    if reply.failure is not None and reply.fault is None:
        return [_error(reply.failure)]
    said = [reply.content] if reply.content is not None else []
    said += [f"refusal: {reply.refusal}"] if reply.refusal is not None else []
    said += [f"calls {call.name}({call.arguments})" for call in reply.tool_calls]
    return said if reply.failure is None else [*said, f"breaks off: {_error(reply.failure)}"]


def _error(failure: Failure) -> str:
    return f"error {failure.status} {failure.code or failure.type}: {failure.message}"


def _others(script: Script, call: Call, match: Match | None) -> list[Other]:
    """Rank the flows that do not answer: those that fit by their rank, then the others by their closeness."""
    ways = meetings(script.flows)
    fitting, parted = [], []
    for flow in script.flows:
        alone = Script([flow]).match(call, Plays())
        if not isinstance(alone, Match):
            parted.append(near_miss(call, flow, Plays()))
        elif match is not None and flow is not match.flow:
            fitting.append(ways[flow.id][alone.length - 1])
    winner = ways[match.flow.id][match.length - 1] if match else None
    outranked = [
        Other(way.flow.id, f"{winner.flow.id} {advantage(winner, way)}")
        for way in sorted(fitting, key=lambda way: way.rank)
        if winner is not None
    ]
    return outranked + [Other(near.flow, near=near) for near in sorted(parted, key=lambda near: -near.closeness)]


def as_text(explanation: Explanation, sources: Sources) -> str:
    """Write an explanation for people."""
    parts = ["\n".join(conversation(explanation.call))]
    if explanation.refusal:
        parts.append(f"The API refuses this request before anything is matched: {explanation.refusal}")
    parts.append(_outcome(explanation, sources))
    if unmet := explanation.call.unmet:
        parts.append("\n".join(["The request does not meet what the turn expects:", *map(described, unmet)]))
    listed = [f"{i}. {other}".replace("\n", "\n   ") for i, other in enumerate(explanation.others, 1)]
    if listed:
        head = "The other responses:" if explanation.match else "The responses, the nearest first:"
        parts.append("\n".join([head, *listed]))
    return "\n\n".join(parts)


def _outcome(explanation: Explanation, sources: Sources) -> str:
    match = explanation.match
    answer = [f"  {line}" for text in explanation.answer for line in text.splitlines() or [""]]
    if match is not None:
        where = sources.where(match.flow.id, ("messages", match.turn))
        head = f"{match.flow.id} answers with messages[{match.turn}] ({where}), score {match.score:.2f}:"
        return "\n".join([head, *answer])
    if answer:
        return "\n".join(["No response answers; `unmatched` makes this answer:", *answer])
    return "No response answers."


def as_data(explanation: Explanation, sources: Sources) -> dict[str, Any]:
    """Return an explanation as JSON data."""
    match = explanation.match
    return {
        "messages": conversation(explanation.call),
        "refusal": explanation.refusal,
        "matched": _match_data(match, sources) if match else None,
        "answer": explanation.answer,
        "unmet": [unmet.name for unmet in explanation.call.unmet],
        "others": [other.as_data() for other in explanation.others],
    }


def _match_data(match: Match, sources: Sources) -> dict[str, Any]:
    place = sources.place(match.flow.id, ("messages", match.turn))
    return {
        "id": match.flow.id,
        "turn": match.turn,
        "score": round(match.score, 3),
        "messages": match.length,
        "source": place.source,
        "line": place.line,
        "column": place.column,
    }
