"""What in a JSON document is not as the SDK's types say: wrong types, missing fields, fields that they do not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pydantic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Steps into a document: names of fields, and indices of lists.
Place = tuple[str | int, ...]


def faults(kind: Any, document: Any) -> list[str]:
    """Validate a document strictly, without the conversions that the SDK allows itself."""
    try:
        value = pydantic.TypeAdapter(kind).validate_json(json.dumps(document), strict=True)
    except pydantic.ValidationError as error:
        return [f"{_path(fault['loc'])}: {fault['msg']}, got {fault['input']!r}" for fault in error.errors()]
    return [f"{_path(place)}: unknown to the SDK" for place in _unknown(value, ())]


def _path(place: Place) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def _unknown(value: Any, place: Place) -> Iterator[Place]:
    """Yield the places of fields that no type declares. The SDK's models take and keep any."""
    if isinstance(value, pydantic.BaseModel):
        yield from ((*place, name) for name in value.model_extra or ())
    for step, item in _items(value):
        yield from _unknown(item, (*place, step))


def _items(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, pydantic.BaseModel):
        return vars(value).items()
    return enumerate(value) if isinstance(value, list) else ()


def remove(document: Any, path: str) -> int:
    """Take what a path names out of a document; return how often it was there. ``[]`` stands for all of a list."""
    name, _, rest = path.partition(".")
    if rest:
        inner = document.get(name.removesuffix("[]"))
        items = inner if name.endswith("[]") else [inner]
        return sum(remove(item, rest) for item in items or () if item is not None)
    found = name in document
    document.pop(name, None)
    return int(found)
