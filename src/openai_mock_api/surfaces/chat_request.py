"""The request of ``POST /v1/chat/completions``: checked in the real API's words, and turned into a call.

Source: API reference, "Create chat completion"; the texts are those of the live API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.messages import Call, Message, Role, Tool, ToolCall
from openai_mock_api.surfaces.validation import (
    anything,
    array_of,
    bad,
    boolean,
    choice,
    empty_array,
    fields,
    identifier,
    integer,
    mapping,
    missing,
    number,
    one_of,
    text,
    variant,
    wrong_type,
    wrong_value,
)

if TYPE_CHECKING:
    from openai_mock_api.http import Request

_ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "assistant": "assistant",
    "user": "user",
    "function": "tool",
    "tool": "tool",
    "developer": "system",
}

_PART_KINDS: Final = {"image_url": "image", "input_audio": "audio", "audio": "audio", "file": "file"}

_part = variant(
    {
        "text": text,
        "image_url": fields({"url": text}, {"detail": choice("auto", "low", "high", "original")}),
        "input_audio": fields({"data": text, "format": text}),
        "refusal": text,
        "audio": mapping,
        "file": mapping,
    }
)
_function = fields({"name": identifier}, {"description": text, "parameters": mapping, "strict": boolean})

#: Every parameter of the endpoint but ``messages``, with its check. Null stands for "not given".
PARAMETERS: Final = {
    "model": text,
    "audio": mapping,
    "frequency_penalty": number(-2, 2),
    "function_call": one_of("one of a string or object", {str: choice("none", "auto"), dict: fields({"name": text})}),
    "functions": array_of(_function, least=1, most=128),
    "logit_bias": mapping,
    "logprobs": boolean,
    "max_completion_tokens": integer(1),
    "max_tokens": integer(1),
    "metadata": mapping,
    "modalities": array_of(choice("text", "audio")),
    "moderation": anything,
    "n": integer(1, 128),
    "parallel_tool_calls": boolean,
    "prediction": mapping,
    "presence_penalty": number(-2, 2),
    "prompt_cache_key": text,
    "prompt_cache_options": mapping,
    "prompt_cache_retention": text,
    "reasoning_effort": text,
    "response_format": variant({"text": None, "json_object": None, "json_schema": fields({"name": identifier})}),
    "safety_identifier": text,
    "seed": integer(),
    "service_tier": choice("auto", "default", "flex", "scale", "priority", "fast"),
    "stop": one_of("one of a string or array of strings", {str: anything, list: array_of(text, most=4)}),
    "store": boolean,
    "stream": boolean,
    "stream_options": fields({}, {"include_usage": boolean, "include_obfuscation": boolean}),
    "temperature": number(0, 2),
    "tool_choice": one_of("one of a string or object", {str: choice("none", "auto", "required"), dict: anything}),
    "tools": array_of(variant({"function": _function, "custom": fields({"name": identifier})}), most=128),
    "top_logprobs": integer(0, 20),
    "top_p": number(0, 1),
    "user": text,
    "verbosity": text,
    "web_search_options": mapping,
}

_has_id = fields({"id": text})
_call_kind = variant(
    {
        "function": fields({"name": identifier, "arguments": text}),
        "custom": fields({"name": identifier, "input": text}),
    }
)


def _check_call(value: Any, name: str) -> None:
    _has_id(value, name)
    _call_kind(value, name)


_tool_calls = array_of(_check_call, least=1)


def parse(request: Request, document: dict[str, Any]) -> Call:
    """Check the decoded body and build the call. Raises ``ApiError`` for the first thing the real API refuses."""
    messages = document.get("messages")
    if messages is None:
        raise missing("messages")
    if document.get("model") is None:
        raise missing("model")
    for name, value in document.items():
        if value is not None and name != "messages":
            check = PARAMETERS.get(name)
            if check is None:
                raise bad(f"Unrecognized request argument supplied: {name}", None, None)
            check(value, name)
    _check_together(document)
    return Call(
        endpoint="chat",
        model=document["model"],
        messages=parse_messages(messages),
        stream=document.get("stream") or False,
        include_usage=bool((document.get("stream_options") or {}).get("include_usage")),
        tools=_tools(document) if "tools" in document or "functions" in document else (),
        response_format=(document.get("response_format") or {}).get("type", "text"),
        stops=_stops(document.get("stop")),
        max_tokens=document.get("max_completion_tokens") or document.get("max_tokens"),
        choices=document.get("n") or 1,
        headers=request.headers,
        body=request.body,
        parameters=document,
    )


def _check_together(document: dict[str, Any]) -> None:
    """Refuse parameters that exclude or need each other."""
    if document.get("stream_options") is not None and not document.get("stream"):
        raise bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None)
    if document.get("max_tokens") is not None and document.get("max_completion_tokens") is not None:
        raise bad(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        )


def _stops(stop: str | list[str] | None) -> tuple[str, ...]:
    texts = [stop] if isinstance(stop, str) else stop or []
    return tuple(text for text in texts if text)


def _tools(document: dict[str, Any]) -> tuple[Tool, ...]:
    offered = [tool[tool["type"]] for tool in document.get("tools") or ()]
    return tuple(
        Tool(entry["name"], entry.get("description") or "", entry.get("parameters"))
        for entry in [*offered, *(document.get("functions") or ())]
    )


def parse_messages(messages: Any) -> list[Message]:
    """Check ``messages`` and build them. Raises ``ApiError``."""
    if type(messages) is not list:
        raise wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise empty_array("messages")
    parsed = [_message(message, f"messages[{place}]") for place, message in enumerate(messages)]
    if len(parsed) > 1 or parsed[0].role == "tool":
        _check_tool_answers(parsed)
    return parsed


def _message(message: Any, name: str) -> Message:
    if type(message) is not dict:
        raise wrong_type(name, "an object", message)
    role = message.get("role")
    if role.__class__ is not str or role not in _ROLES:
        raise _wrong_role(role, name)
    content = message.get("content")
    if role == "user" and content.__class__ is str and len(message) == 2:
        return Message("user", content)
    return _full_message(message, role, content, name)


def _wrong_role(role: Any, name: str) -> Exception:
    if role is None:
        return missing(f"{name}.role")
    if type(role) is not str:
        return wrong_type(f"{name}.role", f"one of {', '.join(repr(r) for r in _ROLES)}", role)
    return wrong_value(f"{name}.role", role, tuple(_ROLES))


def _full_message(message: dict[str, Any], role: str, content: Any, name: str) -> Message:
    texts, parts = _content(content, f"{name}.content")
    calls: tuple[ToolCall, ...] = ()
    if role == "assistant":
        calls = _calls(message, name)
    if content is None and not (role == "assistant" and _says_otherwise(message)):
        raise _no_content(name)
    if role == "tool" and message.get("tool_call_id") is None:
        raise missing(f"{name}.tool_call_id")
    for field in ("tool_call_id", "name"):
        if message.get(field) is not None:
            text(message[field], f"{name}.{field}")
    return Message(_ROLES[role], texts, message.get("name"), message.get("tool_call_id"), calls, parts)


def _says_otherwise(message: dict[str, Any]) -> bool:
    return any(message.get(field) is not None for field in ("tool_calls", "function_call", "refusal", "audio"))


def _no_content(name: str) -> Exception:
    param = name.replace("[", ".[")
    return bad("Invalid value for 'content': expected a string, got null.", f"{param}.content", None)


def _content(content: Any, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the texts joined by newlines, and the kinds of the other parts."""
    if content is None:
        return "", ()
    if type(content) is str:
        return content, ()
    if type(content) is not list:
        raise wrong_type(name, "one of a string or array of objects", content)
    if not content:
        raise empty_array(name)
    for place, part in enumerate(content):
        _part(part, f"{name}[{place}]")
    texts = [part[part["type"]] for part in content if part["type"] in ("text", "refusal")]
    kinds = [_PART_KINDS[part["type"]] for part in content if part["type"] in _PART_KINDS]
    return "\n".join(texts), tuple(kinds)


def _calls(message: dict[str, Any], name: str) -> tuple[ToolCall, ...]:
    calls = message.get("tool_calls")
    if calls is None:
        return ()
    _tool_calls(calls, f"{name}.tool_calls")
    return tuple(_call(call) for call in calls)


def _call(call: dict[str, Any]) -> ToolCall:
    if call["type"] == "custom":
        return ToolCall(call["id"], call["custom"]["name"], call["custom"]["input"])
    return ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])


def _check_tool_answers(messages: list[Message]) -> None:
    """Every tool message answers a call just made, and every call is answered before anybody else speaks."""
    open_calls: list[str] = []
    answered: set[str | None] = set()
    for place, message in enumerate(messages):
        if message.role == "tool" and message.tool_call_id is not None:
            if message.tool_call_id not in open_calls:
                raise _answers_nothing(place)
            answered.add(message.tool_call_id)
            continue
        _check_answered(open_calls, answered)
        open_calls, answered = [call.id for call in message.tool_calls], set()
    _check_answered(open_calls, answered)


def _answers_nothing(place: int) -> Exception:
    return bad(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        f"messages.[{place}].role",
        None,
    )


def _check_answered(calls: list[str], answered: set[str | None]) -> None:
    unanswered = [call for call in calls if call not in answered]
    if unanswered:
        raise bad(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: " + ", ".join(unanswered),
            "messages",
            None,
        )
