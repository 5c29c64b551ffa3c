"""What the assistant answers, as functions: the keys of a configuration that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal, TypedDict, Unpack, overload

import msgspec
from msgspec import UNSET

from openai_mock_api.config import model
from openai_mock_api.config.arguments import checked
from openai_mock_api.config.model import AssistantTurn, ConversationMessage, Expect, ToolCall, ToolFunction
from openai_mock_api.config.shapes import fields_of, given
from openai_mock_api.config.turn_rules import json_fault
from openai_mock_api.script.flows import Then
from openai_mock_api.script.messages import Call
from openai_mock_api.testing.texts import Text

#: A function that makes an answer: it gets the call, and returns what ``assistant`` takes; also ``async``.
Function = Callable[[Call], Any]

#: What the assistant says: a text, data that becomes JSON text, or a call of a tool.
Says = str | Mapping[str, Any] | list[Any] | ToolCall

#: The longest name of a tool that goes into the id of a call, in characters.
_NAME: Final = 30


class TurnKeys(TypedDict, total=False):
    """The keys of a turn beside ``content`` and ``tool_calls``; see the configuration's."""

    refusal: str
    broken: bool
    reasoning: str
    annotations: list[Any]
    items: list[Any]
    logprobs: float | list[float]
    audio: model.Audio | Mapping[str, Any]
    choices: list[Any]
    template: bool
    finish_reason: model.FinishReason
    usage: model.Usage | Mapping[str, Any]
    model: str
    system_fingerprint: str | None
    headers: dict[str, str]
    delay: float
    pacing: model.Pacing | Mapping[str, Any]
    error: model.ErrorName | model.Error | Mapping[str, Any]
    fault: model.FaultName | model.Fault | Mapping[str, Any]
    content_filter: model.ContentFilter | Mapping[str, Any]
    expect: Expect | Mapping[str, Any]


@dataclass(frozen=True)
class FunctionTurn:
    """A turn of the assistant that functions make: ``functions`` by the place in its sequence, 0 without one.

    ``message`` has an error in their places, for those who read the script without them.
    """

    message: ConversationMessage
    functions: dict[int, Function]


@checked
def tool_call(name: str, arguments: Mapping[str, Any] | str | None = None, /, **more: Any) -> ToolCall:
    """Call a function with arguments: those named, or a mapping of them, or text as it is sent, even if it is no JSON.

    The id is made of the name; of equal ones in a conversation, the later get a number.
    """
    if isinstance(arguments, str) and more:
        raise TypeError("arguments are given as text, and by name too; remove one")
    said = arguments if isinstance(arguments, str) else {**(arguments or {}), **more}
    function = ToolFunction(name=name, arguments=said)
    return ToolCall(id=_id_of(name), function=function, broken=isinstance(said, str) and json_fault(said) != "")


def _id_of(name: str) -> str:
    return f"call_{name[:_NAME]}"


def numbered(calls: Iterable[ToolCall], used: set[str] | None = None) -> list[ToolCall]:
    """Give calls whose ids are made of names, and already ``used``, a number. Adds to ``used``."""
    used = set() if used is None else used
    return [_with_own_id(call, used) for call in calls]


def _with_own_id(call: ToolCall, used: set[str]) -> ToolCall:
    id_ = call.id
    if id_ in used and call.function is not UNSET and id_ == _id_of(call.function.name):
        id_ = next(f"{call.id}_{n}" for n in count(2) if f"{call.id}_{n}" not in used)
    used.add(id_)
    return msgspec.structs.replace(call, id=id_)


@overload
def assistant(*says: Says, **keys: Unpack[TurnKeys]) -> ConversationMessage: ...
@overload
def assistant(says: Function, /, **keys: Unpack[TurnKeys]) -> FunctionTurn: ...
@checked
def assistant(*says: Any, **keys: Unpack[TurnKeys]) -> ConversationMessage | FunctionTurn:
    """Let the assistant answer with a text, with data that becomes JSON text, with calls of tools, or with a function.

    ``keys`` are those of a turn in a configuration: ``error``, ``delay``, ``expect`` …
    """
    if len(says) == 1 and callable(says[0]):
        placeholder = ConversationMessage(role="assistant", error=_made_by(says[0]), **_beside_functions(keys))
        return FunctionTurn(placeholder, {0: says[0]})
    calls = numbered(said for said in says if isinstance(said, ToolCall))
    content: Any = UNSET
    more: dict[str, Any] = {**keys}
    for said in says:
        if isinstance(said, ToolCall):
            continue
        if content is not UNSET:
            raise TypeError("an answer has one text; give several answers by `sequence`")
        if not isinstance(said, str | Mapping | list):
            raise TypeError(f"expected text, a mapping, a list or tool_call(…), got {type(said).__name__}")
        content = said
    return ConversationMessage(role="assistant", content=content, tool_calls=calls, **more)


def _made_by(function: Function) -> Any:
    message = f"The function {name_of(function)} of a test answers here. Write what it says instead."
    return {"status": 400, "type": "invalid_request_error", "code": "script_error", "message": message}


def _beside_functions(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that may stand beside a function: what is asked of the request, not what is answered."""
    others = keys.keys() - {"expect"}
    if others:
        raise TypeError(f"`{min(others)}` belongs to the answer; let the function return assistant(…, {min(others)}=…)")
    return dict(keys)


def name_of(function: Function) -> str:
    """Name a function: ``tests.test_weather.answer``."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '')}.{name}".removeprefix(".")


@overload
def sequence(*turns: Says | AssistantTurn, then: Then = "repeat") -> ConversationMessage: ...
@overload
def sequence(
    *turns: Says | AssistantTurn | Function | FunctionTurn, then: Then = "repeat"
) -> ConversationMessage | FunctionTurn: ...
@checked
def sequence(*turns: Any, then: Then = "repeat") -> ConversationMessage | FunctionTurn:
    """Let the assistant answer one call after the other, each with what ``assistant`` takes or returns.

    ``then`` says what follows the last: it again (``repeat``), the first again (``loop``), or no match (``miss``).
    """
    said = [turn if isinstance(turn, AssistantTurn | FunctionTurn) else assistant(turn) for turn in turns]
    entries = [bare(turn.message if isinstance(turn, FunctionTurn) else turn) for turn in said]
    message = ConversationMessage(role="assistant", sequence=entries, then=then)
    functions = {i: turn.functions[0] for i, turn in enumerate(said) if isinstance(turn, FunctionTurn)}
    return FunctionTurn(message, functions) if functions else message


def bare(turn: AssistantTurn) -> AssistantTurn:
    """Return a turn as an entry of a sequence. Raises ``TypeError`` for one that says more."""
    more = given(turn).keys() - fields_of(AssistantTurn).keys() - {"role"}
    if more or getattr(turn, "role", "assistant") != "assistant":
        raise TypeError("expected an answer of the assistant, such as assistant(…); it has no sequence of its own")
    return AssistantTurn(**{name: getattr(turn, name) for name in AssistantTurn.__struct_fields__})


@checked
def expect(
    *,
    tools: Iterable[str] = (),
    system: Text | None = None,
    user: Text | None = None,
    model: str | list[str] | None = None,
    response_format: model.ResponseFormat | list[model.ResponseFormat] | None = None,
    schema: Mapping[str, Any] | None = None,
    stream: bool | None = None,
    endpoint: model.Endpoint | list[model.Endpoint] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    mode: Literal["soft", "hard"] = "soft",
) -> Expect:
    """Say what the request that gets an answer must hold, beyond what has made it match.

    ``soft`` lets the test fail in the end, ``hard`` refuses the request.
    """
    optional: dict[str, Any] = {
        "system": system,
        "user": user,
        "model": model,
        "response_format": response_format,
        "stream": stream,
        "endpoint": endpoint,
    }
    return Expect(
        tools=list(tools),
        schema=dict(schema or {}),
        headers=dict(headers or {}),
        body=dict(body or {}),
        mode=mode,
        **{key: value for key, value in optional.items() if value is not None},
    )
