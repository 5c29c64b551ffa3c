from __future__ import annotations

import pytest

from openai_mock_api.script.grammars.lark import COMMON, Choice, Name, Node, Repeated, Sequence, read


def only(*nodes: Node) -> Node:
    """What stands behind a name: one branch."""
    return Choice((Sequence(nodes),))


@pytest.mark.parametrize(
    ("body", "node"),
    [
        ('"a"', only("a")),
        ('"a"i', only("a")),
        ('"//" // comment', only("//")),
        ('"#" # comment', only("#")),
        ("", only()),
        ("a B _c", only(Name("a"), Name("B"), Name("_c"))),
        ("a | b", Choice((Sequence((Name("a"),)), Sequence((Name("b"),))))),
        ("a |", Choice((Sequence((Name("a"),)), Sequence(())))),
        ("a -> first\n  | b -> second", Choice((Sequence((Name("a"),)), Sequence((Name("b"),))))),
        ("(a b)", only(only(Name("a"), Name("b")))),
        ("[a b]", only(Sequence(()))),
        ("a? b* c+", only(Sequence(()), Sequence(()), Name("c"))),
        ("a~3", only(Repeated(Name("a"), 3))),
        ("a ~ 2..4 b", only(Repeated(Name("a"), 2), Name("b"))),
        ('"b".."f"', only("b")),
        (r'"\"\\\n\x41\u00e9\d"', only('"\\\nAé\\d')),
        ("/[0-9]+/", only("0")),
        (r"/a\/b/", only("a/b")),
        ("/A B/xi", only("AB")),
        ("/a(?!a)a/", only(Choice(()))),
    ],
)
def test_a_body(body: str, node: Node) -> None:
    assert read(f"start: {body}\n").definitions == {"start": node}


def test_definitions_and_what_is_ignored() -> None:
    grammar = read('// a comment\n?start: a\n!a.2: B\nB.-1 : "b"\n  _C: "c"\n%ignore B\n%ignore /x/ // why\n')
    names = {"start": only(Name("a")), "a": only(Name("B")), "B": only("b"), "_C": only("c")}
    assert grammar.definitions == names
    assert grammar.ignored == [only(Name("B")), only("x")]


def test_imports() -> None:
    grammar = read("%import common.INT\n%import common.CNAME -> NAME // why\n%import common (WS, LF)\n")
    assert grammar.definitions == {"INT": "0", "NAME": "a", "WS": " ", "LF": "\n"}
    assert grammar.ignored == []
    assert read("\n".join(f"%import common.{name}" for name in COMMON)).definitions == COMMON


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        ("nonsense", "does not begin with a name"),
        ("start a", "does not begin with a name"),
        ('start: "a', "'\"' is not expected"),
        ('start: "\\x4"', "unicode error"),
        ("start: (a", "'\\(' is not closed"),
        ("start: [a)", "'\\[' is not closed"),
        ("start: a)", "'\\)' is not expected"),
        ("start: a b -> ", "ends too early"),
        ("start: a.b", "'.' is not expected"),
        ('start: "a"..', "ends too early"),
        ("start: sep{a, b}", "'{' is not expected"),
        ("start: a??", "'\\?' is not expected"),
        ("start: a~x", "'~' is not expected"),
        ("%import .other.A", "no import"),
        ("%import common.NOTHING", "no import"),
        ("%import common", "no import"),
        ("%declare A", "%declare is not known"),
        ("%override a: b", "%override is not known"),
    ],
)
def test_what_cannot_be_read(definition: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(definition)
