"""Turns that no request leads to, as the conversation is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.authoring.findings import Finding
from openai_mock_api.script.flows import Expected, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.script.flows import Flow


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
    if any(later > place for later in asked) and flow.choose == "last":
        return Finding(
            kind="unreachable",
            level="note",
            response=flow.id,
            path=("messages", place),
            message="this turn never answers: with `reply: last` the last one does",
            hint="leave it as what came before, or use `reply: next`",
        )
    if any(later > place for later in asked) and not any(earlier < place for earlier in asked):
        return Finding(
            kind="unreachable",
            level="note",
            response=flow.id,
            path=("messages", place),
            message="this turn never answers: it stands before everything that a request could ask",
            hint="leave it if requests begin with a message of the assistant, else remove it",
        )
    return Finding(
        kind="unreachable",
        response=flow.id,
        path=("messages", place),
        message="this turn answers only a request that ends with a message of the assistant, which clients hardly send",
        hint="put the message that it answers before it, or make one message of the two",
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
