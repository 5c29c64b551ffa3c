from typing import Any

import pytest

from openai_mock_api.config.model import ToolFunction
from openai_mock_api.config.spelling import closest, described, not_a_choice, noun_of, unknown_key


@pytest.mark.parametrize(
    ("word", "near"), [("fuzy", "fuzzy"), ("regexp", "regex"), ("tool_cals", "tool_calls"), ("banana", None)]
)
def test_the_closest_word(word: str, near: str | None) -> None:
    assert closest(word, ["exact", "fuzzy", "regex", "tool_calls"]) == near


def test_a_wrong_choice_names_the_closest_and_all() -> None:
    assert (
        not_a_choice("fuzy", ("exact", "fuzzy"), ("messages", 0, "matcher"))
        == "'fuzy' is not a matcher; did you mean 'fuzzy'? (exact, fuzzy)"
    )
    assert not_a_choice("x", ("chat",), ("endpoint", 1)) == "'x' is not an endpoint; expected one of: chat"


def test_choices_have_readable_names() -> None:
    assert noun_of(("messages", 0, "finish_reason")) == "finish reason"
    assert noun_of((0,)) == "value"


def test_an_unknown_key_names_the_closest_or_all() -> None:
    assert unknown_key("content", []) == "unknown key; did you mean 'content'?"
    assert unknown_key(None, ["a", "b"]) == "unknown key; allowed are: a, b"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "the number 3"),
        pytest.param(10**5000, "an integer of more than 64 bits", id="an integer that Python does not write"),
        (1.5, "the number 1.5"),
        ("abc", "text 'abc'"),
        ("", "empty text"),
        ("x" * 100, f"text '{'x' * 60}…'"),
        ([], "a list"),
        ((), "a list"),
        ({}, "a mapping"),
        (ToolFunction(name="f"), "a mapping"),
        ({1}, "a Python set"),
    ],
)
def test_values_are_described(value: Any, text: str) -> None:
    assert described(value) == text
