"""Grammars as Lark writes them, read as trees (source: guide "Function calling", "Context-free grammars").

Read is what decides which texts there are: rules, terminals, literals, regular expressions, repetitions, the common
imports, and what is ignored. Priorities, aliases and marks of the parse tree are passed over.
"""

from __future__ import annotations

import re
from ast import literal_eval
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.script.grammars.expressions import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What Lark's library of terminals accepts, each by its shortest text.
COMMON: Final = {
    **dict.fromkeys(("DIGIT", "HEXDIGIT", "INT", "SIGNED_INT", "NUMBER", "SIGNED_NUMBER"), "0"),
    **dict.fromkeys(("DECIMAL", "FLOAT", "SIGNED_FLOAT"), "0.0"),
    **dict.fromkeys(("LCASE_LETTER", "LETTER", "WORD", "CNAME"), "a"),
    "UCASE_LETTER": "A",
    "ESCAPED_STRING": '""',
    **dict.fromkeys(("WS", "WS_INLINE"), " "),
    "CR": "\r",
    **dict.fromkeys(("LF", "NEWLINE"), "\n"),
    "SH_COMMENT": "#",
    "SQL_COMMENT": "--",
    "CPP_COMMENT": "//",
    "C_COMMENT": "/**/",
}

_COMMENT: Final = r"(?://|\#)[^\n]*"
_HEAD: Final = re.compile(
    r"^[ \t]*(?:[?!]{0,2}(?P<name>_?[A-Za-z]\w*)(?:\.-?\d+)?[ \t]*:|%(?P<directive>[a-z]+))", re.MULTILINE
)
_TOKEN: Final = re.compile(
    rf"""
    (?P<blank>\s+|{_COMMENT})
  | (?P<literal>"(?:\\.|[^"\\\n])*"i?)
  | /(?P<pattern>(?:\\.|[^/\\\n])+)/(?P<flags>[imslux]*)
  | (?P<name>_?[A-Za-z]\w*)
  | ~\s*(?P<times>\d+)(?:\s*\.\.\s*\d+)?
  | (?P<sign>->|\.\.|[|()\[\]?*+])
    """,
    re.VERBOSE,
)
_IMPORT: Final = re.compile(
    rf"\s*common\s*(?:\.\s*(?P<one>\w+)(?:\s*->\s*(?P<alias>\w+))?|\((?P<several>[\w,\s]+)\))\s*(?:{_COMMENT}\s*)*"
)
#: An escape, and those that mean something; before any other character a backslash is one.
_ESCAPE: Final = re.compile(r"\\(.)")
_MEANT: Final = frozenset('Uuxnftr\\"')


class Name(msgspec.Struct, frozen=True):
    """What a rule or a terminal of that name says."""

    name: str


class Repeated(msgspec.Struct, frozen=True):
    """Something so many times."""

    node: Node
    times: int


class Sequence(msgspec.Struct, frozen=True):
    """One thing after the other."""

    nodes: tuple[Node, ...]


class Choice(msgspec.Struct, frozen=True):
    """One of several things. Where there are none, no text will do."""

    nodes: tuple[Node, ...]


Node = str | Name | Repeated | Sequence | Choice

_NOTHING: Final = Sequence(())


class Grammar(msgspec.Struct, frozen=True):
    """What each name means, and what may stand between any two terminals."""

    definitions: dict[str, Node]
    ignored: list[Node]


def read(definition: str) -> Grammar:
    """Read a grammar. Raises ``ValueError`` for what cannot be read."""
    grammar = Grammar({}, [])
    heads = list(_HEAD.finditer(definition))
    ends = [*(head.start() for head in heads), len(definition)]
    if list(_tokens(definition[: ends[0]])):
        raise ValueError("it does not begin with a name")
    for head, end in zip(heads, ends[1:], strict=True):
        _add(grammar, head, definition[head.end() : end])
    return grammar


def _add(grammar: Grammar, head: re.Match[str], body: str) -> None:
    if head["name"] is not None:
        grammar.definitions[head["name"]] = _Body(body).read()
    elif head["directive"] == "ignore":
        grammar.ignored.append(_Body(body).read())
    elif head["directive"] == "import":
        grammar.definitions.update(_imported(body))
    else:
        raise ValueError(f"%{head['directive']} is not known")


def _imported(body: str) -> dict[str, Node]:
    found = _IMPORT.fullmatch(body)
    names = re.findall(r"\w+", found["one"] or found["several"]) if found else []
    if found is None or not COMMON.keys() >= set(names):
        raise ValueError(f"no import: {body}")
    return {found["alias"] or name: COMMON[name] for name in names}


def _tokens(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError(f"{text[place]!r} is not expected")
        place = token.end()
        if token["blank"] is None:
            yield token


class _Body:
    """Reads what stands behind a name."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))[::-1]

    def read(self) -> Node:
        """Read all of it."""
        node = self._choice()
        if self._tokens:
            raise ValueError(f"{self._tokens[-1][0]!r} is not expected")
        return node

    def _choice(self) -> Node:
        nodes = [self._sequence()]
        while self._takes("|"):
            nodes.append(self._sequence())
        return Choice(tuple(nodes))

    def _sequence(self) -> Node:
        nodes = []
        while self._tokens and self._tokens[-1]["sign"] in (None, "(", "["):
            nodes.append(self._repeated())
        if self._takes("->"):
            self._take()
        return Sequence(tuple(nodes))

    def _repeated(self) -> Node:
        """Read something with its repetitions: as few as there may be."""
        node = self._one()
        if self._takes("?") or self._takes("*"):
            return _NOTHING
        if self._tokens and self._tokens[-1]["times"]:
            return Repeated(node, int(self._take()["times"]))
        self._takes("+")
        return node

    def _one(self) -> Node:
        token = self._take()
        if token["sign"] is not None:
            node = self._choice()
            if not self._takes(")" if token[0] == "(" else "]"):
                raise ValueError(f"{token[0]!r} is not closed")
            return node if token[0] == "(" else _NOTHING
        if token["literal"] is not None:
            return self._literal(token[0])
        if token["pattern"] is not None:
            return _pattern(token)
        return Name(token[0])

    def _literal(self, text: str) -> str:
        """Read a text, of a range of them the first."""
        if self._takes(".."):
            self._take()
        try:
            return str(literal_eval(_ESCAPE.sub(_escape, text.removesuffix("i"))))
        except SyntaxError as error:
            raise ValueError(str(error)) from None

    def _takes(self, sign: str) -> bool:
        """Whether a sign comes next; then it is passed."""
        if not self._tokens or self._tokens[-1]["sign"] != sign:
            return False
        self._tokens.pop()
        return True

    def _take(self) -> re.Match[str]:
        if not self._tokens:
            raise ValueError("it ends too early")
        return self._tokens.pop()


def _escape(found: re.Match[str]) -> str:
    return found[0] if found[1] in _MEANT else "\\" + found[0]


def _pattern(token: re.Match[str]) -> Node:
    flags = "".join(sorted(set(token["flags"]) & set("imsx")))
    text = fitting(f"(?{flags}:{token['pattern']})" if flags else token["pattern"])
    return Choice(()) if text is None else text
