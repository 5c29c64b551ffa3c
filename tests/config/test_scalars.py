import math

import pytest

from openai_mock_api.config.scalars import CORE, resolve, tagged

NUMBERS_AND_CONSTANTS = [
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("true", True),
    ("False", False),
    ("0", 0),
    ("-7", -7),
    ("+7", 7),
    ("0o17", 15),
    ("0xfF", 255),
    ("1.5", 1.5),
    (".5", 0.5),
    ("1.", 1.0),
    ("1e3", 1000.0),
    ("-.inf", -math.inf),
    (".INF", math.inf),
    ("9223372036854775807", 2**63 - 1),
    ("99999999999999999999", 1e20),
    ("1" * 30, float("1" * 30)),
    ("0x" + "f" * 17, float(16**17 - 1)),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS_AND_CONSTANTS)
def test_core_schema_values(text: str, value: object) -> None:
    read = resolve(text)
    assert (read, type(read)) == (value, type(value))


def test_not_a_number() -> None:
    read = resolve(".nan")
    assert isinstance(read, float)
    assert math.isnan(read)


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "on", "off", "y", "0123", "01.5", "1_000", "12:30", "2024-01-01", "0b1", "-", "+", ".", "1e", "-0x1",
     "0x" + "f" * 50, "tRUE", "nul", "1 ", "\u0661"],
)  # fmt: skip
def test_everything_else_is_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "42", "42"),
        ("int", "42", 42),
        ("float", "42", 42.0),
        ("float", "1.5", 1.5),
        ("bool", "true", True),
        ("null", "", None),
    ],
)
def test_explicit_tags(tag: str, text: str, value: object) -> None:
    read = tagged(text, CORE + tag)
    assert (read, type(read)) == (value, type(value))


def test_the_non_specific_tag_means_text() -> None:
    assert tagged("42", "!") == "42"


@pytest.mark.parametrize(("tag", "text"), [("int", "x"), ("int", "true"), ("bool", "yes"), ("null", "0")])
def test_a_tag_that_does_not_suit_is_refused(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"is not of the type !!{tag}"):
        tagged(text, CORE + tag)
