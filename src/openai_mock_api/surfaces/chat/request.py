"""The request of ``POST /v1/chat/completions`` becomes a call: checked as strictly as its level says, then built.

Building takes whatever can be understood, so that it also serves requests that were not checked, or not found good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.levels import weigh
from openai_mock_api.script.messages import ANY_TOOL, Call, Tool, ToolChoice
from openai_mock_api.surfaces.chat.messages import check_messages, read_messages
from openai_mock_api.surfaces.chat.parameters import PARAMETERS, check_names, check_parameters, chosen_tools
from openai_mock_api.surfaces.parameters import fault_in, readable
from openai_mock_api.surfaces.reading import FORMATS, MODES, count_of, grammar_of, list_of, object_of, stops_of, text_of
from openai_mock_api.surfaces.validation import bad

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


def parse(request: Request, document: dict[str, Any], validation: Validation = "strict") -> Call:
    """Check the decoded body and build the call.

    Raises ``ApiError`` for the first thing that the real API refuses; at the levels ``warn`` and ``off`` only for what
    cannot be understood: no messages, or some without a role.
    """
    fault = None if validation == "off" else fault_in(_check, document)
    if fault is not None and validation == "strict":
        raise fault
    if fault is not None or validation == "off":
        document = readable(document, PARAMETERS, _BUILT)
    call = _build(request, document, validation)
    if fault is not None:
        weigh(call, fault)
    return call


def _check(document: dict[str, Any]) -> None:
    check_names(document)
    check_messages(document["messages"])
    check_parameters(document)
    _check_json_is_named(document)


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
        model=text_of(document.get("model")),
        messages=read_messages(document.get("messages")),
        stream=document.get("stream") is True,
        max_tokens=count_of(document.get("max_completion_tokens")) or count_of(document.get("max_tokens")),
        headers=request.headers,
        body=request.body,
        parameters=document,
        validation=validation,
    )
    for name in filter(document.__contains__, _MORE):
        _MORE[name](call, document)
    return call


def _read_stream_options(call: Call, document: dict[str, Any]) -> None:
    call.include_usage = object_of(document["stream_options"]).get("include_usage") is True


def _read_stop(call: Call, document: dict[str, Any]) -> None:
    call.stops = stops_of(document["stop"])


def _read_n(call: Call, document: dict[str, Any]) -> None:
    call.choices = min(count_of(document["n"]) or 1, MOST_CHOICES)


def _read_logprobs(call: Call, document: dict[str, Any]) -> None:
    if document["logprobs"] is True:
        call.logprobs = count_of(document.get("top_logprobs")) or 0


def _read_modalities(call: Call, document: dict[str, Any]) -> None:
    call.aloud = "audio" in list_of(document["modalities"])


def _read_response_format(call: Call, document: dict[str, Any]) -> None:
    response_format = object_of(document["response_format"])
    kind = text_of(response_format.get("type"))
    call.response_format = kind if kind in FORMATS else "text"
    schema = object_of(response_format.get("json_schema")).get("schema")
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
    "modalities": _read_modalities,
    "response_format": _read_response_format,
    "tools": _read_tools,
    "functions": _read_tools,
}


def _tools(document: dict[str, Any]) -> tuple[Tool, ...]:
    """Return the tools that have names, the older ``functions`` behind them."""
    functions = [{"type": "function", "function": entry} for entry in list_of(document.get("functions"))]
    tools = (_tool(object_of(entry)) for entry in [*list_of(document.get("tools")), *functions])
    return tuple(tool for tool in tools if tool.name)


def _tool(entry: dict[str, Any]) -> Tool:
    kind: ToolKind = "custom" if entry.get("type") == "custom" else "function"
    said = object_of(entry.get(kind))
    parameters = said.get("parameters")
    return Tool(
        text_of(said.get("name")),
        text_of(said.get("description")),
        parameters if type(parameters) is dict else None,
        kind,
        said.get("strict") is True,
        grammar_of(object_of(said.get("format")).get("grammar")),
    )


def _tool_choice(document: dict[str, Any]) -> ToolChoice:
    """Return what the request says about calling tools, also by the older ``function_call``."""
    chosen = document.get("tool_choice")
    if chosen is None:
        chosen = document.get("function_call")
        if type(chosen) is dict:
            chosen = {"type": "function", "function": chosen}
    if type(chosen) is str:
        return MODES.get(chosen, ANY_TOOL)
    names = tuple(chosen_tools(chosen))
    mode = object_of(object_of(chosen).get("allowed_tools")).get("mode") if names else "auto"
    return ToolChoice("auto" if mode == "auto" else "required", names)
