from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.script.schemas.combining import Contradiction, both, types_of


@pytest.mark.parametrize(
    ("one", "other", "combined"),
    [
        ({"title": "A"}, {"pattern": "b"}, {"title": "A", "pattern": "b"}),
        ({"pattern": "a"}, {"pattern": "b"}, {"pattern": "a"}),
        ({"type": "string"}, {"type": "string"}, {"type": "string"}),
        ({"type": ["null", "string"]}, {"type": ["string", "integer"]}, {"type": ["string"]}),
        ({"type": "integer"}, {"type": "number"}, {"type": ["integer"]}),
        ({"type": "number"}, {"type": "integer"}, {"type": ["integer"]}),
        ({"type": ["number", "string"]}, {"type": ["integer", "string"]}, {"type": ["string", "integer"]}),
        ({"enum": [1, 2, 3]}, {"enum": [3, 2]}, {"enum": [2, 3]}),
        ({"required": ["a", "b"]}, {"required": ["b", "c"]}, {"required": ["a", "b", "c"]}),
        ({"minimum": 1}, {"minimum": 2.5}, {"minimum": 2.5}),
        ({"maxLength": 9}, {"maxLength": 3}, {"maxLength": 3}),
        ({"minContains": "x"}, {"minContains": 3}, {"minContains": "x"}),
        ({"maxContains": "x"}, {"maxContains": 3}, {"maxContains": "x"}),
        ({"items": {"minimum": 1}}, {"items": False}, {"items": {"allOf": [{"minimum": 1}, False]}}),
        (
            {"properties": {"a": {"minimum": 1}, "b": {}}},
            {"properties": {"a": {"maximum": 2}, "c": {}}},
            {"properties": {"a": {"allOf": [{"minimum": 1}, {"maximum": 2}]}, "b": {}, "c": {}}},
        ),
    ],
)
def test_two_schemas_become_one(one: dict[str, Any], other: dict[str, Any], combined: dict[str, Any]) -> None:
    assert both(one, other) == combined


@pytest.mark.parametrize(("one", "other"), [({"type": "string"}, {"type": "integer"}), ({"enum": [1]}, {"enum": [2]})])
def test_schemas_that_exclude_each_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    with pytest.raises(Contradiction):
        both(one, other)


@pytest.mark.parametrize(
    ("named", "types"),
    [({}, []), ({"type": "string"}, ["string"]), ({"type": ["null", "array"]}, ["array", "null"])],
)
def test_null_is_the_last_of_the_types(named: dict[str, Any], types: list[str]) -> None:
    assert types_of(named) == types
