"""The request of ``POST /v1/chat/completions`` becomes a call: checked as strictly as its level says, then built.

Building takes whatever can be understood, so that it also serves requests that were not checked, or not found good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.errors import ApiError
from openai_mock_api.script.levels import weigh
from openai_mock_api.script.messages import ANY_TOOL, Call, Tool, ToolChoice
from openai_mock_api.surfaces.chat.messages import check_messages, read_messages
from openai_mock_api.surfaces.chat.parameters import PARAMETERS, check_names, check_parameters, chosen_tools
from openai_mock_api.surfaces.validation import bad, readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import ToolKind, Validation

#: More answers than this are not made, whatever an unchecked request asks for.
MOST_CHOICES: Final = 128

#: Parameters that are read here, whatever their form.
_BUILT: Final = frozenset(
    {"tools", "functions", "tool_choice", "function_call", "response_format", "stop", "stream_options"}
)

_FORMATS: Final = frozenset({"text", "json_object", "json_schema"})
_MODES: Final[dict[Any, ToolChoice]] = {
    "none": ToolChoice("none"),
    "auto": ANY_TOOL,
    "required": ToolChoice("required"),
}


def parse(request: Request, document: dict[str, Any], validation: Validation = "strict") -> Call:
    """Check the decoded body and build the call.

    Raises ``ApiError`` for the first thing that the real API refuses; at the levels ``warn`` and ``off`` only for what
    cannot be understood: no messages, or some without a role.
    """
    fault = None if validation == "off" else _fault(document)
    if fault is not None and validation == "strict":
        raise fault
    if fault is not None or validation == "off":
        document = readable(document, PARAMETERS, _BUILT)
    call = _build(request, document, validation)
    if fault is not None:
        weigh(call, fault)
    return call


def _fault(document: dict[str, Any]) -> ApiError | None:
    """Return the first thing that the real API refuses."""
    try:
        check_names(document)
        check_messages(document["messages"])
        check_parameters(document)
        _check_json_is_named(document)
    except ApiError as fault:
        return fault
    return None


def _check_json_is_named(document: dict[str, Any]) -> None:
    if (document.get("response_format") or {}).get("type") != "json_object":
        return
    if not any("json" in message.text.lower() for message in read_messages(document["messages"])):
        raise bad(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            "messages",
            None,
        )


def _build(request: Request, document: dict[str, Any], validation: Validation) -> Call:
    call = Call(
        endpoint="chat",
        model=_text(document.get("model")),
        messages=read_messages(document.get("messages")),
        stream=document.get("stream") is True,
        max_tokens=_count(document.get("max_completion_tokens")) or _count(document.get("max_tokens")),
        headers=request.headers,
        body=request.body,
        parameters=document,
        validation=validation,
    )
    for name in filter(document.__contains__, _MORE):
        _MORE[name](call, document)
    return call


def _read_stream_options(call: Call, document: dict[str, Any]) -> None:
    call.include_usage = _object(document["stream_options"]).get("include_usage") is True


def _read_stop(call: Call, document: dict[str, Any]) -> None:
    stop = document["stop"]
    texts = stop if type(stop) is list else [stop]
    call.stops = tuple(text for text in texts if type(text) is str and text)


def _read_n(call: Call, document: dict[str, Any]) -> None:
    call.choices = min(_count(document["n"]) or 1, MOST_CHOICES)


def _read_logprobs(call: Call, document: dict[str, Any]) -> None:
    if document["logprobs"] is True:
        call.logprobs = _count(document.get("top_logprobs")) or 0


def _read_response_format(call: Call, document: dict[str, Any]) -> None:
    response_format = _object(document["response_format"])
    kind = _text(response_format.get("type"))
    call.response_format = kind if kind in _FORMATS else "text"
    schema = _object(response_format.get("json_schema")).get("schema")
    call.schema = schema if type(schema) is dict and kind == "json_schema" else None


def _read_tools(call: Call, document: dict[str, Any]) -> None:
    call.tools = _tools(document)
    if call.tools:
        call.legacy_functions = not document.get("tools")
        call.tool_choice = _tool_choice(document)
        call.parallel_tool_calls = document.get("parallel_tool_calls") is not False and not call.legacy_functions


#: What reads the parameters that many requests do not have.
_MORE: Final[dict[str, Callable[[Call, dict[str, Any]], None]]] = {
    "stream_options": _read_stream_options,
    "stop": _read_stop,
    "n": _read_n,
    "logprobs": _read_logprobs,
    "response_format": _read_response_format,
    "tools": _read_tools,
    "functions": _read_tools,
}


def _object(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else {}


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _count(value: Any) -> int | None:
    """Return a number of things, None when there are none: a limit of 0 is no limit."""
    return value if type(value) is int and value > 0 else None


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _tools(document: dict[str, Any]) -> tuple[Tool, ...]:
    """Return the tools that have names, the older ``functions`` behind them."""
    functions = [{"type": "function", "function": entry} for entry in _list(document.get("functions"))]
    tools = (_tool(_object(entry)) for entry in [*_list(document.get("tools")), *functions])
    return tuple(tool for tool in tools if tool.name)


def _tool(entry: dict[str, Any]) -> Tool:
    kind: ToolKind = "custom" if entry.get("type") == "custom" else "function"
    said = _object(entry.get(kind))
    parameters = said.get("parameters")
    return Tool(
        _text(said.get("name")),
        _text(said.get("description")),
        parameters if type(parameters) is dict else None,
        kind,
        said.get("strict") is True,
    )


def _tool_choice(document: dict[str, Any]) -> ToolChoice:
    """Return what the request says about calling tools, also by the older ``function_call``."""
    chosen = document.get("tool_choice")
    if chosen is None:
        chosen = document.get("function_call")
        if type(chosen) is dict:
            chosen = {"type": "function", "function": chosen}
    if type(chosen) is str:
        return _MODES.get(chosen, ANY_TOOL)
    names = tuple(chosen_tools(chosen))
    mode = _object(_object(chosen).get("allowed_tools")).get("mode") if names else "auto"
    return ToolChoice("auto" if mode == "auto" else "required", names)
