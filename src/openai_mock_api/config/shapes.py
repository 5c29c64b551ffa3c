"""What a field of the model takes, read once from its annotation."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from openai_mock_api.config.scalars import is_64_bit, resolve


class Shape(msgspec.Struct, frozen=True):
    """The kinds of value that a field takes. At most one of each kind, as the model needs no more.

    ``scalar`` is ``str``, ``int``, ``float``, ``bool`` or None; ``choices`` are the texts allowed instead.
    ``items`` is the shape of a list's items, ``values`` that of a mapping's values, ``struct`` a mapping's Struct.
    """

    scalar: type | None = None
    choices: tuple[str, ...] = ()
    items: Shape | None = None
    values: Shape | None = None
    struct: type[msgspec.Struct] | None = None
    null: bool = False
    anything: bool = False

    @property
    def expected(self) -> str:
        """Name the kinds: ``text, a mapping or null``."""
        kinds = [
            f"one of {', '.join(self.choices)}" if self.choices else "",
            _NAMES[self.scalar] if self.scalar else "",
            "a mapping" if self.struct or self.values else "",
            "a list" if self.items else "",
            "null" if self.null else "",
        ]
        *first, last = filter(None, kinds)
        return f"{', '.join(first)} or {last}" if first else last


_NAMES: Final[dict[type, str]] = {str: "text", int: "an integer", float: "a number", bool: "true or false"}


class Field(msgspec.Struct, frozen=True):
    """One field of a Struct: its attribute and its shape."""

    name: str
    shape: Shape
    required: bool


@cache
def fields_of(struct: type[msgspec.Struct]) -> dict[str, Field]:
    """Return the fields by the keys that a configuration uses."""
    return {
        field.encode_name: Field(field.name, shape_of(field.type), field.required)
        for field in msgspec.structs.fields(struct)
    }


@cache
def defaults_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the default of each field that has one, by attribute."""
    return {
        field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(struct)
        if not field.required
    }


def is_given(struct: msgspec.Struct, key: str) -> bool:
    """Whether a Struct's value differs from its default."""
    field = fields_of(type(struct))[key]
    defaults = defaults_of(type(struct))
    return field.name not in defaults or bool(defaults[field.name] != getattr(struct, field.name))


def given(struct: msgspec.Struct) -> dict[str, Any]:
    """Return the values of a Struct that differ from their defaults, by key."""
    fields = fields_of(type(struct))
    return {key: getattr(struct, fields[key].name) for key in fields if is_given(struct, key)}


def was_read(value: object) -> bool:
    """Whether a required field holds a value; UNSET stands for one that could not be read."""
    return value is not UNSET


def entries_of(value: Any) -> Mapping[Any, Any]:
    """Return the entries of a mapping, the given fields of a Struct, or none."""
    if isinstance(value, msgspec.Struct):
        return given(value)
    return value if isinstance(value, Mapping) else {}


def shape_of(annotation: Any) -> Shape:
    """Read an annotation: ``str | list[str] | UnsetType`` takes text and a list of texts."""
    alternatives = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    parts: dict[str, Any] = {}
    for alternative in alternatives:
        parts |= _part(alternative)
    return Shape(**parts)


def _part(annotation: Any) -> dict[str, Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return {"choices": arguments}
    if origin is list:
        return {"items": shape_of(arguments[0])}
    if origin is dict:
        return {"values": shape_of(arguments[1])}
    if annotation in _NAMES:
        return {"scalar": annotation}
    return _SPECIAL.get(annotation, {"struct": annotation})


_SPECIAL: Final[dict[Any, dict[str, Any]]] = {
    Any: {"anything": True},
    type(None): {"null": True},
    UnsetType: {},
}


def number_of(value: Any, wanted: type) -> bool | int | float | None:
    """Return ``value`` as a ``bool``, ``int`` or ``float``, or None when it is none.

    A text counts when YAML would read it so without quotes: variables and the npm package's users write
    ``port: '3000'``.
    """
    if isinstance(value, str):
        value = resolve(value)
    if isinstance(value, bool):
        return value if wanted is bool else None
    if wanted is bool or not isinstance(value, int | float):
        return None
    return _float(value) if wanted is float else _integer(value)


def _float(value: float) -> float | None:
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _integer(value: float) -> int | None:
    return int(value) if value % 1 == 0 and is_64_bit(int(value)) else None
