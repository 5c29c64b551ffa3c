"""Tool calls whose results lead to the same calls again, so that a client would go on for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.authoring.examples import assistant, followed
from openai_mock_api.authoring.findings import Finding
from openai_mock_api.authoring.texts import texts_of
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.script import Plays
from openai_mock_api.script.search.candidates import Match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.authoring.contests import Contests
    from openai_mock_api.authoring.examples import Example
    from openai_mock_api.script.flows import Flow
    from openai_mock_api.script.messages import ToolCall
    from openai_mock_api.script.replies import Reply

#: What a tool answers that no step expects anything of.
_RESULT: Final = "ok"


def loops(contests: Contests) -> Iterator[Finding]:
    """Play every conversation that begins with a tool call; report each turn that comes back to itself once."""
    reported: set[tuple[str, int]] = set()
    for flow in contests.script.flows:
        for way in contests.asking(flow):
            example = contests.outcome(way).won
            if example is not None and any(reply.tool_calls for reply in flow.turn(way.turn).replies):
                found = _played(contests, example)
                if found is not None and (found.flow.id, found.turn) not in reported:
                    reported.add((found.flow.id, found.turn))
                    yield _loop(found, example)


def _played(contests: Contests, example: Example) -> Match | None:
    """Answer every call until there is none; return the match that came back to itself, if one did."""
    plays = Plays()
    seen: set[tuple[str, int, int]] = set()
    while True:  # until there is no call, or an answer that was given before
        match = contests.script.match(example.call, plays)
        if not isinstance(match, Match) or not match.reply.tool_calls:
            return None
        if match.counted:
            plays.add(match.flow, match.turn)
        played = (match.flow.id, match.turn, id(match.reply))
        if played in seen:
            return match
        seen.add(played)
        example = followed(example, _results(match))


def _results(match: Match) -> list[dict[str, Any]]:
    """Write the assistant's message and the results of its calls, as the flow expects them."""
    reply: Reply = match.reply
    said = [assistant(reply.content, reply.tool_calls)]
    return said + [
        {"role": "tool", "tool_call_id": call.id, "content": _result(match.flow, match.turn, call)}
        for call in reply.tool_calls
    ]


def _result(flow: Flow, turn: int, call: ToolCall) -> str:
    for step in flow.steps[turn + 1 :]:
        if isinstance(step, Expected) and step.role == "tool" and step.tool_call_id in (None, call.id):
            return next(iter(texts_of(step.matcher)), _RESULT)
    return _RESULT


def _loop(match: Match, example: Example) -> Finding:
    names = ", ".join(call.name for call in match.reply.tool_calls)
    return Finding(
        kind="loop",
        response=match.flow.id,
        path=("messages", match.turn),
        message=f"this turn calls {names}, and the request with the results leads to it again",
        hint="expect the result (role `tool`) behind it, and let the next turn answer without a call",
        example=str(example),
    )
