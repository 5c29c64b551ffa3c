from __future__ import annotations

import contextlib
import enum
import json
import sys
from typing import Any, Literal

import jsonschema_rs
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.script.schemas.samples import LEVELS, STEPS, sample_text
from openai_mock_api.script.schemas.validity import fault

TEXT = {"type": "string"}
COUNT = {"type": "integer"}


def thing(properties: dict[str, Any], *, required: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """A schema of an object whose properties are all required, unless said otherwise."""
    names = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": names, **more}


def sample(schema: Any) -> Any:
    return json.loads(sample_text(schema))


def items(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": schema, **more}


# -- what is sensible


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, "text"),
        ({}, "text"),
        (TEXT, "text"),
        (COUNT, 0),
        ({"type": "number"}, 0),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        (thing({"city": TEXT, "days": COUNT}), {"city": "city", "days": 0}),
        (thing({"city": TEXT, "days": COUNT}, required=["days"]), {"days": 0}),
        (thing({"stops": items(TEXT)}), {"stops": ["stops"]}),
        ({"type": ["null", "integer"]}, 0),
        ({"anyOf": [{"type": "null"}, TEXT]}, "text"),
        ({"oneOf": [COUNT, {"type": "number", "minimum": 1}]}, 0),
        ({"type": "string", "enum": ["b", "a"]}, "b"),
        ({"enum": [None, "a"]}, "a"),
        ({"const": {"a": [1]}}, {"a": [1]}),
        ({"type": "string", "default": "Paris"}, "Paris"),
        ({"type": "string", "default": 3, "examples": [4, "Rome"]}, "Rome"),
        ({"anyOf": [TEXT, {"type": "null"}], "default": None}, "text"),
    ],
)
def test_values_are_small_and_readable(schema: Any, value: Any) -> None:
    assert sample(schema) == value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"minimum": 5}, 5),
        ({"maxLength": 2}, "te"),
        ({"properties": {"a": TEXT}, "required": ["a"]}, {"a": "a"}),
        ({"items": COUNT}, [0]),
        ({"not": TEXT}, 0),
        ({"type": "string", "not": {"const": "text"}}, "text 2"),
    ],
)
def test_a_type_that_is_not_named_is_found(schema: Any, value: Any) -> None:
    assert sample(schema) == value


def test_a_sample_is_the_same_every_time() -> None:
    schema = thing({"b": TEXT, "a": items(thing({"c": {"type": "number"}}))})
    assert sample_text(schema) == sample_text(dict(schema)) == '{"b":"b","a":[{"c":0}]}'


def test_a_sample_that_was_changed_is_not_seen_again() -> None:
    sample(items(COUNT)).append(1)
    assert sample(items(COUNT)) == [0]


# -- arrays


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (items(COUNT, minItems=2), [0, 0]),
        (items(COUNT, maxItems=0), []),
        (items(COUNT, minItems=3, uniqueItems=True), [0, 1, -1]),
        (items({"type": "boolean"}, minItems=2, uniqueItems=True), [True, False]),
        (items(thing({"a": COUNT, "b": COUNT}), minItems=3, uniqueItems=True), [{"a": n, "b": 0} for n in (0, 1, -1)]),
        ({"type": "array"}, []),
        ({"type": "array", "prefixItems": [TEXT, COUNT], "items": False, "minItems": 2}, ["text", 0]),
        ({"type": "array", "prefixItems": [TEXT], "items": COUNT, "minItems": 3}, ["text", 0, 0]),
        (items(COUNT, contains={"const": 5}), [5]),
        (items(COUNT, contains={"minimum": 5}, minContains=2, minItems=3), [5, 5, 0]),
        (items(False), []),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "type": "array", "items": [TEXT], "minItems": 1},
            ["text"],
        ),
    ],
)
def test_arrays(schema: Any, value: Any) -> None:
    assert sample(schema) == value


# -- objects


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (thing({"a": TEXT, "b": COUNT}, required=[], minProperties=1), {"a": "a"}),
        ({"type": "object", "minProperties": 1, "additionalProperties": COUNT}, {"key": 0}),
        ({"type": "object", "minProperties": 2}, {"key": "key", "key 2": "key 2"}),
        ({"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^x_$"}}, {"x_": "x_"}),
        (
            {
                "type": "object",
                "minProperties": 1,
                "patternProperties": {"^n": COUNT},
                "additionalProperties": False,
            },
            {"n": 0},
        ),
        (thing({"ab": {"minimum": 2}}, patternProperties={"^a": COUNT}), {"ab": 2}),
        ({"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}}, {"a": "a", "b": "b"}),
        (
            {"type": "object", "required": ["a"], "dependentSchemas": {"a": thing({"b": COUNT})}},
            {"a": "a", "b": 0},
        ),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#", "required": ["a"], "dependencies": {"a": ["b"]}},
            {"a": "a", "b": "b"},
        ),
    ],
)
def test_objects(schema: Any, value: Any) -> None:
    assert sample(schema) == value


# -- schemas of schemas


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"allOf": [True, COUNT], "anyOf": [False, True]}, 0),
        ({"allOf": [thing({"a": TEXT}), thing({"a": {"minLength": 3}, "b": COUNT})]}, {"a": "aaa", "b": 0}),
        ({"allOf": [{"type": ["string", "integer"]}, {"type": "number"}]}, 0),
        ({"allOf": [{"anyOf": [TEXT, COUNT]}, {"anyOf": [{"type": "boolean"}, COUNT]}]}, 0),
        (
            {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"enum": ["cat"]}},
                "if": {"properties": {"kind": {"const": "cat"}}},
                "then": {"required": ["lives"]},
            },
            {"kind": "cat", "lives": "lives"},
        ),
        ({"type": "integer", "if": {"minimum": 3}, "then": {"maximum": 2}, "else": {"multipleOf": 2}}, 0),
        ({"if": {"type": "string"}, "then": False, "else": COUNT}, 0),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": COUNT}}, 0),
        ({"$ref": "#/$defs/a%20b", "$defs": {"a b": COUNT}}, 0),
        ({"$ref": "#there", "$defs": {"a": {"$anchor": "there", "type": "integer"}}}, 0),
        ({"$ref": "#/allOf/0", "allOf": [COUNT]}, 0),
        ({"$ref": "https://example.com/i", "$defs": {"i": {"$id": "https://example.com/i", "type": "integer"}}}, 0),
        (
            {
                "$ref": "#/$defs/i",
                "$defs": {"i": {"$id": "https://example.com/i", "$ref": "#/$defs/n", "$defs": {"n": COUNT}}},
            },
            0,
        ),
        (
            {
                "$dynamicRef": "#there",
                "$defs": {"b": {"enum": [1]}, "a": {"$dynamicAnchor": "there", "type": "integer"}},
            },
            0,
        ),
        ({"enum": [{"$ref": "#"}]}, {"$ref": "#"}),
        ({**thing({"const": {"$ref": "#/$defs/a"}}), "$defs": {"a": {"const": 5}}}, {"const": 5}),
        ({"$id": "https://example.com/s", "$ref": "https://example.com/s#/$defs/a", "$defs": {"a": COUNT}}, 0),
    ],
)
def test_schemas_that_combine_others(schema: Any, value: Any) -> None:
    assert sample(schema) == value


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (
            {**ref("node"), "$defs": {"node": thing({"v": COUNT, "next": {"anyOf": [ref("node"), {"type": "null"}]}})}},
            {"v": 0, "next": None},
        ),
        (thing({"name": TEXT, "children": items({"$ref": "#"})}), {"name": "name", "children": []}),
        (
            {
                **ref("sum"),
                "$defs": {
                    "sum": {"anyOf": [thing({"left": ref("sum"), "right": ref("sum")}), thing({"number": COUNT})]},
                },
            },
            {"left": {"number": 0}, "right": {"number": 0}},
        ),
        (
            {**ref("a"), "$defs": {"a": thing({"b": ref("b")}), "b": thing({"a": items(ref("a"))})}},
            {"b": {"a": []}},
        ),
        ({"anyOf": [{"$ref": "#"}, COUNT]}, 0),
    ],
)
def test_what_refers_to_itself_ends(schema: Any, value: Any) -> None:
    assert sample(schema) == value


# -- what cannot be done


def chain(levels: int, link: Any) -> dict[str, Any]:
    """A schema that refers ``levels`` deep, each time by what ``link`` makes of the reference."""
    defs = {f"a{level}": link(ref(f"a{level + 1}")) for level in range(levels)}
    return {**ref("a0"), "$defs": {**defs, f"a{levels}": {"type": "null"}}}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (False, "no value with at most"),
        ({"type": "strin"}, '"strin" is not valid'),
        ({"type": "array", "minItems": -1}, "-1 is less than the minimum"),
        ({"$ref": "#/$defs/x"}, "does not exist"),
        ({"$ref": "http://127.0.0.1:9/x"}, "is not part of the schema"),
        ({"$ref": "http://json-schema.org/draft-07/schema#"}, "not present"),
        ({"$ref": "file:///etc/hostname"}, "is not part of the schema"),
        ({"type": "string", "minLength": 5, "maxLength": 2}, "no value with at most"),
        ({"type": "string", "minLength": 10**9}, "no value with at most"),
        ({"allOf": [TEXT, COUNT]}, "no value with at most"),
        ({"allOf": [{"enum": [1]}, {"enum": [2]}]}, "no value with at most"),
        (items({"type": "boolean"}, minItems=3, uniqueItems=True), "no value with at most"),
        (items(COUNT, minItems=10**9), f"among the first {STEPS}"),
        (items({"type": "string", "minLength": 9000}, minItems=1000), f"among the first {STEPS}"),
        ({"type": "object", "minProperties": 1, "additionalProperties": False}, "no value with at most"),
        ({**ref("n"), "$defs": {"n": thing({"next": ref("n")})}}, "no value with at most"),
        (chain(30, lambda inner: items(inner, minItems=2)), f"among the first {STEPS}"),
        (
            chain(30, lambda inner: {"anyOf": [{"allOf": [inner, TEXT]}, {"allOf": [inner, COUNT]}]}),
            f"among the first {STEPS}",
        ),
        ({"$ref": "#"}, "no value with at most"),
    ],
)
def test_a_schema_that_nothing_was_found_for_is_a_value_error(schema: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        sample(schema)


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = TEXT
    for _ in range(levels):
        schema = thing({"a": schema})
    return schema


def test_levels_are_bounded() -> None:
    assert sample_text(nested(LEVELS)).count("{") == LEVELS
    for levels in (LEVELS + 1, 100, 250, 2000):
        with pytest.raises(ValueError, match=r"levels|deep|limit"):
            sample(nested(levels))


def test_alternatives_within_alternatives_are_bounded() -> None:
    schema: dict[str, Any] = TEXT
    for _ in range(110):
        schema = {"allOf": [schema]}
    assert sample(schema) == "text"
    for _ in range(120):
        schema = {"anyOf": [schema]}
    with pytest.raises(ValueError, match=r"deep|limit"):
        sample(schema)


def test_little_room_on_the_stack_is_a_value_error() -> None:
    def below(frames: int) -> Any:
        return below(frames - 1) if frames else sample(nested(30))

    with pytest.raises(ValueError, match="nested too deeply"):
        below(sys.getrecursionlimit() - 150)


# -- any schema of the usual kinds

names = st.sampled_from(["city", "days", "unit", "note", "id"])
leaves = st.one_of(
    st.builds(
        lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    st.sampled_from(["date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    st.sampled_from(["^[a-z]+$", r"^\d{3}-\d{4}$", "^(red|green)$", r"^#[0-9a-f]{6}$", "[A-Z]"]).map(
        lambda pattern: {"type": "string", "pattern": pattern}
    ),
    st.builds(
        lambda low, width: {"type": "integer", "minimum": low, "maximum": low + width},
        st.integers(-(2**40), 2**40),
        st.integers(0, 5),
    ),
    st.builds(
        lambda low, width: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + width},
        st.integers(-1000, 1000),
        st.sampled_from([0.25, 1, 2.5]),
    ),
    st.builds(
        lambda step, low: {"type": "number", "multipleOf": step, "minimum": low},
        st.sampled_from([0.01, 0.25, 3, 7.5]),
        st.integers(-50, 50),
    ),
    st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.text()), min_size=1).map(lambda e: {"enum": e}),
    st.integers().map(lambda value: {"const": value}),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {}, {"type": ["string", "null"]}, {"not": TEXT}]),
)


def branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(names, inner, max_size=4)
    return st.one_of(
        properties.map(lambda found: thing(found, additionalProperties=False)),
        st.builds(lambda found, least: thing(found, required=[], minProperties=least), properties, st.integers(0, 5)),
        st.builds(lambda found, key: thing(found, dependentRequired={key: ["other"]}), properties, names),
        st.builds(lambda schema, least: items(schema, minItems=least), inner, st.integers(0, 4)),
        st.integers(0, 4).map(lambda least: items(TEXT, minItems=least, uniqueItems=True)),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda first: {"type": "array", "prefixItems": first, "items": False, "minItems": len(first)}
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda schemas: {"anyOf": schemas}),
        inner.map(lambda schema: {"anyOf": [schema, {"type": "null"}]}),
        inner.map(lambda schema: {"allOf": [schema]}),
        st.builds(lambda a, b: {"allOf": [thing({"a": a}), thing({"b": b})]}, inner, inner),
        st.builds(
            lambda a, b: {"oneOf": [thing({"a": a, "kind": {"const": 1}}), thing({"b": b, "kind": {"const": 2}})]},
            inner,
            inner,
        ),
        inner.map(
            lambda schema: {
                **thing({"kind": {"enum": ["a", "b"]}}),
                "if": {"properties": {"kind": {"const": "a"}}},
                "then": {"properties": {"extra": schema}, "required": ["extra"]},
            }
        ),
        st.builds(
            lambda schema, name: {"type": "object", "properties": {name: {"$ref": "#/$defs/Leaf"}, "x": schema}},
            inner,
            names,
        ),
        st.just(thing({"leaf": {"$ref": "#/$defs/Leaf"}, "again": items({"$ref": "#/$defs/Tree"})})),
    )


trees = st.recursive(leaves, branches, max_leaves=12).map(
    lambda schema: {
        **schema,
        "$defs": {"Leaf": {"type": "string"}, "Tree": thing({"leaves": items({"$ref": "#/$defs/Tree"})})},
    }
)


@given(trees)
def test_a_sample_satisfies_its_schema(schema: Any) -> None:
    assert not list(jsonschema_rs.iter_errors(schema, sample(schema), validate_formats=True))


KEYWORDS = [
    "type", "properties", "items", "required", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref",
    "enum", "const", "minimum", "maximum", "minLength", "pattern", "format", "minItems", "contains", "a",
    "additionalProperties", "minProperties", "propertyNames", "dependencies", "default", "examples",
    "$anchor", "$defs", "$id", "minContains", "uniqueItems", "additionalItems", "prefixItems",
]  # fmt: skip

junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["string", "object", "array", "#", "a"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(KEYWORDS),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["type", "allOf", "anyOf", "properties", "items", "$schema", "$ref"]), junk), junk
)
def test_whatever_is_sent_is_a_sample_or_a_value_error(schema: dict[str, Any], other: Any) -> None:
    for draft in ("draft-04", "draft-07", "2019-09", "2020-12"):
        for sent in ({**schema, "$schema": draft}, other if isinstance(other, dict) else {"allOf": [other, schema]}):
            with contextlib.suppress(ValueError):
                assert fault(sent, sample(sent)) is None


# -- what SDKs send


class Unit(enum.Enum):
    CELSIUS = "celsius"
    FAHRENHEIT = "fahrenheit"


class Step(pydantic.BaseModel):
    explanation: str
    output: str


class Reasoning(pydantic.BaseModel):
    steps: list[Step] = pydantic.Field(min_length=2)
    answer: str = pydantic.Field(pattern=r"^[A-D]$")
    unit: Unit
    score: float = pydantic.Field(gt=0, le=1)
    kind: Literal["a", "b"]
    pair: tuple[int, str]
    extra: dict[str, int]
    parent: Reasoning | None
    when: pydantic.AwareDatetime
    link: pydantic.HttpUrl
    tags: set[str] = pydantic.Field(min_length=3)


def test_a_sample_of_a_pydantic_model_is_one() -> None:
    made = Reasoning.model_validate(sample(Reasoning.model_json_schema()))
    assert (made.answer, made.unit, made.kind, made.pair) == ("A", Unit.CELSIUS, "a", (0, "pair"))
    assert made.steps == [Step(explanation="explanation", output="output")] * 2
    assert made.parent is None
