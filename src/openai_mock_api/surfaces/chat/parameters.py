"""The parameters of ``POST /v1/chat/completions`` but for its messages, each with its check.

Source: API reference, "Create chat completion". Texts and the order in which faults are reported are the live API's;
where several are wrong, the first of ``PARAMETERS`` is named, and what concerns two of them comes last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.surfaces.parameters import check_each, check_known, check_model, check_together, only_when
from openai_mock_api.surfaces.strict_schema import parameter_faults, schema_fault
from openai_mock_api.surfaces.validation import (
    anything,
    array_of,
    bad,
    boolean,
    choice,
    fields,
    identifier,
    integer,
    long_key,
    map_of,
    mapping,
    missing,
    number,
    one_of,
    text,
    text_up_to,
    variant,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_mock_api.errors import ApiError
    from openai_mock_api.surfaces.parameters import Conflicts

#: What the parts of a text's content may hold, where nothing but text is allowed.
text_parts: Final = array_of(variant({"text": text}), least=1)

_function = fields({"name": identifier}, {"description": text, "parameters": mapping, "strict": boolean}, closed=True)
_legacy_function = fields({"name": identifier}, {"description": text, "parameters": mapping}, closed=True)
_grammar = fields({"syntax": choice("lark", "regex"), "definition": text}, closed=True)
_custom = fields(
    {"name": identifier},
    {"description": text, "format": variant({"text": None, "grammar": _grammar}, closed=True)},
    closed=True,
)
_json_schema = fields({"name": identifier}, {"description": text, "schema": mapping, "strict": boolean}, closed=True)
_moderated = fields({"mode": choice("score", "block")}, closed=True)
_place = fields({}, dict.fromkeys(("city", "country", "region", "timezone"), text), closed=True)

_named = fields({"name": text})
_allowed = fields({"mode": choice("auto", "required"), "tools": array_of(mapping)})
_CHOICES: Final = {"function": _named, "allowed_tools": _allowed, "custom": _named}
_choice_kind = choice(*_CHOICES)


def _tool_choice(value: dict[str, Any], name: str) -> None:
    kind = value.get("type")
    field = kind if kind in ("allowed_tools", "custom") else "function"
    if value.get(field) is None:
        raise missing(f"{name}.{field}")
    if kind is None:
        raise missing(f"{name}.type")
    _choice_kind(kind, f"{name}.type")
    _CHOICES[field](value[field], f"{name}.{field}")


def _metadata_key(key: str, name: str) -> None:
    if len(key) > 64:
        raise long_key(name, key, 64)


def _token_id(key: str, name: str) -> None:
    if not (key.isascii() and key.isdigit()):
        raise bad(f"Invalid key in '{name}': {key}. You should only be submitting non-negative integers.", name, None)


#: Null stands for "not given".
PARAMETERS: Final[dict[str, Callable[[Any, str], None]]] = {
    "model": text,
    "functions": array_of(_legacy_function, least=1, most=128),
    "function_call": one_of("one of 'none' or 'auto' or object", {str: choice("none", "auto"), dict: _named}),
    "tools": array_of(variant({"function": _function, "custom": _custom}), least=1, most=128),
    "tool_choice": one_of(
        "one of one of 'none', 'auto', or 'required' or object",
        {str: choice("none", "auto", "required"), dict: _tool_choice},
    ),
    "parallel_tool_calls": boolean,
    "max_completion_tokens": integer(1),
    "n": integer(1, 128),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
    "user": text_up_to(64),
    "seed": integer(-(2**63), 2**63 - 1),
    "moderation": fields(
        {"model": text}, {"policy": fields({}, {"input": _moderated, "output": _moderated}, closed=True)}, closed=True
    ),
    "safety_identifier": text_up_to(128),
    "prompt_cache_options": fields({}, {"mode": choice("implicit", "explicit"), "ttl": choice("30m")}, closed=True),
    "prompt_cache_key": text_up_to(64),
    "prompt_cache_retention": choice("in_memory", "24h"),
    "response_format": variant({"json_object": None, "json_schema": _json_schema, "text": None}, closed=True),
    "service_tier": choice("auto", "default", "fast", "flex", "priority", "scale"),
    "max_tokens": integer(1),
    "reasoning_effort": choice("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "logit_bias": map_of(_token_id, number(-100, 100)),
    "stop": one_of(
        "one of a string or array of strings",
        {str: anything, list: array_of(text, most=4, expected="an array of strings")},
    ),
    "stream": boolean,
    "stream_options": fields({}, {"include_usage": boolean, "include_obfuscation": boolean}, closed=True),
    "store": boolean,
    "metadata": map_of(_metadata_key, text_up_to(512), most=16),
    "prediction": fields(
        {
            "type": choice("content"),
            "content": one_of("one of a string or array of objects", {str: anything, list: text_parts}),
        },
        closed=True,
    ),
    "verbosity": choice("low", "medium", "high"),
    "modalities": array_of(choice("text", "audio"), expected="an array of strings"),
    "audio": fields(
        {
            "format": choice("wav", "aac", "mp3", "flac", "opus", "pcm16"),
            "voice": one_of("one of a string or object", {str: anything, dict: fields({"id": text}, closed=True)}),
        },
        closed=True,
    ),
    "web_search_options": fields(
        {},
        {
            "search_context_size": choice("low", "medium", "high"),
            "user_location": fields({"type": choice("approximate"), "approximate": _place}, closed=True),
        },
        closed=True,
    ),
}

_KNOWN: Final = frozenset({"messages", *PARAMETERS})


def check_names(document: dict[str, Any]) -> None:
    """Refuse a request without model or messages, and one with parameters that the endpoint does not know."""
    check_model(document)
    if document.get("messages") is None:
        raise missing("messages")
    check_known(document, _KNOWN)


def check_parameters(document: dict[str, Any]) -> None:
    """Check every parameter that is given, then what excludes or needs each other."""
    check_each(document, PARAMETERS)
    check_together(document, _CONFLICTS)


def _needs(name: str, other: str) -> ApiError:
    return bad(f"Invalid value for '{name}': '{name}' is only allowed when '{other}' are specified.", name, None)


def _not_both(name: str, other: str) -> ApiError:
    message = f"Setting '{name}' and '{other}' at the same time is not supported."
    return bad(message, name, "invalid_parameter_combination")


def _no_function(name: str) -> ApiError:
    # The live API says so of tools too.
    return bad(
        f"Invalid value for 'function_call': no function named '{name}' was specified in the 'functions' parameter.",
        "function_call",
        None,
    )


def _function_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    functions = given.get("functions", [])
    chosen = given.get("function_call")
    if functions and "tools" in given:
        message = (
            "'functions' and 'tools' cannot both be provided. 'functions' are deprecated; use the 'tools' parameter"
        )
        yield bad(f"Invalid request: {message} instead.", None, None)
    for place, said in enumerate(given.get("messages", []) if functions else ()):
        if said.get("tool_calls"):
            message = (
                "'tool_calls' cannot be used when 'functions' are present. Please use 'tools' instead of 'functions'."
            )
            yield bad(f"Invalid parameter: {message}", f"messages.[{place}].tool_calls", None)
    if chosen is not None and not functions:
        yield _needs("function_call", "functions")
    names = [function["name"] for function in functions]
    if isinstance(chosen, dict) and chosen["name"] not in names:
        yield _no_function(chosen["name"])
    for place, function in enumerate(functions):
        yield from _named_twice(names, place, f"functions[{place}]")
        yield from parameter_faults(function, f"functions[{place}]")


def _tool_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    tools = given.get("tools", [])
    names = [tool[tool["type"]]["name"] for tool in tools]
    for place, tool in enumerate(tools):
        path = f"tools[{place}].{tool['type']}"
        yield from _named_twice(names, place, path)
        if tool["type"] == "function":
            yield from parameter_faults(tool["function"], path)
    for name in ("tool_choice", "parallel_tool_calls"):
        if name in given and not tools:
            yield _needs(name, "tools")
    for name in chosen_tools(given.get("tool_choice")):
        if name not in names:
            yield _no_function(name)


def chosen_tools(choice: Any) -> list[str]:
    """Return the names that a ``tool_choice`` is about: of one tool, or of those that it allows."""
    if not isinstance(choice, dict):
        return []
    allowed = choice.get("allowed_tools")
    entries = allowed.get("tools") if isinstance(allowed, dict) else [choice]
    return [name for entry in entries if (name := _name_of(entry)) is not None] if isinstance(entries, list) else []


def _name_of(entry: Any) -> str | None:
    """Return the name in ``{"type": "function", "function": {"name": …}}``, or None."""
    if not isinstance(entry, dict):
        return None
    named = entry.get("custom" if entry.get("type") == "custom" else "function")
    name = named.get("name") if isinstance(named, dict) else None
    return name if isinstance(name, str) else None


def _named_twice(names: list[str], place: int, path: str) -> Iterator[ApiError]:
    if names[place] in names[:place]:
        message = f"Invalid value: '{names[place]}'. The names of tools must be unique."
        yield bad(message, f"{path}.name", "invalid_value")


def _format_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    wanted = given.get("response_format", {}).get("json_schema") or {}
    schema = wanted.get("schema")
    fault = schema_fault(schema, strict=True) if wanted.get("strict") and schema is not None else None
    if fault is not None:
        yield bad(f"Invalid schema for response_format '{wanted['name']}'{fault}", "response_format", None)


def _limit_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    if "top_logprobs" in given and not given.get("logprobs"):
        yield only_when("top_logprobs", "'logprobs' is enabled")
    if "max_tokens" in given and "max_completion_tokens" in given:
        yield _not_both("max_tokens", "max_completion_tokens")
    if "stream_options" in given and not given.get("stream"):
        yield only_when("stream_options", "'stream' is enabled")


def _audio_conflicts(given: dict[str, Any]) -> Iterator[ApiError]:
    asked = "audio" in given.get("modalities", ())
    audio = given.get("audio")
    if asked and audio is None:
        yield missing("audio")
    if audio is not None and not asked:
        yield only_when("audio", "'modalities' includes 'audio'")
    if audio is not None and given.get("stream") and audio["format"] != "pcm16":
        yield bad(
            f"Unsupported value: 'audio.format' does not support '{audio['format']}' when stream=true. "
            "Supported values are: 'pcm16'.",
            "audio.format",
            "unsupported_value",
        )


_CONFLICTS: Final[Conflicts] = (
    (frozenset({"functions", "function_call"}), _function_conflicts),
    (frozenset({"tools", "tool_choice", "parallel_tool_calls"}), _tool_conflicts),
    (frozenset({"top_logprobs", "max_tokens", "stream_options"}), _limit_conflicts),
    (frozenset({"response_format"}), _format_conflicts),
    (frozenset({"modalities", "audio"}), _audio_conflicts),
)
