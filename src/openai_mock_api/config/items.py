"""Items that built-in tools leave in a response, as a turn lists them: what is wrong with one, and one completed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.config import spelling
from openai_mock_api.config.item_kinds import KEYS, KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.config.places import KeyPath

#: What stands for the turn's own thoughts, text and tool calls.
PLACES: Final = ("reasoning", "message", "function_call")

_TYPES: Final = tuple(dict.fromkeys((*PLACES, *KINDS)))

#: How msgspec describes what is wrong, and how we name the kinds of value.
_FAULT: Final = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<place>.*)`)?\Z", re.DOTALL)
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_MISSING: Final = re.compile(r"Object missing required field (`.*`)")
_KIND_OF_VALUE: Final = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_VALUES: Final = {
    "str": "text",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def is_place(item: Mapping[str, Any]) -> bool:
    """Whether an item stands for what the turn itself says."""
    return item.get("type") in PLACES and len(item) == 1


def completed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with every field that it leaves out. Raises ``msgspec.ValidationError``."""
    if is_place(item):
        return dict(item)
    whole: dict[str, Any] = msgspec.to_builtins(msgspec.convert(item, KINDS[item["type"]]))
    return whole


def fault_in(item: Mapping[str, Any]) -> tuple[KeyPath, str] | None:
    """Return where an item is wrong, and what is wrong there; None when it is right."""
    kind = item.get("type")
    if kind is None:
        return (), f"`type` is missing; expected one of: {', '.join(_TYPES)}"
    if kind not in _TYPES:
        return ("type",), _no_kind(str(kind))
    if kind in PLACES and kind not in KINDS and len(item) > 1:
        return (
            (),
            f"{kind} is the place of the turn's own, and has no other keys; give the turn `content` or `tool_calls`",
        )
    try:
        completed(item)
    except msgspec.ValidationError as error:
        return _place_of(str(error))
    return None


def _no_kind(kind: str) -> str:
    near = spelling.closest(kind, _TYPES)
    hint = f"did you mean {near!r}?" if near else f"expected one of: {', '.join(_TYPES)}"
    return f"{spelling.shortened(kind)!r} is not a kind of item; {hint}"


def _place_of(error: str) -> tuple[KeyPath, str]:
    found = _FAULT.match(error)
    assert found is not None
    steps = _STEP.findall(found["place"] or "")
    path = tuple(name or int(index) for name, index in steps)
    what = found["what"]
    unknown, missing = _UNKNOWN.match(what), _MISSING.match(what)
    if unknown:
        near = spelling.closest(unknown[1], KEYS)
        return (*path, unknown[1]), f"unknown key; did you mean {near!r}?" if near else "unknown key"
    if missing:
        return path, f"{missing[1]} is missing"
    what = _KIND_OF_VALUE.sub(
        lambda kinds: " or ".join(_VALUES.get(kind, kind) for kind in kinds[1].split(" | ")), what
    )
    return path, what[0].lower() + what[1:]
