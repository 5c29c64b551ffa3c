"""The messages of ``POST /v1/chat/completions``: checked in the real API's words, and read.

Source: API reference, "Create chat completion". Reading takes whatever can be understood, so that it also serves
requests that nobody has checked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.messages import Message, Role, ToolCall
from openai_mock_api.surfaces.validation import (
    array_of,
    bad,
    choice,
    empty_array,
    fields,
    identifier,
    mapping,
    missing,
    name_like,
    text,
    text_up_to,
    variant,
    wrong_type,
    wrong_value,
)

if TYPE_CHECKING:
    from openai_mock_api.errors import ApiError

ROLES: Final[dict[str, Role]] = {
    "system": "system",
    "assistant": "assistant",
    "user": "user",
    "function": "tool",
    "tool": "tool",
    "developer": "system",
}

_is_role = choice(*ROLES)

_PART_KINDS: Final = {"image_url": "image", "input_audio": "audio", "audio": "audio", "file": "file"}

_part = variant(
    {
        "text": text,
        "image_url": fields({"url": text}, {"detail": choice("auto", "low", "high", "original")}, closed=True),
        "input_audio": fields({"data": text, "format": choice("wav", "mp3")}, closed=True),
        "refusal": text,
        "audio": mapping,
        "file": fields({}, {"file_data": text, "file_id": text, "filename": text}, closed=True),
    }
)

#: Kinds of parts by role; other roles have texts alone.
_PARTS: Final = {
    "user": ("text", "image_url", "input_audio", "file"),
    "assistant": ("text", "refusal"),
}

_author = name_like(re.compile(r"[^\s<|\\/>]+"))
_id = text_up_to(40)
_function_call = fields({"name": identifier, "arguments": text})
_has_id = fields({"id": _id})
_call_kind = variant({"function": _function_call, "custom": fields({"name": identifier, "input": text})})


def _tool_call(value: Any, name: str) -> None:
    _has_id(value, name)
    _call_kind(value, name)


#: Fields of a message beside its role and content, with their checks.
_FIELDS: Final = {
    "name": _author,
    "tool_call_id": _id,
    "tool_calls": array_of(_tool_call, least=1),
    "function_call": _function_call,
    "refusal": text,
    "audio": fields({"id": text}),
}

#: What a message of the assistant may hold instead of content.
_SAYS_OTHERWISE: Final = ("tool_calls", "function_call", "refusal", "audio")

#: Fields that a role must have.
_NEEDS: Final = {"tool": "tool_call_id", "function": "name"}


def check_messages(messages: Any) -> None:
    """Refuse what the real API refuses: first each message, then the conversation. Raises ``ApiError``."""
    if type(messages) is not list:
        raise wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise empty_array("messages")
    for place, message in enumerate(messages):
        _check_message(message, f"messages[{place}]")
    if len(messages) > 1 or messages[0]["role"] != "user":
        _check_tool_answers(messages)


def _check_message(message: Any, name: str) -> None:
    role = _role(message, name)
    content = message.get("content")
    if len(message) == 2 and type(content) is str and role not in _NEEDS:
        return
    _check_content(message, role, content, name)
    if role in _NEEDS and message.get(_NEEDS[role]) is None:
        raise missing(f"{name}.{_NEEDS[role]}")
    for field, check in _FIELDS.items():
        if message.get(field) is not None:
            check(message[field], f"{name}.{field}")


def _role(message: Any, name: str) -> str:
    """Return the role, without which a message cannot be understood. Raises ``ApiError``."""
    if type(message) is not dict:
        raise wrong_type(name, "an object", message)
    role = message.get("role")
    if role is None:
        raise missing(f"{name}.role")
    _is_role(role, f"{name}.role")
    return str(role)


def _check_content(message: dict[str, Any], role: str, content: Any, name: str) -> None:
    if content is None:
        says_otherwise = role == "assistant" and any(message.get(field) is not None for field in _SAYS_OTHERWISE)
        if not says_otherwise and role != "function":
            param = name.replace("[", ".[")
            raise bad("Invalid value for 'content': expected a string, got null.", f"{param}.content", None)
    elif type(content) is list:
        _check_parts(content, role, name)
    elif type(content) is not str:
        raise wrong_type(f"{name}.content", "one of a string or array of objects", content)


def _check_parts(content: list[Any], role: str, name: str) -> None:
    if not content:
        raise empty_array(f"{name}.content")
    allowed = _PARTS.get(role, ("text",))
    for place, part in enumerate(content):
        path = f"{name}.content[{place}]"
        _part(part, path)
        if part["type"] == "image_url" and role != "user":
            raise bad(
                f"Invalid '{name}'. Image URLs are only allowed for messages with role 'user', but this message with "
                f"role '{role}' contains an image URL.",
                name,
                "invalid_value",
            )
        if part["type"] not in allowed:
            raise wrong_value(f"{path}.type", part["type"], allowed)


def _check_tool_answers(messages: list[dict[str, Any]]) -> None:
    """Every tool message answers a call just made, and every call is answered before anybody else speaks."""
    open_calls: list[str] = []
    answered: set[str] = set()
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise _answers_nothing(place, message["tool_call_id"] if open_calls else None)
            answered.add(message["tool_call_id"])
            continue
        if open_calls:
            _check_answered(open_calls, answered)
        calls = message.get("tool_calls") if message["role"] == "assistant" else None
        open_calls, answered = [call["id"] for call in calls or ()], set()
    _check_answered(open_calls, answered)


def _answers_nothing(place: int, asked: str | None) -> ApiError:
    if asked is not None:
        message = f"Invalid parameter: 'tool_call_id' of '{asked}' not found in 'tool_calls' of previous message."
        return bad(message, f"messages.[{place}].tool_call_id", None)
    return bad(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        f"messages.[{place}].role",
        None,
    )


def _check_answered(calls: list[str], answered: set[str]) -> None:
    unanswered = [call for call in calls if call not in answered]
    if unanswered:
        raise bad(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: " + ", ".join(unanswered),
            "messages",
            None,
        )


def read_messages(messages: Any) -> list[Message]:
    """Read the messages. Raises ``ApiError`` when they are none: no array of objects that have roles."""
    if messages is None:
        raise missing("messages")
    if type(messages) is not list:
        raise wrong_type("messages", "an array of objects", messages)
    return [_read_message(message, f"messages[{place}]") for place, message in enumerate(messages)]


def _read_message(message: Any, name: str) -> Message:
    role = ROLES[_role(message, name)]
    content = message.get("content")
    if len(message) == 2 and type(content) is str:
        return Message(role, content)
    texts, parts = _read_content(content)
    calls = _read_calls(message) if role == "assistant" else ()
    return Message(role, texts, _text(message.get("name")), _text(message.get("tool_call_id")), calls, parts)


def _text(value: Any) -> str | None:
    return value if type(value) is str else None


def _read_content(content: Any) -> tuple[str, tuple[str, ...]]:
    """Return the texts joined by newlines, and the kinds of the other parts."""
    if type(content) is str:
        return content, ()
    parts = [part for part in content if type(part) is dict] if type(content) is list else []
    texts = [said for part in parts for kind in ("text", "refusal") if (said := _said(part, kind)) is not None]
    kinds = [_PART_KINDS[kind] for part in parts if (kind := _text(part.get("type"))) in _PART_KINDS]
    return "\n".join(texts), tuple(kinds)


def _said(part: dict[str, Any], kind: str) -> str | None:
    return _text(part.get(kind)) if part.get("type") == kind else None


def _read_calls(message: dict[str, Any]) -> tuple[ToolCall, ...]:
    """Read the calls, also the one of the older ``function_call``, which has no id."""
    calls = message.get("tool_calls")
    listed = [call for call in calls if type(call) is dict] if type(calls) is list else []
    function = message.get("function_call")
    if type(function) is dict:
        listed.append({"function": function})
    return tuple(_read_call(call) for call in listed)


def _read_call(call: dict[str, Any]) -> ToolCall:
    id_ = _text(call.get("id")) or ""
    if call.get("type") == "custom":
        custom = call.get("custom")
        return ToolCall(id_, *_named_text(custom, "input"), "custom")
    return ToolCall(id_, *_named_text(call.get("function"), "arguments"))


def _named_text(value: Any, field: str) -> tuple[str, str]:
    """Return name and text of a call; other values than text as JSON."""
    entry = value if type(value) is dict else {}
    said = entry.get(field)
    as_text = said if type(said) is str else "" if said is None else msgspec.json.encode(said).decode()
    return _text(entry.get("name")) or "", as_text
