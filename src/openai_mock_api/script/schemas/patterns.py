"""Texts in which a regular expression is found.

The expression is read as a tree and written out: the first branch, as few repetitions as are allowed but one at least,
plain letters where any character will do. What the tree cannot tell (assertions about what surrounds) is left to the
caller, who checks each text.
"""

from __future__ import annotations

import re
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]  # the module's own names of its tree's nodes
from re import _parser as parser  # type: ignore[attr-defined]  # no other library reads patterns as trees
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.matching.javascript import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Most characters of a text.
LONGEST: Final = 10_000

#: What stands for a character that a set leaves open: the first that it allows.
_LETTERS: Final = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. !#$%&'()*+,/:;<=>?@[\\]^`{|}~\"\n\té"
)

_CATEGORIES: Final = {
    codes.CATEGORY_DIGIT: re.compile(r"\d"),
    codes.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    codes.CATEGORY_SPACE: re.compile(r"\s"),
    codes.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    codes.CATEGORY_WORD: re.compile(r"\w"),
    codes.CATEGORY_NOT_WORD: re.compile(r"\W"),
}

#: A letter for each property of Unicode that patterns name; Python's own module knows none.
_PROPERTY: Final = re.compile(r"\\p\{(\w+)\}")
_OF_PROPERTY: Final = {"L": "a", "Letter": "a", "Ll": "a", "Lu": "A", "N": "0", "Nd": "0", "Zs": " ", "P": "-"}

_NAMED_GROUP: Final = re.compile(r"\(\?<(?=[A-Za-z_])")
_CLASS: Final = re.compile(r"\[(\^?)((?:\\.|[^\]\\])*)\]", re.DOTALL)
_DOUBTFUL: Final = re.compile(r"\\.|[\[&~|]|--", re.DOTALL)


def texts(pattern: str, least: int = 0) -> Iterator[str]:
    """Yield texts that are likely to hold ``pattern``, of at least ``least`` characters (up to ``LONGEST``).

    None for an expression that cannot be read, or that needs more than ``LONGEST`` characters.
    """
    try:
        tree = parser.parse(_readable(pattern))
    except (re.error, RecursionError, OverflowError):
        return
    for turn, few in product(range(len(_LETTERS)), (False, True)):
        try:
            yield from _versions(tree, turn, least, few=few)
        except (_TooLong, RecursionError):
            continue


def _readable(pattern: str) -> str:
    """Write an expression of JavaScript as Python's module reads it, without the forms that it warns of."""
    pattern = _PROPERTY.sub(lambda found: _OF_PROPERTY.get(found[1], "a"), translated(pattern))
    pattern = _NAMED_GROUP.sub("(?P<", pattern)
    return _CLASS.sub(lambda found: f"[{found[1]}{_DOUBTFUL.sub(_escaped, found[2])}]", pattern)


def _escaped(found: re.Match[str]) -> str:
    text = found.group()
    return text if text.startswith("\\") else "".join(f"\\{character}" for character in text)


def _versions(tree: Sequence[Any], turn: int, least: int, *, few: bool) -> Iterator[str]:
    """Yield the text, longer where it is too short; then with what lookaheads ask for written over it, or before it;
    then with a letter behind it, which tells it from others.
    """  # noqa: D205 - one sentence
    writer = _Writer(turn, 0, few=few)
    text = writer.sequence(tree)
    if len(text) < least:
        writer = _Writer(turn, least - len(text), few=few)
        text = writer.sequence(tree)
        yield text
        text = text.ljust(least, "a")
    yield text
    asked = "".join(writer.ahead)
    if asked:
        yield asked + text[len(asked) :]
        yield asked + text
    yield text + _LETTERS[turn]


class _TooLong(Exception):  # noqa: N818 - a signal, not an error
    """The text would have more than ``LONGEST`` characters."""


class _Writer:
    """Writes one text. ``turn`` says which of the allowed letters is taken, ``slack`` how many characters repetitions
    shall add, ``few`` that whatever may be left out is.
    """  # noqa: D205 - one sentence

    def __init__(self, turn: int, slack: int, *, few: bool) -> None:
        self.turn = turn
        self.slack = slack
        self.few = few
        self.ahead: list[str] = []
        self._groups: dict[int, str] = {}

    def sequence(self, nodes: Sequence[Any]) -> str:
        """Write nodes one after the other."""
        text = "".join(self._node(code, argument) for code, argument in nodes)
        if len(text) > LONGEST:
            raise _TooLong
        return text

    def _node(self, code: Any, argument: Any) -> str:
        match code:
            case codes.LITERAL:
                return chr(argument)
            case codes.NOT_LITERAL:
                return self._letter([(codes.NEGATE, None), (codes.LITERAL, argument)])
            case codes.ANY:
                return self._letter([(codes.NEGATE, None), (codes.LITERAL, ord("\n"))])
            case codes.IN:
                return self._letter(argument)
            case codes.BRANCH:
                branches = argument[1]
                return self.sequence(branches[self.turn % len(branches)])
            case codes.SUBPATTERN:
                text = self._groups[argument[0]] = self.sequence(argument[3])
                return text
            case codes.ATOMIC_GROUP:
                return self.sequence(argument)
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                return self._repeated(*argument)
            case codes.GROUPREF:
                return self._groups.get(argument, "")
            case codes.ASSERT:
                return self._ahead(*argument)
        return ""

    def _ahead(self, direction: int, nodes: Sequence[Any]) -> str:
        """Note what shall follow; what shall stand before is taken to stand there."""
        if direction > 0:
            self.ahead.append(self.sequence(nodes))
        return ""

    def _repeated(self, least: int, most: int, nodes: Sequence[Any]) -> str:
        times = least if self.few else min(most, max(least, 1))
        text = self.sequence(nodes)
        if text:
            more = min(most - times, self.slack // len(text))
            self.slack -= more * len(text)
            times += more
        if times * len(text) > LONGEST:
            raise _TooLong
        return text * times

    def _letter(self, members: Sequence[Any]) -> str:
        """Choose a letter that a set holds; where it holds none of the usual ones, one that it names."""
        allowed = [letter for letter in _LETTERS if _holds(members, letter)]
        if allowed:
            return allowed[self.turn % len(allowed)]
        return next((chr(first) for first in map(_first, members) if first is not None), "a")


def _holds(members: Sequence[Any], letter: str) -> bool:
    negated = members[0][0] is codes.NEGATE
    return any(_is_member(code, argument, letter) for code, argument in members) != negated


def _is_member(code: Any, argument: Any, letter: str) -> bool:
    match code:
        case codes.LITERAL:
            return bool(ord(letter) == argument)
        case codes.RANGE:
            return bool(argument[0] <= ord(letter) <= argument[1])
        case codes.CATEGORY:
            return _CATEGORIES[argument].match(letter) is not None
    return False


def _first(member: Any) -> int | None:
    code, argument = member
    match code:
        case codes.LITERAL:
            return int(argument)
        case codes.RANGE:
            return int(argument[0])
    return None
