from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.config.reading import read
from openai_mock_api.config.writing import yaml_of

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cn")), max_size=30) | st.sampled_from(
    [
        "no",
        "1e3",
        "0o17",
        "12:30",
        "~",
        "<<",
        "- a",
        "a: b",
        "#",
        "${HOME}",
        "$${HOME}",
        "$$${A:-b}",
        " x ",
        "a\n\n b\n",
    ]
)
SCALARS = TEXTS | st.integers(-(2**63), 2**63) | st.booleans() | st.none() | st.floats(allow_nan=False)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(TEXTS, DATA, max_size=4))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert read(yaml_of(data), environ={"HOME": "elsewhere", "A": "b"}).data == (data or {})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"role": "user", "content": "Hello"}, "{role: user, content: Hello}\n"),
        ({"responses": [{"id": "a"}]}, "responses:\n  - {id: a}\n"),
        ({"content": "one\ntwo\n"}, "content: |\n  one\n  two\n"),
        ({"port": "3000", "on": "no"}, "{port: '3000', 'on': 'no'}\n"),
        ({"a": "${HOME}"}, "{a: '$${HOME}'}\n"),
    ],
)
def test_what_is_short_stands_on_one_line(data: Any, text: str) -> None:
    assert yaml_of(data) == text


def test_what_is_long_stands_on_several() -> None:
    assert yaml_of({"a": "x" * 60, "b": "y" * 60}) == f"a: {'x' * 60}\nb: {'y' * 60}\n"
