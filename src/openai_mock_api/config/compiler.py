"""From a checked configuration to the script that answers."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec import UNSET

from openai_mock_api.config.comparison import matcher_of, text_of
from openai_mock_api.config.shapes import given
from openai_mock_api.script.conditions import BodyValue, Condition, Glob, Offers, Streaming, header_conditions
from openai_mock_api.script.flows import Expected, Flow, Step, Turn
from openai_mock_api.script.messages import Role, ToolCall
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import PRESETS, Failure, Reply
from openai_mock_api.script.script import Script

if TYPE_CHECKING:
    from openai_mock_api.config import model
    from openai_mock_api.script.replies import FinishReason

_ROLES: Final[MappingProxyType[str, Role]] = MappingProxyType(
    {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
)

#: The error that a status stands for when no preset is named.
_BY_STATUS: Final = MappingProxyType(
    {
        401: "invalid_api_key",
        403: "permission_denied",
        404: "model_not_found",
        408: "timeout",
        429: "rate_limit",
        500: "server_error",
        503: "overloaded",
    }
)

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def compile_script(config: model.MockConfig) -> Script:
    """Build the script. Raises ``ValueError`` for what the rules would have refused, such as a broken regex."""
    return Script(flow_of(response, config.reply) for response in config.responses)


def flow_of(response: model.MockResponse, reply: Literal["next", "last"] = "next") -> Flow:
    """Build one flow; ``reply`` says which turn answers when the response does not."""
    return Flow(
        id=response.id,
        steps=tuple(step_of(message) for message in response.messages),
        conditions=conditions_of(response.when),
        priority=response.priority,
        anchor=response.anchor,
        choose=reply if response.reply is UNSET else response.reply,
    )


def step_of(message: model.ConversationMessage) -> Step:
    """Build a step: an expected message, or a turn."""
    if message.role != "assistant":
        return Expected(
            role=_ROLES[message.role],
            matcher=matcher_of(message),
            tool_call_id=message.tool_call_id if message.role == "tool" else None,
            parts=tuple(message.parts),
        )
    return Turn(
        replies=tuple(reply_of(turn) for turn in message.sequence or [message]),
        then=message.then,
        matcher=None if message.matcher is UNSET else matcher_of(message),
    )


def reply_of(turn: model.AssistantTurn) -> Reply:
    """Build what the assistant says once. A turn that says nothing says the empty text."""
    silent = turn.tool_calls or turn.refusal is not None or turn.error is not UNSET
    wordless = turn.content is None or turn.content is UNSET
    finish_reason: FinishReason | None = _or_none(turn.finish_reason)
    return Reply(
        content=None if silent and wordless else text_of(turn.content),
        tool_calls=tuple(tool_call_of(call) for call in turn.tool_calls),
        refusal=turn.refusal,
        finish_reason=finish_reason,
        usage=given(turn.usage),
        model=_or_none(turn.model),
        system_fingerprint=_or_none(turn.system_fingerprint),
        headers=turn.headers,
        pacing=pacing_of(turn.pacing),
        delay=turn.delay,
        failure=None if turn.error is UNSET else failure_of(turn.error),
    )


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value


def tool_call_of(call: model.ToolCall) -> ToolCall:
    """Build a tool call; its arguments become text."""
    return ToolCall(call.id, call.function.name, text_of(call.function.arguments))


def pacing_of(pacing: model.Pacing) -> Pacing:
    """Build a pacing, in seconds between tokens."""
    inter_token = 0.0
    if pacing.tokens_per_second is not UNSET:
        inter_token = 1 / pacing.tokens_per_second
    elif pacing.inter_token is not UNSET:
        inter_token = pacing.inter_token
    return Pacing(pacing.ttft, inter_token, pacing.chunk)


def failure_of(error: str | model.Error) -> Failure:
    """Build a failure: a preset's, or the one its status stands for, with the given fields replaced."""
    if isinstance(error, str):
        return PRESETS[error]
    fields = given(error)
    preset = fields.pop("preset", None)
    base = PRESETS[preset] if preset else _by_status(fields.get("status", 500))
    return msgspec.structs.replace(base, **fields)


def _by_status(status: int) -> Failure:
    if status in _BY_STATUS:
        return PRESETS[_BY_STATUS[status]]
    kind = "invalid_request_error" if status < 500 else "server_error"
    return Failure(status=status, type=kind, message=_PHRASES.get(status, "Error"))


def conditions_of(when: model.When) -> tuple[Condition, ...]:
    """Build the conditions, cheapest first."""
    return (
        *_globs("endpoint", when.endpoint),
        *(() if when.stream is UNSET else (Streaming(when.stream),)),
        *_globs("model", when.model),
        *_globs("response_format", when.response_format),
        *((Offers(tuple(when.tools)),) if when.tools else ()),
        *header_conditions(when.headers),
        *(BodyValue(path, value) for path, value in when.body.items()),
    )


def _globs(name: str, patterns: Any) -> tuple[Glob, ...]:
    if patterns is UNSET:
        return ()
    return (Glob.of(name, [patterns] if isinstance(patterns, str) else patterns),)
