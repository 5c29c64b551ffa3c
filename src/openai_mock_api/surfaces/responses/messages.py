"""The items of a conversation as messages, like those of Chat Completions: one script answers both.

What the assistant has put out in one turn is one message, however many items it was. Reading takes whatever can be
understood, so that it also serves requests that nobody has checked.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.messages import Message, ToolCall
from openai_mock_api.surfaces.chat.messages import ROLES
from openai_mock_api.surfaces.reading import text_of
from openai_mock_api.surfaces.responses.items import kind_of
from openai_mock_api.surfaces.validation import bad

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.errors import ApiError

Item = dict[str, Any]

#: Where the text is that a client answers a call with, and where the id of the call, by item.
_ANSWERS: Final = {
    "function_call_output": ("output", "call_id"),
    "custom_tool_call_output": ("output", "call_id"),
    "computer_call_output": ("output", "call_id"),
    "local_shell_call_output": ("output", "id"),
    "shell_call_output": ("output", "call_id"),
    "apply_patch_call_output": ("output", "call_id"),
    "mcp_approval_response": ("approve", "approval_request_id"),
}

#: How the ids of answers begin that the API gives itself, having run the tool: they are of the assistant's turn.
_OWN: Final = ("sho_", "apco_")

#: Items that nobody says.
_SILENT: Final = frozenset({None, "additional_tools", "configuration_update", "compaction", "compaction_trigger"})

#: Fields of parts that hold texts.
_TEXTS: Final = ("text", "refusal", "stdout", "stderr")

_PART_KINDS: Final = {
    "input_image": "image",
    "computer_screenshot": "image",
    "input_file": "file",
    "input_audio": "audio",
}


def read_items(items: Iterable[Any]) -> list[Message]:
    """Read the items of a conversation."""
    found = [item for item in items if type(item) is dict and kind_of(item) not in _SILENT]
    return [message for is_said, group in groupby(found, _is_said) for message in _read(is_said, group)]


def _read(is_said: bool, group: Iterable[Item]) -> Iterator[Message]:
    if is_said:
        yield _turn(list(group))
    else:
        yield from map(_message, group)


def _is_said(item: Item) -> bool:
    """Whether the assistant has put an item out."""
    kind = kind_of(item)
    if kind == "message":
        return item.get("role") == "assistant"
    return kind not in _ANSWERS or text_of(item.get("id")).startswith(_OWN)


def _turn(items: list[Item]) -> Message:
    said = [_content(item.get("content")) for item in items if kind_of(item) == "message"]
    text = "\n".join(text for text, _ in said)
    return Message("assistant", text, tool_calls=tuple(call for item in items for call in _calls(item)))


def _calls(item: Item) -> Iterator[ToolCall]:
    kind = kind_of(item)
    if kind == "function_call":
        yield ToolCall(text_of(item.get("call_id")), text_of(item.get("name")), _as_text(item.get("arguments")))
    elif kind == "custom_tool_call":
        yield ToolCall(text_of(item.get("call_id")), text_of(item.get("name")), _as_text(item.get("input")), "custom")


def _message(item: Item) -> Message:
    kind = kind_of(item)
    if kind == "message":
        text, parts = _content(item.get("content"))
        return Message(ROLES.get(text_of(item.get("role")), "user"), text, parts=parts)
    field, id_ = _ANSWERS[str(kind)]
    text, parts = _content(item.get(field))
    return Message("tool", text, text_of(item.get("name")) or None, text_of(item.get(id_)) or None, parts=parts)


def _content(content: Any) -> tuple[str, tuple[str, ...]]:
    """Return the texts joined by newlines, and the kinds of the other parts."""
    if type(content) is bool:
        return ("approved" if content else "denied"), ()
    if type(content) is dict:
        content = [content]
    if type(content) is not list:
        return _as_text(content), ()
    parts = [part for part in content if type(part) is dict]
    texts = [part[field] for part in parts for field in _TEXTS if type(part.get(field)) is str]
    kinds = [_PART_KINDS[kind] for part in parts if (kind := text_of(part.get("type"))) in _PART_KINDS]
    return "\n".join(text for text in texts if text), tuple(kinds)


def _as_text(value: Any) -> str:
    """Return a text; other values as JSON."""
    return value if type(value) is str else "" if value is None else msgspec.json.encode(value).decode()


#: Which items answer which, and how messages call the two.
_PAIRS: Final = {
    "function_call": ("function_call_output", "function call"),
    "custom_tool_call": ("custom_tool_call_output", "custom tool call"),
}


def check_answers(items: Iterable[Item]) -> None:
    """Refuse outputs of calls that nobody made, and calls without an output. Raises ``ApiError``.

    An output may name no call.
    """
    kinds = [(kind_of(item), item["call_id"]) for item in items if item.get("call_id") is not None]
    for call, (output, name) in _PAIRS.items():
        made = [id_ for kind, id_ in kinds if kind == call]
        answered = [id_ for kind, id_ in kinds if kind == output]
        for id_ in answered:
            if id_ not in made:
                raise _unpaired(f"No tool call found for {name} output with call_id {id_}.")
        for id_ in made:
            if id_ not in answered:
                raise _unpaired(f"No tool output found for {name} {id_}.")


def _unpaired(message: str) -> ApiError:
    return bad(message, "input", None)
