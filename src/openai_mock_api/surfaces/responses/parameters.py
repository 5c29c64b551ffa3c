"""The parameters of ``POST /v1/responses``, each with its check, and what holds of several.

Source: API reference, "Create a model response". Texts and the order in which faults are reported are the live API's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.surfaces.chat.parameters import PARAMETERS as CHAT
from openai_mock_api.surfaces.parameters import check_each, check_together, only_when
from openai_mock_api.surfaces.responses.items import check_input, id_like, sent_part
from openai_mock_api.surfaces.responses.tools import TOOLS, text_format, tool_choice
from openai_mock_api.surfaces.strict_schema import parameter_faults, schema_fault
from openai_mock_api.surfaces.validation import (
    anything,
    array_of,
    bad,
    boolean,
    choice,
    fields,
    integer,
    map_of,
    missing,
    number,
    one_of,
    text,
    text_up_to,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_mock_api.errors import ApiError
    from openai_mock_api.surfaces.parameters import Conflicts

_summary: Final = choice("auto", "concise", "detailed")
_effort: Final = CHAT["reasoning_effort"]
_conversation_id: Final = id_like("conv")
_variable: Final = one_of("one of a string or object", {str: anything, dict: sent_part})

#: Null stands for "not given".
PARAMETERS: Final[dict[str, Callable[[Any, str], None]]] = {
    "model": text,
    "input": check_input,
    "instructions": text,
    "previous_response_id": id_like("resp"),
    "conversation": one_of(
        "one of a string or object", {str: _conversation_id, dict: fields({"id": _conversation_id}, closed=True)}
    ),
    "prompt": fields({"id": text}, {"version": text, "variables": map_of(lambda _, __: None, _variable)}, closed=True),
    "tools": array_of(TOOLS, most=128),
    "tool_choice": tool_choice,
    "parallel_tool_calls": boolean,
    "max_tool_calls": integer(1),
    "max_output_tokens": integer(16),
    "text": fields({}, {"format": text_format, "verbosity": CHAT["verbosity"]}, closed=True),
    "reasoning": fields(
        {},
        {
            "effort": _effort,
            "summary": _summary,
            "generate_summary": _summary,
            "context": choice("auto", "current_turn", "all_turns"),
            "mode": text,
        },
        closed=True,
    ),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "top_logprobs": integer(0, 20),
    "include": array_of(
        choice(
            "file_search_call.results",
            "web_search_call.results",
            "web_search_call.action.sources",
            "message.input_image.image_url",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs",
            "reasoning.encrypted_content",
            "message.output_text.logprobs",
        ),
        expected="an array of strings",
    ),
    "truncation": choice("auto", "disabled"),
    "store": boolean,
    "background": boolean,
    "stream": boolean,
    "stream_options": fields({}, {"include_obfuscation": boolean}, closed=True),
    "service_tier": choice("auto", "default", "flex", "scale", "priority", "fast", "ultrafast"),
    "metadata": CHAT["metadata"],
    "user": text,
    "safety_identifier": CHAT["safety_identifier"],
    "prompt_cache_key": text_up_to(64),
    "prompt_cache_retention": CHAT["prompt_cache_retention"],
    "prompt_cache_options": fields(
        {},
        {
            "comparison_response_id": text,
            "mode": choice("implicit", "explicit"),
            "prewarm": boolean,
            "ttl": choice("30m", "12h"),
        },
        closed=True,
    ),
    "moderation": CHAT["moderation"],
    "access_programs": fields({}, {"cyber": choice("standard", "daybreak_blue", "daybreak_red")}, closed=True),
    "background_options": fields(
        {}, {"completion_window": choice("soonest", "2h", "8h"), "continuation_id": text}, closed=True
    ),
    "context_management": array_of(
        fields({"type": choice("compaction")}, {"compact_threshold": integer(1)}, closed=True)
    ),
    "multi_agent": fields({"enabled": boolean}, {"max_concurrent_subagents": integer(1)}, closed=True),
    "image": fields({}, {"context_compression": choice("auto", "enabled", "disabled")}, closed=True),
}

#: Parameters of Chat Completions that have another name here.
_MOVED: Final = {
    "messages": "input",
    "response_format": "text.format",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
    "functions": "tools",
    "function_call": "tool_choice",
}

#: What may stand for ``input``.
_SOURCES: Final = ("input", "previous_response_id", "prompt", "conversation")


def check_names(document: dict[str, Any]) -> None:
    """Refuse parameters that the endpoint does not know, and a request without a model or anything to answer."""
    for name in document:
        if name in _MOVED:
            raise _moved(name)
        if name not in PARAMETERS:
            raise unknown(name)
    if document.get("model") in (None, "") and document.get("prompt") is None:
        raise missing("model")
    if all(document.get(name) is None for name in _SOURCES):
        raise bad(
            "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.",
            "input",
            "missing_required_parameter",
        )


def _moved(name: str) -> ApiError:
    return bad(
        f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to '{_MOVED[name]}'. Try "
        "again with the new parameter. See the API documentation for more information: "
        "https://platform.openai.com/docs/api-reference/responses/create.",
        name,
        "unsupported_parameter",
    )


def check_parameters(document: dict[str, Any], known: dict[str, Callable[[Any, str], None]] = PARAMETERS) -> None:
    """Check every parameter that is given, then what excludes or needs each other. Raises ``ApiError``."""
    check_each(document, known)
    check_together(document, _CONFLICTS)


def _source_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    if "previous_response_id" in given and "conversation" in given:
        yield bad(
            "Mutually exclusive parameters: 'conversation'. Ensure you are only providing one of: "
            "'previous_response_id' or 'conversation'.",
            "conversation",
            "mutually_exclusive_parameters",
        )


def _tool_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    tools = given.get("tools", [])
    for place, tool in enumerate(tools):
        if tool["type"] == "function":
            yield from parameter_faults(tool, f"tools[{place}]")
    chosen = given.get("tool_choice")
    if isinstance(chosen, dict) and not any(_is_chosen(chosen, tool) for tool in tools):
        yield bad(f"Tool choice '{chosen['type']}' not found in 'tools' parameter.", "tool_choice", None)


def _is_chosen(chosen: dict[str, Any], tool: dict[str, Any]) -> bool:
    """Whether a choice is about a tool. Dated and undated names of one kind are the same."""
    if chosen["type"] == "allowed_tools":
        return True
    same_kind = tool["type"].startswith(chosen["type"]) or chosen["type"].startswith(tool["type"])
    keys = {"function": "name", "custom": "name", "mcp": "server_label"}
    key = keys.get(chosen["type"])
    nested = any(_is_chosen(chosen, inner) for inner in tool.get("tools", ()))
    return nested or (same_kind and (key is None or tool.get(key) == chosen[key]))


def _format_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    wanted = given.get("text", {}).get("format") or {}
    if wanted.get("type") != "json_schema":
        return
    fault = schema_fault(wanted["schema"], strict=wanted.get("strict") is True)
    if fault is not None:
        message = f"Invalid schema for response_format '{wanted['name']}'{fault}"
        yield bad(message, "text.format.schema", "invalid_json_schema")


def _manner_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    if "stream_options" in given and not given.get("stream"):
        yield only_when("stream_options", "'stream' is enabled")
    if given.get("background") and given.get("store") is False:
        yield bad("Background responses must be stored: 'store' must be true when 'background' is.", "store", None)


_CONFLICTS: Final[Conflicts] = (
    (frozenset({"conversation"}), _source_conflicts),
    (frozenset({"tools", "tool_choice"}), _tool_conflicts),
    (frozenset({"text"}), _format_conflicts),
    (frozenset({"stream_options", "background"}), _manner_conflicts),
)
