"""From a checked configuration to the script that answers."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec import UNSET

from openai_mock_api.config.comparison import matcher_of, text_matcher_of, text_of
from openai_mock_api.config.shapes import given
from openai_mock_api.config.templating import Seat, with_templates
from openai_mock_api.lazy import Lazy
from openai_mock_api.script.flows import Expected, Flow, Step, Turn
from openai_mock_api.script.matching.conditions import BodyValue, Condition, Glob, Offers, Streaming, header_conditions
from openai_mock_api.script.matching.expectations import Expectation, Said, Schema
from openai_mock_api.script.messages import Speaker, ToolCall
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import PRESETS, Citation, Failure, Fault, Reply
from openai_mock_api.script.script import Script
from openai_mock_api.script.templates.groups import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openai_mock_api.config import items, model
    from openai_mock_api.config.reading import Origin
    from openai_mock_api.script.replies import FinishReason
else:
    items = Lazy("openai_mock_api.config.items")

#: Where responses are written that were built in Python.
NOWHERE: Final[Mapping[str, Origin]] = MappingProxyType({})

_ROLES: Final[MappingProxyType[str, Speaker]] = MappingProxyType(
    {"system": "system", "developer": "system", "user": "user", "tool": "tool", "any": "any"}
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


def compile_script(config: model.MockConfig, origins: Mapping[str, Origin] = NOWHERE) -> Script:
    """Build the script. ``origins`` says where the response of each id is written, for the errors of templates.

    Raises ``ValueError`` for what the rules would have refused, such as a broken regex.
    """
    return Script(flows_of(config, origins))


def flows_of(config: model.MockConfig, origins: Mapping[str, Origin] = NOWHERE) -> Iterator[Flow]:
    """Build the flows of a configuration, as ``compile_script`` does."""
    return (flow_of(response, config.reply, origins.get(response.id)) for response in config.responses)


def flow_of(
    response: model.MockResponse, reply: Literal["next", "last"] = "next", origin: Origin | None = None
) -> Flow:
    """Build one flow; ``reply`` says which turn answers when the response does not."""
    return Flow(
        id=response.id,
        steps=tuple(steps_of(response, origin)),
        conditions=conditions_of(response.when),
        priority=response.priority,
        anchor=response.anchor,
        choose=reply if response.reply is UNSET else response.reply,
        written=response,
    )


def steps_of(response: model.MockResponse, origin: Origin | None) -> Iterator[Step]:
    """Build the steps of a flow, with what its turns fill in."""
    groups = Names.of(matcher_of(message) for message in response.messages if message.matcher == "regex")
    for i, message in enumerate(response.messages):
        yield with_templates(step_of(message), message, Seat(response.id, ("messages", i), groups, origin))


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
    failure, fault = _failure(turn), fault_of(turn)
    silent = turn.tool_calls or turn.refusal is not None or turn.items or failure is not None
    content = said_by(turn)
    wordless = content is None or content is UNSET
    finish_reason: FinishReason | None = _or_none(turn.finish_reason)
    return Reply(
        content=None if silent and wordless else text_of(content),
        tool_calls=tuple(tool_call_of(call) for call in turn.tool_calls),
        refusal=turn.refusal,
        reasoning=turn.reasoning,
        annotations=tuple(citation_of(annotation) for annotation in turn.annotations),
        logprobs=tuple(turn.logprobs) if isinstance(turn.logprobs, list) else _or_none(turn.logprobs),
        audio=None if turn.audio is UNSET else _or_none(turn.audio.data),
        items=tuple(items.completed(item) for item in turn.items),
        choices=tuple(reply_of(choice) for choice in turn.choices),
        finish_reason=finish_reason,
        usage=given(turn.usage),
        model=_or_none(turn.model),
        system_fingerprint=_or_none(turn.system_fingerprint),
        headers=turn.headers,
        pacing=pacing_of(turn.pacing),
        delay=turn.delay,
        failure=failure,
        fault=fault,
        content_filter=given(turn.content_filter),
        expectation=None if turn.expect is UNSET else expectation_of(turn.expect),
        broken=turn.broken,
    )


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value


def said_by(turn: model.AssistantTurn) -> Any:
    """Return a turn's content, which may be the words of its sound."""
    return turn.content if turn.audio is UNSET or turn.audio.transcript is UNSET else turn.audio.transcript


def citation_of(annotation: model.Annotation) -> Citation:
    """Build a source of the text."""
    citation: model.UrlCitation = annotation if annotation.url_citation is UNSET else annotation.url_citation
    return Citation(
        url=str(citation.url),
        title=str(citation.url if citation.title is UNSET else citation.title),
        text=_or_none(citation.text),
        start=0 if citation.start_index is UNSET else citation.start_index,
        end=_or_none(citation.end_index),
    )


def tool_call_of(call: model.ToolCall) -> ToolCall:
    """Build a tool call; its arguments become text."""
    if call.custom is not UNSET:
        return ToolCall(call.id, call.custom.name, call.custom.input, "custom")
    assert call.function is not UNSET
    return ToolCall(call.id, call.function.name, text_of(call.function.arguments), broken=call.broken)


def pacing_of(pacing: model.Pacing) -> Pacing:
    """Build a pacing, in seconds between tokens."""
    inter_token = 0.0
    if pacing.tokens_per_second is not UNSET:
        inter_token = 1 / pacing.tokens_per_second
    elif pacing.inter_token is not UNSET:
        inter_token = pacing.inter_token
    return Pacing(pacing.ttft, inter_token, pacing.chunk)


def fault_of(turn: model.AssistantTurn) -> Fault | None:
    """Build what lets an answer break off."""
    fault = turn.fault
    if fault is UNSET:
        return None
    return Fault(fault) if isinstance(fault, str) else Fault(fault.type, _or_none(fault.after))


def _failure(turn: model.AssistantTurn) -> Failure | None:
    """Build the error that a turn answers with, or breaks off with."""
    if turn.error is UNSET:
        return None if turn.fault is UNSET else PRESETS["server_error"]
    return failure_of(turn.error)


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


def expectation_of(expect: model.Expect) -> Expectation:
    """Build what a turn expects of the requests that reach it."""
    texts = (("system", "system", expect.system), ("user", "last_user", expect.user))
    return Expectation(
        conditions=(
            *conditions_of(expect),
            *(Said(name, field, text_matcher_of(text)) for name, field, text in texts if text is not UNSET),
            *((Schema(expect.schema),) if expect.schema else ()),
        ),
        hard=expect.mode == "hard",
    )


def _globs(name: str, patterns: Any) -> tuple[Glob, ...]:
    if patterns is UNSET:
        return ()
    return (Glob.of(name, [patterns] if isinstance(patterns, str) else patterns),)
