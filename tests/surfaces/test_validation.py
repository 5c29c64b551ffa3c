from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.surfaces import validation as v
from tests.surfaces.refusals import fault_of

if TYPE_CHECKING:
    from collections.abc import Callable

CLOSED = v.fields({"a": v.text}, {"b": v.integer()}, closed=True)
OPEN = v.fields({"a": v.text}, {"b": v.integer()})
VARIANT = v.variant({"text": v.text, "none": None})
CLOSED_VARIANT = v.variant({"text": v.text, "none": None}, closed=True)


def no_a(key: str, name: str) -> None:
    if key == "a":
        raise v.unknown(f"{name}.{key}")


MAP = v.map_of(no_a, v.integer(), most=2)
REFUSED: list[tuple[Callable[[Any, str], None], Any, tuple[str, str]]] = [
    (v.number(0), -1, ("x", "decimal_below_min_value")),
    (v.number(None, 5), 6, ("x", "decimal_above_max_value")),
    (v.integer(None, 5), 6, ("x", "integer_above_max_value")),
    (v.choice("a", "b"), "c", ("x", "invalid_value")),
    (v.choice("a", "b"), None, ("x", "invalid_type")),
    (v.array_of(v.text, least=1), [], ("x", "empty_array")),
    (v.array_of(v.text, most=1), ["a", "b"], ("x", "array_above_max_length")),
    (v.array_of(v.array_of(v.text)), [["a"], ["b", 1]], ("x[1][1]", "invalid_type")),
    (v.one_of("a string", {str: v.anything}), 1, ("x", "invalid_type")),
    (v.choice("a", "b"), ["a"], ("x", "invalid_type")),
    (v.text_up_to(3), "abcd", ("x", "string_above_max_length")),
    (v.text_up_to(3), 5, ("x", "invalid_type")),
    (v.identifier, "", ("x", "empty_string")),
    (v.identifier, None, ("x", "invalid_type")),
    (v.identifier, "a\n", ("x", "invalid_value")),
    (v.identifier, "a" * 65, ("x", "string_above_max_length")),
    (OPEN, {}, ("x.a", "missing_required_parameter")),
    (OPEN, {"a": None}, ("x.a", "invalid_type")),
    (OPEN, {"a": "", "b": ""}, ("x.b", "invalid_type")),
    (CLOSED, {"a": "", "c": 1}, ("x.c", "unknown_parameter")),
    (VARIANT, {}, ("x.type", "missing_required_parameter")),
    (VARIANT, {"type": 1}, ("x.type", "invalid_type")),
    (VARIANT, {"type": "text"}, ("x.text", "missing_required_parameter")),
    (VARIANT, {"type": "text", "text": 1}, ("x.text", "invalid_type")),
    (CLOSED_VARIANT, {"type": "none", "more": 1}, ("x.more", "unknown_parameter")),
    (MAP, [], ("x", "invalid_type")),
    (MAP, {"a": 1}, ("x.a", "unknown_parameter")),
    (MAP, {"b": "1"}, ("x.b", "invalid_type")),
    (MAP, {"b": 1, "c": 2, "d": 3}, ("x", "object_above_max_properties")),
]
ACCEPTED: list[tuple[Callable[[Any, str], None], Any]] = [
    (v.number(), 10**400),
    (v.number(0, 1), 0),
    (v.number(0, 1), 1.0),
    (v.integer(), -5),
    (v.boolean, False),
    (v.array_of(v.text), []),
    (v.identifier, "get_weather-2"),
    (OPEN, {"a": "", "b": None, "c": object()}),
    (CLOSED, {"a": "", "b": 1}),
    (VARIANT, {"type": "none"}),
    (VARIANT, {"type": "text", "text": "", "more": 1}),
    (CLOSED_VARIANT, {"type": "text", "text": ""}),
    (MAP, {"b": 1, "c": 2}),
    (v.map_of(no_a, v.integer()), {str(i): i for i in range(99)}),
    (v.text_up_to(3), "abc"),
]


@pytest.mark.parametrize(("check", "value", "refusal"), REFUSED)
def test_what_is_refused(check: Callable[[Any, str], None], value: Any, refusal: tuple[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        check(value, "x")
    assert (caught.value.param, caught.value.code) == refusal
    assert caught.value.status == 400


@pytest.mark.parametrize(("check", "value"), ACCEPTED)
def test_what_is_accepted(check: Callable[[Any, str], None], value: Any) -> None:
    assert fault_of(check, value, "x") is None


@pytest.mark.parametrize(
    ("value", "said"),
    [(5, "an integer"), (0.5, "a decimal number"), (True, "a boolean"), ([], "an empty array"), ([1], "an array")],
)
def test_what_a_wrong_type_is_called(value: Any, said: str) -> None:
    assert v.wrong_type("x", "a string", value).message.endswith(f"expected a string, but got {said} instead.")


@pytest.mark.parametrize(
    ("allowed", "said"), [(("a",), "'a'"), (("a", "b"), "'a' and 'b'"), (("a", "b", "c"), "'a', 'b', and 'c'")]
)
def test_how_values_are_listed(allowed: tuple[str, ...], said: str) -> None:
    assert v.wrong_value("x", "z", allowed).message == f"Invalid value: 'z'. Supported values are: {said}."
