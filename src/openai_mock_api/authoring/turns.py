"""Turns that no request leads to, as the conversation is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openai_mock_api.authoring.findings import Finding
from openai_mock_api.script.flows import Expected, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.authoring.findings import Level
    from openai_mock_api.script.flows import Flow

    _Reason = tuple[Level, str, str]

#: Why a turn never answers: the level of the finding, its message and its hint.
_LAST_ANSWERS: Final[_Reason] = (
    "note",
    "this turn never answers: with `reply: last` the last one does",
    "leave it as what came before, or use `reply: next`",
)
_NOBODY_ASKED: Final[_Reason] = (
    "note",
    "this turn never answers: it stands before everything that a request could ask",
    "leave it if requests begin with a message of the assistant, else remove it",
)
_HARDLY_SENT: Final[_Reason] = (
    "warning",
    "this turn answers only a request that ends with a message of the assistant, which clients hardly send",
    "put the message that it answers before it, or make one message of the two",
)


def turn_findings(flow: Flow) -> Iterator[Finding]:
    """Report turns that never answer, and results of tools that were never called."""
    asked = [place for place, step in enumerate(flow.steps) if isinstance(step, Expected)]
    answering = {flow.turn_after(place + 1) for place in asked}
    for place, step in enumerate(flow.steps):
        if isinstance(step, Turn) and place not in answering:
            yield _never_said(flow, place, asked)
        elif isinstance(step, Expected) and step.tool_call_id is not None:
            yield from _uncalled(flow, place, step.tool_call_id)


def _never_said(flow: Flow, place: int, asked: list[int]) -> Finding:
    """Say why a turn never answers; ``asked`` are the places of messages that wait for an answer."""
    is_followed = any(later > place for later in asked)
    is_first = not any(earlier < place for earlier in asked)
    if is_followed and flow.choose == "last":
        level, message, hint = _LAST_ANSWERS
    elif is_followed and is_first:
        level, message, hint = _NOBODY_ASKED
    else:
        level, message, hint = _HARDLY_SENT
    return Finding(
        kind="unreachable", level=level, response=flow.id, path=("messages", place), message=message, hint=hint
    )


def _uncalled(flow: Flow, place: int, tool_call_id: str) -> Iterator[Finding]:
    """Report a result whose call none of the turns before it has made, if there are turns before it."""
    turns = [step for step in flow.steps[:place] if isinstance(step, Turn)]
    replies = [said for turn in turns for reply in turn.replies for said in (reply, *reply.choices)]
    ids = [call.id for reply in replies for call in reply.tool_calls]
    if not turns or tool_call_id in ids:
        return
    made = f"they call {', '.join(map(repr, dict.fromkeys(ids)))}" if ids else "they call no tool"
    yield Finding(
        kind="unreachable",
        response=flow.id,
        path=("messages", place, "tool_call_id"),
        message=f"no turn before this message makes the call {tool_call_id!r} ({made}), so no client answers it",
        hint="use the id of the call",
    )
