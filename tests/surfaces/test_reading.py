from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.script.messages import ANY_TOOL, Grammar
from openai_mock_api.surfaces.reading import FORMATS, MODES, count_of, grammar_of, list_of, object_of, stops_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("read", "kind", "nothing"), [(object_of, dict, {}), (list_of, list, []), (text_of, str, ""), (count_of, int, None)]
)
@given(value=ANYTHING)
def test_a_value_is_read_as_it_is_or_as_nothing(
    read: Callable[[Any], Any], kind: type[Any], nothing: Any, value: Any
) -> None:
    read_as = read(value)
    assert read_as is value if type(value) is kind and (kind is not int or value > 0) else read_as == nothing


@pytest.mark.parametrize(
    ("value", "stops"),
    [("END", ("END",)), (["a", "b"], ("a", "b")), ("", ()), (None, ()), (["", "a", 3, None], ("a",)), ({"a": 1}, ())],
)
def test_an_answer_ends_at_one_text_or_several(value: Any, stops: tuple[str, ...]) -> None:
    assert stops_of(value) == stops


def test_words_for_calling_tools() -> None:
    assert {word: choice.mode for word, choice in MODES.items()} == {word: word for word in MODES}
    assert MODES["auto"] is ANY_TOOL


def test_forms_of_an_answer() -> None:
    assert sorted(FORMATS) == ["json_object", "json_schema", "text"]


@pytest.mark.parametrize(
    ("value", "grammar"),
    [
        ({"syntax": "lark", "definition": 'start: "a"'}, Grammar("lark", 'start: "a"')),
        ({"type": "grammar", "syntax": "regex", "definition": "a+"}, Grammar("regex", "a+")),
        ({"syntax": "regex"}, Grammar("regex", "")),
        ({"syntax": "bnf", "definition": "a"}, None),
        ({"syntax": ["lark"], "definition": "a"}, None),
        ({"type": "text"}, None),
        (None, None),
    ],
)
def test_the_grammar_of_a_custom_tool(value: Any, grammar: Grammar | None) -> None:
    assert grammar_of(value) == grammar
