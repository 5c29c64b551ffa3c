from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from openai_mock_api.surfaces import strict_schema
from openai_mock_api.surfaces.strict_schema import FORBIDDEN, schema_fault

TEXT = {"type": "string"}


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


NOT_CLOSED = "'additionalProperties' is required to be supplied and to be false."
NOT_ALL = "'required' is required to be supplied and to be an array including every key in properties. "
NO_OBJECT = ": schema must be a JSON Schema of 'type: \"object\"', got 'type: \"%s\"'."

ALWAYS: list[tuple[Any, str]] = [
    ({"type": "string"}, NO_OBJECT % "string"),
    ({"properties": {}}, NO_OBJECT % "None"),
    ({"anyOf": [obj(), obj(a=TEXT)]}, NO_OBJECT % "None"),
    ({"type": "objekt"}, ": 'objekt' is not valid under any of the given schemas."),
    ({"type": "object", "properties": []}, ": [] is not of type 'object'."),
    ({"type": "object", "required": None}, ": None is not of type 'array'."),
    (obj(a={"items": []}), ": [] is not of type 'object', 'boolean'."),
    ({"type": "object", "anyOf": []}, ". Please ensure it is a valid JSON Schema."),
    (obj(paths={"type": "array"}), ": In context=('properties', 'paths'), array schema missing items."),
    (
        obj(size={"anyOf": [{"type": ["array", "null"]}, {"type": "null"}]}),
        ": In context=('properties', 'size', 'anyOf', '0'), array schema missing items.",
    ),
]
STRICT: list[tuple[Any, str]] = [
    ({"type": "object", "properties": {}}, f": In context=(), {NOT_CLOSED}"),
    ({**obj(), "additionalProperties": True}, f": In context=(), {NOT_CLOSED}"),
    (obj(a={"type": "object"}), f": In context=('properties', 'a'), {NOT_CLOSED}"),
    (
        obj(a={"type": "array", "items": {"type": ["object", "null"]}}),
        f": In context=('properties', 'a', 'items'), {NOT_CLOSED}",
    ),
    ({**obj(a=TEXT), "$defs": {"B": {"type": "object"}}}, f": In context=('$defs', 'B'), {NOT_CLOSED}"),
    ({**obj(a=TEXT, b=TEXT), "required": ["a"]}, f": In context=(), {NOT_ALL}Missing 'b'."),
    (
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False},
        f": In context=(), {NOT_ALL}Missing 'a'.",
    ),
    ({**obj(), "required": ["z"]}, f": In context=(), {NOT_ALL}Extra required key 'z' supplied."),
    (obj(a={**TEXT, "default": "x"}), ": In context=('properties', 'a'), 'default' is not permitted."),
    (obj(a={"oneOf": [TEXT]}), ": In context=('properties', 'a'), 'oneOf' is not permitted."),
    (
        obj(a={"$ref": "#/$defs/B", "title": "t", "description": "d"}),
        ": In context=('properties', 'a'), $ref cannot have keywords {'description', 'title'}.",
    ),
    (obj(a={"description": "anything"}), ": In context=('properties', 'a'), schema must have a 'type' key."),
    (obj(a={}), ": In context=('properties', 'a'), schema must have a 'type' key."),
    (obj(a={}, b={"default": 1}), ": In context=('properties', 'a'), schema must have a 'type' key."),
]
GOOD: list[Any] = [
    obj(),
    obj(a=TEXT, b={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, c={"enum": [1, "x"]}),
    obj(a={"type": "array", "items": obj(b=TEXT), "minItems": 1}),
    {**obj(a={"$ref": "#/$defs/A"}), "$defs": {"A": obj(next={"anyOf": [{"$ref": "#"}, {"type": "null"}]})}},
    {**obj(a=TEXT), "$schema": "https://unreachable.example/schema", "title": "T"},
    obj(a={"type": "array", "items": True}),
]


@pytest.mark.parametrize(("schema", "fault"), ALWAYS)
def test_what_is_refused_always(schema: Any, fault: str) -> None:
    assert (schema_fault(schema, strict=False), schema_fault(schema, strict=True)) == (fault, fault)


@pytest.mark.parametrize(("schema", "fault"), STRICT)
def test_what_is_refused_of_strict_schemas(schema: Any, fault: str) -> None:
    assert schema_fault(schema, strict=True) == fault
    assert schema_fault(schema, strict=False) is None


@pytest.mark.parametrize("keyword", FORBIDDEN)
def test_keywords_of_strict_schemas(keyword: str) -> None:
    value: Any = [TEXT] if keyword in ("allOf", "oneOf") else 1
    if keyword in (
        "not",
        "if",
        "then",
        "else",
        "propertyNames",
        "contains",
        "unevaluatedItems",
        "unevaluatedProperties",
    ):
        value = TEXT
    elif keyword in ("dependentRequired", "dependentSchemas", "patternProperties"):
        value = {}
    elif keyword == "uniqueItems":
        value = True
    fault = f": In context=('properties', 'a'), '{keyword}' is not permitted."
    assert schema_fault(obj(a={**TEXT, keyword: value}), strict=True) == fault


@pytest.mark.parametrize("schema", GOOD)
def test_what_is_accepted(schema: Any) -> None:
    assert schema_fault(schema, strict=True) is None


def test_the_schema_of_a_model_with_defaults_is_no_strict_one() -> None:
    class Weather(BaseModel):
        city: str
        days: int = 1

    assert schema_fault(Weather.model_json_schema(), strict=True) == f": In context=(), {NOT_CLOSED}"


@pytest.mark.parametrize("strict", [False, True])
def test_deep_schemas(strict: bool) -> None:
    schema: dict[str, Any] = obj(a=TEXT)
    for _ in range(150):
        schema = obj(a=schema)
    assert schema_fault(schema, strict=strict) is None


def test_long_schemas_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_schema, "SHORT", 10)
    before = strict_schema._remembered.cache_info()
    assert schema_fault(obj(a=TEXT), strict=True) is None
    assert strict_schema._remembered.cache_info() == before


keywords = st.sampled_from(
    ["type", "properties", "items", "anyOf", "$defs", "required", "$ref", "additionalProperties", "enum"]
)
values = st.recursive(
    st.sampled_from(["object", "array", "string", "a", "#/$defs/a"]) | st.none() | st.booleans() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keywords | st.sampled_from(["a", "b"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(keywords, values, max_size=5), st.booleans())
def test_every_object_has_a_fault_or_none(schema: dict[str, Any], strict: bool) -> None:
    fault = schema_fault(schema, strict=strict)
    assert fault is None or fault.endswith(".")
    assert fault == schema_fault(msgspec.json.decode(msgspec.json.encode(schema)), strict=strict)
