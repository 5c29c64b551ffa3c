"""The groups of the regular expressions that a request has met, and the texts that refer to them.

In a plain text ``$1`` to ``$9``, ``$<name>`` and ``${name}`` stand for groups that the flow has, as in a replacement
of JavaScript; ``$$1`` is the text ``$1``. Whatever names no group of the flow stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from openai_mock_api.script.matching.matchers import Regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.search.candidates import Match
    from openai_mock_api.script.templates.scene import Scene

#: In braces, names in capitals are variables of the environment, which a configuration has filled in by now.
_REFERENCE: Final = re.compile(
    r"(?P<escape>\$?)\$(?:(?P<number>[1-9])(?![0-9])|<(?P<angled>\w+)>|\{(?P<braced>\w*[a-z]\w*)\})"
)


class Names(NamedTuple):
    """The groups that a flow's expressions have: how many are numbered at most, and the names."""

    numbered: int = 0
    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, matchers: Iterable[object]) -> Names:
        """Collect the groups of those matchers that are regular expressions."""
        patterns = [matcher.pattern for matcher in matchers if isinstance(matcher, Regex)]
        named = frozenset(name for pattern in patterns for name in pattern.groupindex)
        return cls(max((pattern.groups for pattern in patterns), default=0), named)

    @property
    def any(self) -> bool:
        """Whether there are groups at all; named ones are numbered too."""
        return self.numbered > 0

    def __contains__(self, group: object) -> bool:
        return group in self.named or (isinstance(group, int) and 1 <= group <= self.numbered)


Groups = dict[int | str, str]
"""What was captured: by number (0 is the whole), and by name. A group that took no part is the empty text."""


def groups_of(call: Call, match: Match) -> Groups:
    """Return what the expressions of a match have captured.

    Names of all of them are there, the later ones winning; numbers are those of the last expression with groups.
    """
    groups: Groups = {}
    for step, message in match.flow.met(call, match.length):
        if isinstance(step.matcher, Regex) and step.matcher.pattern.groups:
            captured = step.matcher.groups(message.text)
            groups = {**{name: text for name, text in groups.items() if isinstance(name, str)}, **captured}
    return groups


class Reference(NamedTuple):
    """A group that a text refers to; ``as_json`` when the text is JSON and the reference stands within quotes."""

    group: int | str
    as_json: bool

    def text(self, groups: Groups) -> str:
        """Return what was captured; nothing where the expression was not met."""
        captured = groups.get(self.group, "")
        return msgspec.json.encode(captured).decode()[1:-1] if self.as_json else captured


class Referring(msgspec.Struct, frozen=True):
    """A text with references to groups. ``pieces`` are its parts in order."""

    pieces: tuple[str | Reference, ...]

    def fill(self, scene: Scene) -> str:
        """Put what was captured in the place of the references. Raises ``FillingError`` when that gets too long."""
        groups = scene.groups
        return "".join(
            piece if isinstance(piece, str) else scene.budget.say(piece.text(groups)) for piece in self.pieces
        )


def referring(text: str, names: Names, *, as_json: bool = False) -> Referring | None:
    """Find the references to groups in a text; None when there are none."""
    pieces: list[str | Reference] = []
    end = 0
    for found in _REFERENCE.finditer(text):
        group = _group(found)
        if group in names:
            pieces += [text[end : found.start()], _piece(found, group, as_json)]
            end = found.end()
    return Referring((*pieces, text[end:])) if pieces else None


def _group(found: re.Match[str]) -> int | str:
    number: Any = found["number"]
    return int(number) if number else found["angled"] or found["braced"]


def _piece(found: re.Match[str], group: int | str, as_json: bool) -> str | Reference:
    return found.group()[1:] if found["escape"] else Reference(group, as_json)
