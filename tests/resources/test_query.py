from collections.abc import Callable

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.resources.query import Query


def limit(text: str) -> int:
    return Query(text).integer("limit", 0, 100, 20)


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("after=", None), ("after=a%20b+c", "a b c"), ("After=x&after[]=y", None), ("x=1&after=a&y=2", "a")],
)
def test_texts(text: str, value: str | None) -> None:
    assert Query(text).text("after") == value


@pytest.mark.parametrize(
    ("text", "value"), [("", 20), ("limit=", 20), ("limit=0", 0), ("limit=100", 100), ("limit=%2B5", 5)]
)
def test_integers(text: str, value: int) -> None:
    assert limit(text) == value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("metadata%5Ba%5D=1&metadata[b%20c]=2", {"a": "1", "b c": "2"}),
        ("metadata[a]=1&metadata[a]=2", {"a": "2"}),
        ("metadata=1&metadatas[a]=1&metadata[a=1&x[metadata]=1", {}),
        ("metadata[a]=", {"a": ""}),
    ],
)
def test_mappings(text: str, values: dict[str, str]) -> None:
    assert Query(text).mapping("metadata") == values


def test_choices() -> None:
    assert Query("order=asc").choice("order", "asc", "desc") == "asc"
    assert Query("").choice("order", "asc", "desc") is None


def order(text: str) -> str | None:
    return Query(text).choice("order", "asc", "desc")


_TWICE = (
    "Duplicate parameter: 'limit'. You provided multiple values for this parameter, whereas only one is allowed. If "
    "you are trying to provide a list of values, use the array syntax instead e.g. 'limit[]=<value>'."
)


@pytest.mark.parametrize(
    ("read", "text", "param", "code", "message"),
    [
        (limit, "limit=101", "limit", "integer_above_max_value",
         "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead."),
        (limit, "limit=-1", "limit", "integer_below_min_value",
         "Invalid 'limit': integer below minimum value. Expected a value >= 0, but got -1 instead."),
        (limit, "limit=1.5", "limit", "invalid_type",
         "Invalid type for 'limit': expected an integer, but got a string instead."),
        (limit, "limit=" + "9" * 5000, "limit", "invalid_type",
         "Invalid type for 'limit': expected an integer, but got a string instead."),
        (limit, "limit=%D9%A1", "limit", "invalid_type",
         "Invalid type for 'limit': expected an integer, but got a string instead."),
        (limit, "limit=1&limit=1", "limit", "duplicate_parameter", _TWICE),
        (order, "order=ASC", "order", "invalid_value", "Invalid value: 'ASC'. Supported values are: 'asc' and 'desc'."),
    ],
)  # fmt: skip
def test_refusals(read: Callable[[str], object], text: str, param: str, code: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        read(text)
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, param, code)
    assert caught.value.message == message


def test_several_texts_are_given_as_an_array_or_one_by_one() -> None:
    assert Query("include[]=a&include=b&include[0]=a&included=c").several("include", "a", "b") == ["a", "b", "a"]
    assert Query("").several("include", "a") == []


def test_other_texts_of_an_array_are_refused() -> None:
    with pytest.raises(ApiError) as caught:
        Query("include[]=a&include[]=x").several("include", "a")
    assert caught.value.param == "include[1]"


@pytest.mark.parametrize(("query", "expected"), [("stream=true", True), ("stream=false", False), ("", False)])
def test_what_is_asked_for_or_not(query: str, expected: bool) -> None:
    assert Query(query).boolean("stream") is expected
