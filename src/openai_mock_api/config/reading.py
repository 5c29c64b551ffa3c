"""YAML and JSON texts as plain data that knows its places, with environment variables filled in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_mock_api.config.environment import substitute
from openai_mock_api.config.nodes import ListNode, MappingNode, Node, ScalarNode, Tree, compose
from openai_mock_api.config.places import SPELLINGS, KeyPath, Place, shown
from openai_mock_api.config.shapes import entries_of
from openai_mock_api.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The key below which an unset variable stays as written: conversations may hold such text on purpose.
CONVERSATIONS: Final = "responses"

#: A path and what is wrong there.
Fault = tuple[KeyPath, str]

_OTHER_SPELLINGS: Final = {key: spelling for spelling, key in SPELLINGS.items()}


class Document:
    """Data of a configuration and where each value stands.

    ``faults`` holds what was wrong with its environment variables. Data that was built in Python has no places.
    """

    def __init__(self, data: Any, source: str | None = None, tree: Tree | None = None) -> None:
        self.data = data
        self.source = source
        self.faults: list[Fault] = []
        self._tree = tree or Tree(None, frozenset())

    def is_own(self, key: str) -> bool:
        """Whether a top-level key is the user's: ``x-…``, or one whose anchor is used elsewhere."""
        return key.startswith("x-") or key in self._tree.templates

    def place(self, path: KeyPath) -> Place:
        """Return the place of a value (of its key, where it has one), or of the nearest one around it."""
        node = self._tree.root
        at = Place(self.source) if node is None else Place(self.source, node.line, node.column)
        for key in path:
            line, column, node = _below(node, key)
            if node is None:
                break
            at = Place(self.source, line, column)
        return at

    def written(self, path: KeyPath) -> str | None:
        """Return the text of the scalar at ``path`` as it stands in the source, or None."""
        node = self._tree.root
        for key in path:
            _, _, node = _below(node, key)
        return node.text if isinstance(node, ScalarNode) else None

    def problems(self, faults: Iterable[Fault]) -> list[Problem]:
        """Give faults their places, in the document's order. What an alias repeats is said once."""
        found: dict[Any, Problem] = {}
        for path, message in sorted(faults, key=self._order):
            at = self.place(path)
            where = at if at.line else path
            found.setdefault((where, message), Problem(message, shown(path), at.source, at.line, at.column))
        return list(found.values())

    def _order(self, fault: Fault) -> tuple[int, ...]:
        path = fault[0]
        if self._tree.root is None:
            return _positions(self.data, path)
        at = self.place(path)
        return at.line, at.column


class Origin(NamedTuple):
    """Where a response is written: its document, and its path in there."""

    document: Document
    path: KeyPath

    def place(self, path: KeyPath = ()) -> Place:
        """Return the place of what stands at ``path`` of the response."""
        return self.document.place((*self.path, *path))


def _positions(data: Any, path: KeyPath) -> tuple[int, ...]:
    """Say how many neighbours stand before each step of a path through data that was built in Python."""
    positions = []
    for key in path:
        if isinstance(key, str):
            entries = entries_of(data)
            positions.append(list(entries).index(key) if key in entries else -1)
            data = entries.get(key)
        else:
            positions.append(key)
            data = data[key]
    return tuple(positions)


def _below(node: Node | None, key: str | int) -> tuple[int, int, Node | None]:
    match node, key:
        case MappingNode(entries=entries), str():
            entry = entries.get(key) or entries.get(_OTHER_SPELLINGS.get(key, key))
            return (entry.line, entry.column, entry.node) if entry else (0, 0, None)
        case ListNode(items=items), int():
            return items[key].line, items[key].column, items[key]
    return 0, 0, None


def read(text: str, source: str | None = None, environ: Mapping[str, str] | None = None) -> Document:
    """Read YAML 1.2 or JSON. ``source`` names it in problems; ``environ`` defaults to the process's.

    Raises ``ConfigError`` for a text that cannot be read.
    """
    tree = compose(text.removeprefix("\ufeff"), source)
    document = Document(None, source, tree)
    if tree.root is not None:
        document.data = _Reading(document, os.environ if environ is None else environ).value(tree.root, ())
    return document


class _Reading:
    """Turns nodes into plain data. What aliases share is read once."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document = document
        self.environ = environ
        self.known: dict[tuple[int, bool], Any] = {}

    def value(self, node: Node, path: KeyPath) -> Any:
        if isinstance(node, ScalarNode):
            return self._scalar(node, path) if "${" in node.text else node.value
        known = id(node), self._may_be_unset(path)
        if known not in self.known:
            self.known[known] = self._collection(node, path)
        return self.known[known]

    def _collection(self, node: ListNode | MappingNode, path: KeyPath) -> Any:
        if isinstance(node, ListNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.items)]
        return {key: self.value(entry.node, (*path, key)) for key, entry in node.entries.items()}

    def _may_be_unset(self, path: KeyPath) -> bool:
        top = path[0] if path else None
        return not isinstance(top, str) or top == CONVERSATIONS or self.document.is_own(top)

    def _scalar(self, node: ScalarNode, path: KeyPath) -> str:
        text, unset = substitute(node.text, self.environ)
        if not self._may_be_unset(path):
            hint = "set it, or write ${{{}:-default}}"
            self.document.faults += [
                (path, f"the environment variable {name} is not set; {hint.format(name)}") for name in unset
            ]
        return text
