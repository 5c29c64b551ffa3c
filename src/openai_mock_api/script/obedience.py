"""What a request asks for, held against what the script says.

``tool_choice`` and ``parallel_tool_calls`` are obeyed where the script leaves room: calls that the request does not
allow are left out, unless nothing would be left to say or the flow waits for their results. A text satisfies
``response_format``, and so do arguments the parameters of a strict function, unless the script says that they are
``broken``. A script that does otherwise contradicts the request.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.errors import ApiError, ScriptError
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.levels import weigh
from openai_mock_api.script.schemas.validity import text_fault

if TYPE_CHECKING:
    from openai_mock_api.script.flows import Flow
    from openai_mock_api.script.messages import Call, ToolCall
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.schemas.validity import Fault

#: How answers end that were never finished: nothing is asked of them.
_UNFINISHED: Final = frozenset({"length", "content_filter"})

_OBJECT: Final = {"type": "object"}


def obey(call: Call, reply: Reply, flow: Flow, turn: int) -> Reply:
    """Return what may be said of a reply, the turn ``turn`` of a flow: the reply itself unless the call allows less.

    A contradiction raises ``ScriptError``, and a schema that cannot be used ``ApiError``; where requests are not
    validated strictly, the reply stays as it is.
    """
    if call.validation == "off" or reply.failure is not None:
        return reply
    try:
        return _Turn(call, flow, turn).reply(reply)
    except ApiError as fault:
        weigh(call, fault)
        return reply


class _Turn:
    """One turn of a flow as the answer to one call."""

    def __init__(self, call: Call, flow: Flow, place: int) -> None:
        self._call = call
        self._flow = flow
        self._place = place

    def reply(self, reply: Reply) -> Reply:
        """Hold each of the choices that are asked for against the call."""
        if not reply.choices:
            return self._obeying(reply)
        asked = reply.choices[: self._call.choices]
        obeying = tuple(map(self._obeying, asked))
        if all(one is other for one, other in zip(asked, obeying, strict=True)):
            return reply
        return msgspec.structs.replace(reply, choices=obeying, rendered={})

    def _obeying(self, reply: Reply) -> Reply:
        kept = self._kept(reply)
        if reply.finish_reason not in _UNFINISHED:
            for call in kept:
                self._check_arguments(call)
            if not kept and not reply.broken and reply.refusal is None and reply.content is not None:
                self._check_text(reply.content)
        return _ending(_with(reply, kept), forced=self._call.tool_choice.forced)

    def _kept(self, reply: Reply) -> tuple[ToolCall, ...]:
        """Return the calls that the request allows."""
        choice = self._call.tool_choice
        kept = reply.tool_calls
        if choice.mode == "none":
            kept = ()
        elif choice.names:
            kept = tuple(call for call in kept if call.name in choice.names)
        self._check_called(reply, kept)
        self._check_left_out(reply, kept, "tool_choice")
        if not self._call.parallel_tool_calls and len(kept) > 1:
            kept = kept[:1]
            self._check_left_out(reply, kept, "functions" if self._call.legacy_functions else "parallel_tool_calls")
        return kept

    def _check_called(self, reply: Reply, kept: tuple[ToolCall, ...]) -> None:
        choice = self._call.tool_choice
        excused = reply.refusal is not None or reply.finish_reason in _UNFINISHED
        if choice.mode == "required" and not kept and not excused:
            wanted = " or ".join(map(repr, choice.names)) or "any of its tools"
            raise self._contradiction("tool_choice", f"{_said(reply)}, and the request asks for a call of {wanted}")

    def _check_left_out(self, reply: Reply, kept: tuple[ToolCall, ...], param: str) -> None:
        left_out = [call for call in reply.tool_calls if call not in kept]
        awaited = [call for call in left_out if self._is_awaited(call)]
        if awaited or (left_out and not kept and reply.content is None and reply.refusal is None):
            names = ", ".join(call.name for call in awaited or left_out)
            raise self._contradiction(param, f"it calls {names}, and the request does not allow that by its {param}")

    def _is_awaited(self, call: ToolCall) -> bool:
        """Whether the steps up to the next turn hold the result of a call."""
        following = takewhile(lambda step: isinstance(step, Expected), self._flow.steps[self._place + 1 :])
        results = [step for step in following if isinstance(step, Expected) and step.role == "tool"]
        return any(step.tool_call_id in (None, call.id) for step in results)

    def _check_text(self, text: str) -> None:
        if self._call.response_format == "text":
            return
        schema = _OBJECT if self._call.schema is None else self._call.schema
        fault = _fault(schema, text, "response_format", "response_format")
        if fault is not None:
            kind = self._call.response_format
            raise self._contradiction("response_format", f"its text is not what {kind} asks for: {fault}", "the turn")

    def _check_arguments(self, call: ToolCall) -> None:
        tool = next((tool for tool in self._call.tools if tool.name == call.name), None)
        if call.broken or tool is None or not tool.strict or tool.parameters is None:
            return
        fault = _fault(tool.parameters, call.arguments, f"function '{tool.name}'", "tools")
        if fault is not None:
            what = f"it calls {call.name} with arguments that are not what its strict parameters ask for: {fault}"
            raise self._contradiction("tools", what, "the tool call")

    def _contradiction(self, param: str, what: str, breakable: str = "") -> ScriptError:
        meant = f"; if it is meant so, set `broken: true` on {breakable}" if breakable else ""
        return ScriptError(
            f"The response '{self._flow.id}' contradicts the request at messages[{self._place}]: {what}. Mend that "
            f"message, or answer such requests by a response of their own{meant}. The header x-mock-validation: warn "
            "sends what the script says.",
            param=param,
        )


def _fault(schema: dict[str, Any], text: str, whose: str, param: str) -> Fault | None:
    try:
        return text_fault(schema, text)
    except ValueError as error:
        raise ApiError(400, f"Invalid schema for {whose}: {error}", param=param) from None


def _said(reply: Reply) -> str:
    names = ", ".join(call.name for call in reply.tool_calls)
    return f"it calls {names}" if names else "it answers with text"


def _with(reply: Reply, kept: tuple[ToolCall, ...]) -> Reply:
    """Return the reply with some of its calls. It is kept with the reply, whose frames are encoded once."""
    if len(kept) == len(reply.tool_calls):
        return reply
    key = ("calls", *kept)
    if key not in reply.rendered:
        ends = reply.finish_reason if kept or reply.finish_reason != "tool_calls" else None
        reply.rendered[key] = msgspec.structs.replace(reply, tool_calls=kept, finish_reason=ends, rendered={})
    changed: Reply = reply.rendered[key]
    return changed


def _ending(reply: Reply, *, forced: bool) -> Reply:
    """Return the reply with the reason that the real API gives for a call that it was told to make: ``stop``."""
    if not forced or reply.finish_reason is not None or not reply.tool_calls:
        return reply
    if "forced" not in reply.rendered:
        reply.rendered["forced"] = msgspec.structs.replace(reply, finish_reason="stop", rendered={})
    changed: Reply = reply.rendered["forced"]
    return changed
