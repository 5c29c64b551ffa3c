"""What must hold of a message and of what the assistant says, beyond types.

A rule takes a Struct and yields complaints: the keys below it, and what is wrong. It may meet fields that are
``UNSET`` because they could not be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from msgspec import UNSET

from openai_mock_api.config.answer_rules import ANSWER_RULES, beside_the_text, choices
from openai_mock_api.config.comparison import matcher_of
from openai_mock_api.config.complaints import not_negative
from openai_mock_api.config.item_rules import items
from openai_mock_api.config.model import (
    AssistantTurn,
    ConversationMessage,
    Error,
    Fault,
    Pacing,
    ToolCall,
    ToolFunction,
    ToolKind,
    Usage,
)
from openai_mock_api.config.shapes import fields_of, is_given, was_read
from openai_mock_api.config.templating import templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai_mock_api.config.complaints import Complaint, Rule
    from openai_mock_api.config.places import KeyPath

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})

#: Keys of a turn that say nothing on an expected message; the npm package tolerates ``tool_calls`` there.
_TURN_KEYS: Final = (
    *(key for key in fields_of(AssistantTurn) if key not in ("content", "tool_calls")),
    "sequence",
    "then",
)
_ANSWER_KEYS: Final = ("content", "audio", "choices", "tool_calls", "refusal")


def header_names(key: str, headers: Mapping[str, str]) -> Iterator[Complaint]:
    """Names must be tokens of RFC 9110."""
    for name in headers:
        if not _HEADER_NAME.match(name):
            yield (key, name), "not a name for a header; use letters, digits and hyphens"


def header_value(path: KeyPath, value: str) -> Iterator[Complaint]:
    """Values must be Latin-1 without control characters."""
    if _CONTROL.search(value):
        yield path, "a header cannot hold line breaks or control characters"
    elif not value.isascii() and not _is_latin_1(value):
        yield path, f"a header holds Latin-1 only, got {value!r}; encode it"


def _is_latin_1(value: str) -> bool:
    return all(character <= "\xff" for character in value)


def _answer_headers(struct: AssistantTurn | Error) -> Iterator[Complaint]:
    yield from header_names("headers", struct.headers)
    for name, value in struct.headers.items():
        yield from header_value(("headers", name), value)
        if name.lower() in _FRAMING:
            yield ("headers", name), "the server sets this header itself; remove it"


def _tool_function(function: ToolFunction) -> Iterator[Complaint]:
    if function.name == "":
        yield ("name",), "is empty; name the function"


def _tool_call(call: ToolCall) -> Iterator[Complaint]:
    if call.id == "":
        yield ("id",), "is empty; give the call an id"
    named = [kind for kind in get_args(ToolKind) if getattr(call, kind) is not UNSET]
    if not named:
        yield (), "calls nothing; add `function`, or `custom` for a custom tool"
    elif len(named) > 1:
        yield ("custom",), "stands instead of `function`, which is also given; remove one"
    elif call.type not in (UNSET, named[0]):
        yield ("type",), f"says {call.type}, but the call has `{named[0]}`"


def _arguments(calls: Iterable[ToolCall]) -> Iterator[Complaint]:
    for i, call in enumerate(calls):
        if call.function is UNSET or call.broken or not isinstance(call.function.arguments, str):
            continue
        fault = json_fault(call.function.arguments)
        if fault:
            hint = "mend it, or set `broken: true` on the tool call to send it on purpose"
            yield ("tool_calls", i, "function", "arguments"), f"is not JSON: {fault}; {hint}"


def json_fault(text: str) -> str:
    """Say why a text is not JSON; empty for one that is."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)
    return ""


def _error(error: Error) -> Iterator[Complaint]:
    if error.status is not UNSET and not 400 <= error.status <= 599:
        yield ("status",), f"expected 400 to 599, got {error.status}"
    yield from not_negative(error, "retry_after")
    yield from _answer_headers(error)


def _fault(fault: Fault) -> Iterator[Complaint]:
    yield from not_negative(fault, "after")


def _pacing(pacing: Pacing) -> Iterator[Complaint]:
    yield from not_negative(pacing, "ttft", "inter_token")
    speed = pacing.tokens_per_second
    if speed is not UNSET and speed <= 0:
        yield ("tokens_per_second",), f"expected more than 0, got {speed:g}; leave it out for no delay"
    if speed is not UNSET and pacing.inter_token is not UNSET:
        yield ("inter_token",), "is the inverse of `tokens_per_second`, which is also given; remove one"


def _usage(usage: Usage) -> Iterator[Complaint]:
    yield from not_negative(usage, *fields_of(Usage))


def _turn(turn: AssistantTurn) -> Iterator[Complaint]:
    yield from not_negative(turn, "delay")
    yield from beside_the_text(turn)
    yield from items(turn)
    yield from choices(turn)
    yield from _answer_headers(turn)
    yield from templates(turn) if turn.template else _arguments(turn.tool_calls)
    said = [key for key in _ANSWER_KEYS if getattr(turn, key) not in (UNSET, None, [], "")]
    if turn.error is not UNSET and turn.fault is UNSET and (said or turn.items):
        beside = said[0] if said else "items"
        hint = "remove one, use `sequence`, or let the answer break off by `fault`"
        yield ("error",), f"is an answer of its own, but `{beside}` is given too; {hint}"
    elif turn.refusal is not None and len(said) > 1:
        yield ("refusal",), f"stands instead of an answer, but `{said[0]}` is given too; remove one"
    if turn.broken and turn.content in (None, UNSET) and turn.audio is UNSET:
        yield ("broken",), "says that the text is meant so, but there is none; add `content`, or remove it"


def _message(message: ConversationMessage) -> Iterator[Complaint]:
    if not was_read(message.role):
        return
    yield from _assistant(message) if message.role == "assistant" else _expected(message)
    yield from comparison(message)


def _assistant(message: ConversationMessage) -> Iterator[Complaint]:
    yield from _turn(message)
    if message.sequence:
        for key in filter(lambda key: is_given(message, key), fields_of(AssistantTurn)):
            yield (key,), "goes into the entries of `sequence`, which answer instead of this message"
    elif message.then != "repeat":
        yield ("then",), "says what follows a `sequence`, but there is none"
    if message.parts:
        yield ("parts",), "asks for content parts of the client's message; an assistant message has none"
    if message.matcher is UNSET:
        for key in ("case_sensitive", "not"):
            if is_given(message, key):
                yield (key,), "needs a `matcher`; without one an assistant message is not compared"
    elif message.matcher != "any" and message.content in (None, UNSET):
        yield ("matcher",), "has no `content` to compare with; add it, or remove the matcher"
    elif message.matcher != "any" and message.template:
        yield ("matcher",), "compares with `content`, which is a template; write `matcher: any`, or remove it"


def _expected(message: ConversationMessage) -> Iterator[Complaint]:
    yield from _arguments(message.tool_calls)
    kind = "a message of any role" if message.role == "any" else f"a {message.role} message"
    for key in _TURN_KEYS:
        if is_given(message, key):
            yield (key,), f"says how the assistant answers; {kind} is what the client sends"
    if message.role == "tool" and not message.tool_call_id:
        yield (), "a tool message needs `tool_call_id`, the id of the call that it answers"
    missing = message.content in (None, UNSET, "") and message.matcher != "any"
    if missing and not message.tool_calls and not message.parts:
        yield (), f"{kind} needs `content`; for any text write `matcher: any`"


def comparison(message: ConversationMessage) -> Iterator[Complaint]:
    """Keys that say how a text is compared must agree with each other."""
    fits_all = message.matcher == "any" or (message.parts and message.content in (None, UNSET))
    if message.matcher == "any" and message.content not in (None, UNSET):
        yield ("content",), "`matcher: any` takes no content; remove one of them"
    if message.not_ and fits_all:
        yield ("not",), "inverts a matcher that fits every text, so nothing would fit"
    if message.matcher == "json" and message.case_sensitive is False:
        yield ("case_sensitive",), "`matcher: json` always compares case; remove it"
    if message.matcher == "fuzzy" and not 0 <= message.threshold <= 1:
        yield ("threshold",), f"expected a number from 0 to 1, got {message.threshold:g}"
    elif message.matcher in ("regex", "json"):
        yield from _pattern(message)


def _pattern(message: ConversationMessage) -> Iterator[Complaint]:
    try:
        matcher_of(message)
    except (ValueError, RecursionError) as error:
        yield ("content",), str(error)


TURN_RULES: Final[dict[type[msgspec.Struct], Rule]] = {
    **ANSWER_RULES,
    ToolFunction: _tool_function,
    ToolCall: _tool_call,
    Error: _error,
    Fault: _fault,
    Pacing: _pacing,
    Usage: _usage,
    AssistantTurn: _turn,
    ConversationMessage: _message,
}
