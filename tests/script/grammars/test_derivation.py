from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.grammars.derivation import LONGEST, shortest
from openai_mock_api.script.grammars.lark import read


def text_of(definition: str) -> str | None:
    return shortest(read(definition))


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ('start: "long" | "a" | "b"', "a"),
        ('start: a b\na: "x"\nb: a a', "xxx"),
        ('start: expr\nexpr: expr "+" expr | "(" expr ")" | INT\n%import common.INT', "0"),
        ('start: "a" start | "end"', "end"),
        ('start: a | "four"\na: b b\nb: "x" | a', "xx"),
        ('start: A~2..5 "." A+\nA: B "-"?\nB: "b".."f"', "bb.b"),
        ('start: "a"*', ""),
        ('start: "select" NAME "=" NUMBER\nNAME: /[a-z]+/\nNUMBER: "0" "."  "0"\n%ignore " "', "select a = 0.0"),
        ('start: ("a" "b")~2 nothing "c"\nnothing: "x"?\n%ignore /#.*/\n%ignore WS\n%import common.WS', "a b a b c"),
        ('start: "a" "b"\n%ignore /#.*/', "ab"),
    ],
)
def test_the_shortest_text(definition: str, text: str) -> None:
    assert text_of(definition) == text


@pytest.mark.parametrize(
    "definition",
    [
        "start: start",
        'start: "a" start',
        "start: other",
        'other: "a"',
        "start: a b\na: b\nb: a",
        "start: /a(?!a)a/",
        f'start: "a"~{LONGEST + 1}',
        'start: a~1000\na: "b"~1000',
        "".join(f"r{n}: r{n + 1} r{n + 1}\n" for n in range(40)) + 'r40: "a"\nstart: r0',
    ],
)
def test_there_is_no_text(definition: str) -> None:
    assert text_of(definition) is None


def test_long_chains_end() -> None:
    chain = "\n".join(f"r{n}: r{n + 1}" for n in range(1500))
    assert text_of(f'start: r0\n{chain}\nr1500: "end"') == "end"


class Piece(NamedTuple):
    """A part of a grammar, the same as a regular expression, and the length of the shortest text."""

    lark: str
    pattern: str
    least: int


literals = st.text("ab(|\\\"'é+ ", max_size=3).map(
    lambda text: Piece('"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"')), re.escape(text), len(text))
)


def composed(inner: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    several = st.lists(inner, min_size=1, max_size=3)
    sequences = several.map(
        lambda all_: Piece(
            f"({' '.join(one.lark for one in all_)})",
            "".join(f"(?:{one.pattern})" for one in all_),
            sum(one.least for one in all_),
        )
    )
    choices = several.map(
        lambda all_: Piece(
            f"({' | '.join(one.lark for one in all_)})",
            "|".join(f"(?:{one.pattern})" for one in all_),
            min(one.least for one in all_),
        )
    )
    optional = st.tuples(inner, st.sampled_from("?*")).map(
        lambda both: Piece(f"({both[0].lark}){both[1]}", f"(?:{both[0].pattern}){both[1]}", 0)
    )
    repeated = st.tuples(inner, st.integers(0, 3)).map(
        lambda both: Piece(
            f"({both[0].lark})~{both[1]}..5", f"(?:{both[0].pattern}){{{both[1]},5}}", both[0].least * both[1]
        )
    )
    return sequences | choices | optional | repeated


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.recursive(literals, composed, max_leaves=8))
def test_it_is_accepted_and_none_is_shorter(piece: Piece) -> None:
    text = text_of(f"start: {piece.lark}\n")
    assert text is not None
    assert re.fullmatch(piece.pattern, text)
    assert len(text) == piece.least
