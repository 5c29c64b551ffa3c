from __future__ import annotations

from itertools import islice
from typing import Any

import jsonschema_rs
import pytest

from openai_mock_api.script.schemas.scalars import _FORMATS, MOST, numbers, texts, whole


@pytest.mark.parametrize(
    ("schema", "first"),
    [
        ({}, ["city", "city 2", "city 3"]),
        ({"minLength": 6}, ["cityci", "city 2", "city 3"]),
        ({"maxLength": 2}, ["ci", " 2", " 3"]),
        ({"maxLength": 1}, ["c", "2", "3"]),
        ({"maxLength": 0}, ["", "", ""]),
        ({"minLength": 2.0, "maxLength": 3.0}, ["cit", "c 2", "c 3"]),
        ({"format": "date"}, ["2025-01-01", "1-01-01", "2-01-01"]),
        ({"format": "email", "minLength": 20}, ["uuuuuser@example.com", "user1@example.com", "user2@example.com"]),
        (
            {"format": "uri", "minLength": 23},
            ["https://example.com/ppp", "https://example.com/1", "https://example.com/2"],
        ),
        ({"format": "unheard-of"}, ["city", "city 2", "city 3"]),
        ({"pattern": "^[ab]$"}, ["a", "aa", "a"]),
    ],
)
def test_texts(schema: dict[str, Any], first: list[str]) -> None:
    assert list(islice(texts(schema, "city"), 3)) == first


def test_the_empty_name_has_texts() -> None:
    assert list(islice(texts({"minLength": 3}, ""), 2)) == ["", " 2"]


def test_texts_end() -> None:
    assert len(list(texts({}, "a"))) == MOST - 1
    assert list(texts({"minLength": 10**9}, "a")) == []


@pytest.mark.parametrize("name", _FORMATS)
def test_formats_have_values_of_theirs_also_long_ones(name: str) -> None:
    fits = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
    assert fits(next(texts({"format": name}, "a")))
    before, plain, behind = _FORMATS[name]
    if before or behind:
        long = next(texts({"format": name, "minLength": len(plain) + 9}, "a"))
        assert fits(long)
        assert len(long) == len(plain) + 9


@pytest.mark.parametrize(
    ("schema", "integers", "first"),
    [
        ({}, True, [0, 1, -1]),
        ({}, False, [0, 1, -1]),
        ({"minimum": 5}, True, [5, 6, 7]),
        ({"minimum": 4.5}, True, [5, 6, 7]),
        ({"maximum": -5}, True, [-5, -6, -7]),
        ({"maximum": -4.5}, True, [-5, -6, -7]),
        ({"exclusiveMinimum": 0}, True, [0, 1, -1]),
        ({"minimum": 3, "exclusiveMinimum": 5}, True, [5, 6, 7]),
        ({"multipleOf": 3, "minimum": 4}, True, [6, 9, 12]),
        ({"multipleOf": 2.5, "minimum": 1}, True, [5, 10, 15]),
        ({"multipleOf": 0.01, "minimum": 4.35}, False, [4.35, 4.36, 4.37]),
        ({"multipleOf": 0.01, "maximum": -4.35}, False, [-4.35, -4.36, -4.37]),
        ({"minimum": 3, "exclusiveMinimum": True}, True, [3, 4, 5]),
        ({"multipleOf": True}, True, [0, 1, -1]),
        ({"minimum": 10**30}, True, [10**30, 10**30 + 1, 10**30 + 2]),
    ],
)
def test_numbers(schema: dict[str, Any], integers: bool, first: list[float]) -> None:
    assert list(islice(numbers(schema, integers=integers), 3)) == first


@pytest.mark.parametrize(
    "schema",
    [
        {"exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
        {"exclusiveMinimum": -0.1, "exclusiveMaximum": 0},
        {"minimum": 0.25, "maximum": 0.25},
        {"exclusiveMinimum": 1.5, "exclusiveMaximum": 1.75},
        {"maximum": -1e300},
    ],
)
def test_one_of_the_numbers_lies_between_close_bounds(schema: dict[str, Any]) -> None:
    fits = jsonschema_rs.Draft202012Validator(schema).is_valid
    assert any(map(fits, numbers(schema, integers=False)))


@pytest.mark.parametrize(("value", "limit"), [(3, 3), (3.0, 3), (True, 7), ("3", 7), (None, 7)])
def test_limits_on_lengths(value: Any, limit: int) -> None:
    assert whole({"minLength": value}, "minLength", 7) == limit
