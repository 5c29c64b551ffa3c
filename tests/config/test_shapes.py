import math
from typing import Any

import msgspec
import pytest

from openai_mock_api.config import model
from openai_mock_api.config.shapes import entries_of, fields_of, given, number_of, shape_of


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, "text"),
        (int | msgspec.UnsetType, "an integer"),
        (float, "a number"),
        (bool, "true or false"),
        (str | dict[str, Any] | list[Any] | None, "text, a mapping, a list or null"),
        (model.PartKind, "one of image, audio, file"),
        (model.Journal, "a mapping"),
        (list[str], "a list"),
    ],
)
def test_a_shape_names_what_it_takes(annotation: Any, expected: str) -> None:
    assert shape_of(annotation).expected == expected


def test_every_annotation_of_the_model_is_understood() -> None:
    structs = [s for s in vars(model).values() if isinstance(s, type) and issubclass(s, msgspec.Struct)]
    assert len(structs) > 10
    for struct in structs:
        for field in fields_of(struct).values():
            assert field.shape.expected or field.shape.anything


@pytest.mark.parametrize(
    ("value", "wanted", "number"),
    [
        (1, int, 1),
        (3000.0, int, 3000),
        ("3000", int, 3000),
        ("0123", int, None),
        ("abc", int, None),
        ("", int, None),
        (1.5, int, None),
        (True, int, None),
        (2**70, int, None),
        (1e300, int, None),
        (math.inf, int, None),
        (math.nan, float, None),
        (1, float, 1.0),
        ("0.5", float, 0.5),
        (10**400, float, None),
        (False, float, None),
        (True, bool, True),
        ("false", bool, False),
        ("yes", bool, None),
        (1, bool, None),
        ({1}, float, None),
    ],
)
def test_numbers(value: Any, wanted: type, number: Any) -> None:
    read = number_of(value, wanted)
    assert (read, type(read)) == (number, type(number))


def test_what_was_given_is_what_differs_from_the_defaults() -> None:
    message = model.ConversationMessage(role="user", not_=True, delay=0.0, content=None)
    assert given(message) == {"role": "user", "not": True, "content": None}


def test_entries_of_mappings_structs_and_others() -> None:
    assert entries_of({"a": 1}) == {"a": 1}
    assert entries_of(model.Journal(bytes=1)) == {"bytes": 1}
    assert entries_of([1]) == {}
