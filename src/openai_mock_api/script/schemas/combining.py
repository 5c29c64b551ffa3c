"""Two JSON Schemas as one: what both say of a value.

Only keywords without schemas of other ways in them are combined here (no ``anyOf``, ``$ref`` …). What cannot be said in
one keyword, such as two patterns, keeps the first: values are checked against the schemas as they were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: The types of JSON that a schema can name, the likeliest to be meant first.
TYPES: Final = ("string", "integer", "number", "boolean", "object", "array", "null")


class Contradiction(Exception):  # noqa: N818 - a signal, not an error
    """No value satisfies both schemas."""


def types_of(schema: dict[str, Any]) -> list[str]:
    """Return the types that a schema names, null last; empty for one that names none."""
    named = schema.get("type", [])
    types = [named] if isinstance(named, str) else list(named)
    return sorted(types, key=lambda name: bool(name == "null"))


def both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords of both schemas. Raises ``Contradiction``."""
    combined = {**other, **one}
    for key in one.keys() & other.keys():
        if one[key] != other[key] and key in _COMBINED:
            combined[key] = _COMBINED[key](one[key], other[key])
    return combined


def _types(one: Any, other: Any) -> list[str]:
    ones, others = types_of({"type": one}), types_of({"type": other})
    common = [name for name in ones if name in others or (name == "integer" and "number" in others)]
    if "number" in ones and "integer" in others and "integer" not in common:
        common.append("integer")
    if not common:
        raise Contradiction
    return common


def _common(one: list[Any], other: list[Any]) -> list[Any]:
    common = [value for value in one if value in other]
    if not common:
        raise Contradiction
    return common


def _united(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *(value for value in other if value not in one)]


def _all_of(one: Any, other: Any) -> dict[str, Any]:
    return {"allOf": [one, other]}


def _each(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Combine schemas by name: one that both have must be satisfied twice."""
    return {**one, **{name: _all_of(one[name], schema) if name in one else schema for name, schema in other.items()}}


def _larger(one: Any, other: Any) -> Any:
    return max(one, other) if _are_numbers(one, other) else one


def _smaller(one: Any, other: Any) -> Any:
    return min(one, other) if _are_numbers(one, other) else one


def _are_numbers(*values: Any) -> bool:
    """Older drafts know some limits not at all, or as booleans."""
    return all(isinstance(value, int | float) for value in values)


_COMBINED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "type": _types,
    "enum": _common,
    "required": _united,
    "properties": _each,
    "patternProperties": _each,
    "items": _all_of,
    "contains": _all_of,
    "additionalProperties": _all_of,
    "propertyNames": _all_of,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), _larger),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), _smaller),
}
