"""What requests and their answers say, read from plain data, whatever the endpoint of the API.

Nothing here raises for data of another form: what cannot be read says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import msgspec

from openai_mock_api.script.messages import Message, Role, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLES: Final[dict[str, Role]] = {
    **{role: role for role in get_args(Role)},
    "developer": "system",
    "function": "tool",
}

#: Kinds of content parts that are no text, by the beginnings of their names.
_PARTS: Final = {"image": "image", "input_image": "image", "input_audio": "audio", "file": "file", "input_file": "file"}


class Spoken(NamedTuple):
    """What an answer says: of several choices, the first."""

    text: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None


def mappings(value: Any, key: str) -> list[dict[str, Any]]:
    """Return the mappings in the list that stands under a key of a mapping."""
    items = value.get(key) if isinstance(value, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def conversation(document: Any) -> list[Message]:
    """Return the messages of a request: of ``messages``, of ``prompt``, or of ``instructions`` and ``input``."""
    return list(_messages(document)) if isinstance(document, dict) else []


def offered(document: Any) -> list[str]:
    """Name the tools that a request offers; one that has no name, by its type."""
    names = (_tool_name(tool) for key in ("tools", "functions") for tool in mappings(document, key))
    return [name for name in names if name]


def _tool_name(tool: dict[str, Any]) -> str:
    inner = next((tool[kind] for kind in ("function", "custom") if isinstance(tool.get(kind), dict)), tool)
    return _text(inner.get("name")) or _text(tool.get("type"))


def _messages(document: dict[str, Any]) -> Iterator[Message]:
    for message in mappings(document, "messages"):
        yield _message(message)
    for prompt in _listed(document.get("prompt")):
        if isinstance(prompt, str):
            yield Message("user", prompt)
    if isinstance(document.get("instructions"), str):
        yield Message("system", document["instructions"])
    for item in _listed(document.get("input")):
        yield from [Message("user", item)] if isinstance(item, str) else _of_item(item)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _message(message: dict[str, Any]) -> Message:
    return Message(
        role=_ROLES.get(_text(message.get("role")), "user"),
        text=_content(message.get("content")),
        name=_text(message.get("name")) or None,
        tool_call_id=_text(message.get("tool_call_id")) or None,
        tool_calls=tuple(map(_tool_call, mappings(message, "tool_calls"))),
        parts=tuple(_part_kinds(message)),
    )


def _of_item(item: Any) -> Iterator[Message]:
    """Read an item of ``input`` (source: API reference, "Create a model response")."""
    kind = item.get("type", "message") if isinstance(item, dict) else None
    if kind == "message":
        yield _message(item)
    elif kind in ("function_call", "custom_tool_call"):
        yield Message("assistant", tool_calls=(_called(item),))
    elif kind in ("function_call_output", "custom_tool_call_output"):
        yield Message("tool", _content(item.get("output")), tool_call_id=_text(item.get("call_id")) or None)


def _called(item: dict[str, Any]) -> ToolCall:
    custom = item.get("type") == "custom_tool_call"
    arguments = _text(item.get("input" if custom else "arguments"))
    kind: Any = "custom" if custom else "function"
    return ToolCall(_text(item.get("call_id")), _text(item.get("name")), arguments, kind)


def _tool_call(call: dict[str, Any]) -> ToolCall:
    custom = isinstance(call.get("custom"), dict)
    inner = call["custom"] if custom else call.get("function")
    inner = inner if isinstance(inner, dict) else {}
    arguments = _text(inner.get("input" if custom else "arguments"))
    return ToolCall(_text(call.get("id")), _text(inner.get("name")), arguments, "custom" if custom else "function")


def _content(content: Any) -> str:
    if not isinstance(content, list):
        return _text(content)
    return "\n".join(_text(part.get("text")) for part in mappings({"parts": content}, "parts") if "text" in part)


def _part_kinds(message: dict[str, Any]) -> Iterator[str]:
    for part in mappings(message, "content"):
        kind = _text(part.get("type")).removesuffix("_url")
        if kind in _PARTS:
            yield _PARTS[kind]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def spoken(document: Any) -> Spoken:
    """Return what an answer says: a completion of chat or of text, or a response."""
    choices = mappings(document, "choices")
    if choices:
        return _choice(choices[0])
    return _output(document) if mappings(document, "output") else Spoken()


def _choice(choice: dict[str, Any]) -> Spoken:
    message = choice.get("message")
    reason = choice.get("finish_reason")
    if not isinstance(message, dict):
        return Spoken(_text(choice.get("text")), (), reason)
    calls = [*mappings(message, "tool_calls"), *_legacy(message)]
    said = message.get("content") if message.get("refusal") is None else message["refusal"]
    return Spoken(said, tuple(map(_tool_call, calls)), reason)


def _legacy(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"function": message["function_call"]}] if message.get("function_call") else []


def _output(document: dict[str, Any]) -> Spoken:
    items = mappings(document, "output")
    parts = [part for item in items for part in mappings(item, "content")]
    texts = [_text(part.get("text")) or _text(part.get("refusal")) for part in parts]
    calls = tuple(_called(item) for item in items if item.get("type") in ("function_call", "custom_tool_call"))
    return Spoken("".join(texts) if texts else None, calls, document.get("status"))


def decoded(arguments: str) -> Any:
    """Return the arguments of a call as data, or as they are when they are no JSON."""
    try:
        return msgspec.json.decode(arguments)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return arguments
