"""Texts that a regular expression cannot match without.

A pattern that requires ``python`` need not be tried on a text that lacks it. Only what is certain counts: when in
doubt the answer is None and the pattern is always tried.
"""

from __future__ import annotations

import re
from typing import Final

#: Shorter literals are in nearly every text.
SHORTEST: Final = 2

#: What some comparison without case ignores beyond ``str.casefold``: the regex module takes ``İ`` for an ``i``.
_TWINS: Final = str.maketrans({"\N{LATIN SMALL LETTER DOTLESS I}": "i", "\N{COMBINING DOT ABOVE}": None})

_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{(\d*)(,?)\d*\})[?+]?")
_PLAIN_GROUP: Final = re.compile(r"\((?:\?(?:P?<[A-Za-z_$][\w$]*>|:))?(?!\?|\*)")
_OPAQUE_GROUP: Final = re.compile(r"\(\?(?:=|!|<=|<!)")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\[\]\\])*\]", re.DOTALL)
_ESCAPE: Final = re.compile(
    r"\\(?:[pPN]\{[^}]*\}|[pP].|[gkL]<[^>]*>|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\d+|.)", re.DOTALL
)

#: A brace that the regex module may read as approximate matching: ``{e<=1}``.
_APPROXIMATE: Final = re.compile(r"\{[A-Za-z0-9]")


def coarse(text: str) -> str:
    """Fold ``text`` so far that no comparison without case tells apart what is equal here."""
    text = text.casefold()
    return text if text.isascii() else text.translate(_TWINS)


class _Unclear(Exception):  # noqa: N818 - a signal, not an error
    """The pattern has a form that the scanner does not read."""


class _Scanner:
    """A recursive reading of a pattern. Every method returns literals of which one is required, or None."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def alternatives(self) -> frozenset[str] | None:
        branches = [self.branch()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self.branch())
        if any(b is None for b in branches):
            return None
        return frozenset().union(*(b for b in branches if b))

    def branch(self) -> frozenset[str] | None:
        best: frozenset[str] | None = None
        run = ""
        while self._peek() not in ("", "|", ")"):
            character, literals = self._item()
            optional, quantified = self._quantifier()
            if character is not None and not quantified:
                run += character
                continue
            best, run = _better(best, _literal(run)), ""
            if not optional:
                best = _better(best, _literal(character) if character is not None else literals)
        return _better(best, _literal(run))

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _take(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        found = expression.match(self.source, self.at)
        if found:
            self.at = found.end()
        return found

    def _item(self) -> tuple[str | None, frozenset[str] | None]:
        """Read one item: a plain character, or something else and what it requires."""
        first = self._peek()
        if first == "(":
            return None, self._group()
        if first == "[":
            self._need(_CLASS)
            return None, None
        if first == "\\":
            text = self._need(_ESCAPE).group()
            return (None, None) if text[1].isalnum() else (text[1], None)
        if first in "*+?" or _APPROXIMATE.match(self.source, self.at):
            raise _Unclear
        self.at += 1
        return (None if first in ".^$" or not first.isascii() else first), None

    def _need(self, expression: re.Pattern[str]) -> re.Match[str]:
        found = self._take(expression)
        if found is None:
            raise _Unclear
        return found

    def _group(self) -> frozenset[str] | None:
        opaque = self._take(_OPAQUE_GROUP)
        if not opaque:
            self._need(_PLAIN_GROUP)
        inside = self.alternatives()
        if self._peek() != ")":
            raise _Unclear
        self.at += 1
        return None if opaque else inside

    def _quantifier(self) -> tuple[bool, bool]:
        """Read a quantifier: whether it allows none at all, and whether there is one."""
        found = self._take(_QUANTIFIER)
        if not found:
            return False, False
        least = found.group(1)
        return found.group()[0] in "*?" or (least is not None and int(least or 0) == 0), True


def _literal(text: str) -> frozenset[str] | None:
    return frozenset((coarse(text),)) if text and text.isascii() else None


def _better(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    """Choose the set whose shortest literal is longer."""
    if a is None or b is None:
        return b if a is None else a
    return max(a, b, key=lambda literals: min(map(len, literals)))


def required_literals(source: str) -> frozenset[str] | None:
    """Return coarse ASCII texts of which every match of ``source`` holds at least one, or None.

    ``.*(code|script).*python`` gives ``{"python"}``; ``colou?r|paint`` gives ``{"colo", "paint"}``.
    """
    scanner = _Scanner(source)
    try:
        literals = scanner.alternatives()
    except (_Unclear, RecursionError):
        return None
    if scanner.at != len(source) or not literals or min(map(len, literals)) < SHORTEST:
        return None
    return literals
