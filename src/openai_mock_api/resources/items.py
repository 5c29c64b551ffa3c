"""The items of conversations as they are listed (source: API reference, "List input items", "Conversation items")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.resources.store import Record
from openai_mock_api.surfaces.responses.items import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Item = dict[str, Any]

#: How the ids of items begin that have none of their own. Results of the client begin otherwise than the API's own.
_PREFIXES: Final = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "computer_call_output": "cuo",
    "shell_call": "sh",
    "shell_call_output": "shr",
    "apply_patch_call": "apc",
    "apply_patch_call_output": "apr",
    "mcp_approval_response": "mcpa",
    "tool_search_call": "tsc",
    "tool_search_output": "tso",
    "compaction": "cmp",
}

#: What is told of an item that says less, by kind.
_DONE: Final = {"status": "completed"}
_TOLD: Final[dict[str, dict[str, Any]]] = {
    "message": _DONE,
    "function_call": _DONE,
    "function_call_output": _DONE,
    "custom_tool_call": _DONE,
    "custom_tool_call_output": _DONE,
    "computer_call_output": _DONE,
    "shell_call": _DONE,
    "shell_call_output": _DONE,
    "tool_search_call": {**_DONE, "call_id": None, "execution": "server"},
    "tool_search_output": {**_DONE, "call_id": None, "execution": "server"},
}

#: What is told of a part that says less.
_PARTS: Final[dict[str, dict[str, Any]]] = {
    "output_text": {"annotations": [], "logprobs": []},
    "input_image": {"detail": "auto", "file_id": None, "image_url": None},
}

#: What is left out of items and their parts unless it is asked for, by kind and field.
_ON_REQUEST: Final = {
    ("reasoning", "encrypted_content"): "reasoning.encrypted_content",
    ("input_image", "image_url"): "message.input_image.image_url",
    ("computer_screenshot", "image_url"): "computer_call_output.output.image_url",
    ("file_search_call", "results"): "file_search_call.results",
    ("code_interpreter_call", "outputs"): "code_interpreter_call.outputs",
    ("search", "sources"): "web_search_call.action.sources",
}
INCLUDABLE: Final = (
    *_ON_REQUEST.values(),
    "web_search_call.results",
    "message.output_text.logprobs",
)


def listed(items: Iterable[Item], new_id: Callable[[str, int], Any]) -> list[Item]:
    """Return items as they are kept: complete, each with an id. ``new_id`` makes one that begins as its kind's do, by
    place. A wish to compact is no item of a list.
    """  # noqa: D205 - three sentences
    kept = [item for item in items if kind_of(item) != "compaction_trigger"]
    return [_listed(item, place, new_id) for place, item in enumerate(kept)]


def _listed(item: Item, place: int, new_id: Callable[[str, int], Any]) -> Item:
    kind = kind_of(item) or "unknown"
    id_ = item.get("id")
    if type(id_) is not str:
        id_ = new_id(_PREFIXES.get(kind, "item"), place)
    told = {"type": kind, **_TOLD.get(kind, {}), **{name: value for name, value in item.items() if value is not None}}
    if kind == "message":
        told["content"] = _content(item)
    return {"id": id_, **{name: value for name, value in told.items() if name != "id"}}


def _content(message: Item) -> list[Item]:
    content = message.get("content")
    if type(content) is str:
        kind = "output_text" if message.get("role") == "assistant" else "input_text"
        content = [{"type": kind, "text": content}]
    parts = [part for part in content if type(part) is dict] if type(content) is list else []
    return [{**_PARTS.get(str(part.get("type")), {}), **part} for part in parts]


def shown(item: Item, included: Sequence[str]) -> Item:
    """Leave out of an item, and of its parts, what is sent on request only."""
    kind = str(item.get("type"))
    found = {name: value for name, value in item.items() if _ON_REQUEST.get((kind, name)) in (None, *included)}
    for field in ("content", "output", "action"):
        inner = found.get(field)
        if type(inner) is dict:
            found[field] = shown(inner, included)
        elif type(inner) is list:
            found[field] = [shown(part, included) if type(part) is dict else part for part in inner]
    return found


def records(items: Iterable[Item], included: Sequence[str] = INCLUDABLE) -> list[Record]:
    """Return items as records, for pages of them."""
    return [
        Record("item", item["id"], place, msgspec.json.encode(shown(item, included)))
        for place, item in enumerate(items)
    ]
