"""What OpenAI's API refuses in the JSON Schemas of tools and response formats (source: guide "Structured Outputs").

A schema is looked through once: the same bytes have the same fault.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.lazy import Lazy
from openai_mock_api.surfaces.validation import bad

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jsonschema_rs

    from openai_mock_api.errors import ApiError
else:
    jsonschema_rs = Lazy("jsonschema_rs")

#: So many schemas, each of at most so many bytes, are remembered with their faults.
REMEMBERED: Final = 256
SHORT: Final = 65_536

#: Keywords that strict schemas may not hold.
FORBIDDEN: Final = (
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "default",
    "patternProperties",
    "propertyNames",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
    "uniqueItems",
    "minLength",
    "maxLength",
)

#: Keywords that hold schemas by name.
_MAPS: Final = ("properties", "$defs", "definitions")

#: Keywords that say what a value is when ``type`` does not.
_KINDS: Final = frozenset({"type", "anyOf", "$ref", "enum", "const"})

#: Where a schema stands in the whole: ``("properties", "city")``.
Context = tuple[str, ...]


def schema_fault(schema: dict[str, Any], *, strict: bool) -> str | None:
    """Return what is wrong with a schema, as the end of a sentence about it, or None."""
    data = msgspec.json.encode(schema)
    return (_remembered if len(data) <= SHORT else _fault)(data, strict)


def parameter_faults(function: dict[str, Any], path: str) -> Iterator[ApiError]:
    """Yield what is wrong with the parameters of a function that stands at ``path``."""
    schema = function.get("parameters")
    strict = function.get("strict") is True
    fault = schema_fault(schema, strict=strict) if schema or (strict and schema is not None) else None
    if fault is not None:
        message = f"Invalid schema for function '{function['name']}'{fault}"
        yield bad(message, f"{path}.parameters", "invalid_function_parameters")


def _fault(data: bytes, strict: bool) -> str | None:
    schema = msgspec.json.decode(data)
    fault = _fault_of_form(schema)
    if fault is not None:
        return fault
    if schema.get("type") != "object":
        return f": schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    checks = (_array_fault, *_STRICT) if strict else (_array_fault,)
    for context, part in _parts(schema):
        for check in checks:
            fault = check(part)
            if fault is not None:
                return f": In context={context}, {fault}"
    return None


_remembered: Final = lru_cache(REMEMBERED)(_fault)


def _fault_of_form(schema: dict[str, Any]) -> str | None:
    """Return why the current draft does not take a schema. ``$schema`` is left out: it would be fetched."""
    try:
        jsonschema_rs.meta.validate({key: value for key, value in schema.items() if key != "$schema"})
    except jsonschema_rs.ValidationError as error:
        if error.kind.name == "type":
            types = ", ".join(map(repr, sorted(error.kind.value, reverse=True)))
            return f": {error.instance!r} is not of type {types}."
        if error.kind.name == "anyOf":
            return f": {error.instance!r} is not valid under any of the given schemas."
        return ". Please ensure it is a valid JSON Schema."
    return None


def _parts(schema: dict[str, Any]) -> Iterator[tuple[Context, dict[str, Any]]]:
    """Yield a schema and every one inside it, outermost first. Without recursion: schemas may be nested deeply."""
    waiting: list[tuple[Context, Any]] = [((), schema)]
    while waiting:
        context, part = waiting.pop()
        if isinstance(part, dict):
            yield context, part
            waiting += reversed([((*context, *place), inner) for place, inner in _inner(part)])


def _inner(part: dict[str, Any]) -> Iterator[tuple[Context, Any]]:
    for key in _MAPS:
        for name, inner in part.get(key, {}).items():
            yield (key, name), inner
    if "items" in part:
        yield ("items",), part["items"]
    for number, inner in enumerate(part.get("anyOf", ())):
        yield ("anyOf", str(number)), inner


def _is(part: dict[str, Any], kind: str) -> bool:
    given = part.get("type")
    return given == kind or (isinstance(given, list) and kind in given)


def _array_fault(part: dict[str, Any]) -> str | None:
    return "array schema missing items." if _is(part, "array") and "items" not in part else None


def _keyword_fault(part: dict[str, Any]) -> str | None:
    found = next((keyword for keyword in FORBIDDEN if keyword in part), None)
    return None if found is None else f"'{found}' is not permitted."


def _reference_fault(part: dict[str, Any]) -> str | None:
    others = sorted(part.keys() - {"$ref"})
    if "$ref" not in part or not others:
        return None
    return f"$ref cannot have keywords {{{', '.join(map(repr, others))}}}."


def _kind_fault(part: dict[str, Any]) -> str | None:
    return None if part.keys() & _KINDS else "schema must have a 'type' key."


def _closed_fault(part: dict[str, Any]) -> str | None:
    if _is(part, "object") and part.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    return None


def _required_fault(part: dict[str, Any]) -> str | None:
    if not _is(part, "object"):
        return None
    properties, required = part.get("properties", {}), part.get("required", [])
    missing = [f"Missing '{name}'." for name in properties if name not in required]
    extra = [f"Extra required key '{name}' supplied." for name in required if name not in properties]
    if not missing and not extra:
        return None
    return (
        "'required' is required to be supplied and to be an array including every key in properties. "
        f"{[*missing, *extra][0]}"
    )


_STRICT: Final = (_closed_fault, _required_fault, _keyword_fault, _reference_fault, _kind_fault)
