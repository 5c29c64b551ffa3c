"""The tree of a YAML text: every value with its place, anchors followed, merge keys merged.

``compose`` raises ``ConfigError`` for what is no YAML, or YAML that a configuration has no use for. Its text begins
with ``Failed to parse YAML configuration:`` and ends with the line and column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import msgspec

from openai_mock_api.config.scalars import CORE, Scalar, resolve, tagged
from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Deepest nesting of mappings and lists.
DEPTH: Final = 100
#: Most characters that aliases may repeat, so that a short text cannot fill the memory.
REPEATED: Final = 10_000_000

FAILED: Final = "Failed to parse YAML configuration: "

#: What the parser, which reads an older YAML, takes for the end of a line, and what stands for it meanwhile: characters
#: that Unicode leaves to such uses.
_STAND_INS: Final = {"\x85": "\ufdd0", "\u2028": "\ufdd1", "\u2029": "\ufdd2"}

_UNPRINTABLE: Final = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_SURROGATES: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")

#: What to do about the parser's most frequent complaints.
_HINTS: Final = (
    ("mapping values are not allowed", "put a text that holds ': ' in quotes"),
    ("could not find expected ':'", "check the line above and the indentation"),
    ("did not find expected key", "check the indentation and the quotes"),
    ("expected <block end>", "check the indentation and the quotes"),
    ("did not find expected '-' indicator", "check the indentation"),
    ("did not find expected ',' or", "close the bracket, and put a comma between entries"),
    ("unexpected end of stream", "close the quotes"),
)


class ScalarNode(msgspec.Struct):
    """A scalar: ``text`` as it stands in the source without its quotes, ``value`` as it was resolved."""

    line: int
    column: int
    text: str
    value: Scalar

    @property
    def size(self) -> int:
        """Characters, for the bound on aliases."""
        return 1 + len(self.text)


class ListNode(msgspec.Struct):
    """A list."""

    line: int
    column: int
    items: list[Node] = []
    size: int = 1
    closed: bool = False


class Entry(msgspec.Struct):
    """A value of a mapping, and where its key stands."""

    line: int
    column: int
    node: Node


class MappingNode(msgspec.Struct):
    """A mapping. Keys are text."""

    line: int
    column: int
    entries: dict[str, Entry] = {}
    size: int = 1
    closed: bool = False


Node = ScalarNode | ListNode | MappingNode

_N = TypeVar("_N", ScalarNode, ListNode, MappingNode)


class Tree(msgspec.Struct):
    """A composed text. ``templates`` are the top-level keys that hold anchors which other keys use."""

    root: Node | None
    templates: frozenset[str]


def parse_failure(message: str, source: str | None, line: int, column: int) -> ConfigError:
    """Build the error for a text that cannot be read."""
    error = ConfigError([Problem(FAILED + message, source=source, line=line, column=column)])
    where = f"line {line}, column {column}" + (f" of {source}" if source else "")
    error.args = (f"{FAILED}{message} ({where})",)  # callers rely on how the text begins
    return error


def compose(text: str, source: str | None = None) -> Tree:
    """Read one YAML 1.2 document (or JSON). An empty text has no root."""
    found = None if text.replace("\n", "").isprintable() else re.search(_UNPRINTABLE, text)
    if found:
        line, column = position(text, found.start())
        raise parse_failure(f"the character {found.group()!r} is not allowed; remove it", source, line, column)
    return _Composer(text if not _is_json(text) else _SURROGATES.sub(_paired, text), source).tree()


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _paired(found: re.Match[str]) -> str:
    """Write a surrogate pair, which JSON knows and YAML does not, as YAML's long escape."""
    before, high, low = found.groups()
    code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
    return f"{before}\\U{code:08x}"


_ORIGINALS: Final = {stand_in: character for character, stand_in in _STAND_INS.items()}


def _replaced(text: str, characters: Mapping[str, str]) -> str:
    if not text.isascii():
        for character, other in characters.items():
            text = text.replace(character, other)
    return text


class _Composer:
    """Builds the tree from the parser's events. Lives for one text."""

    def __init__(self, text: str, source: str | None) -> None:
        self.text = text
        self.source = source
        self.events = self._parsed(_replaced(text, _STAND_INS))
        self.anchors: dict[str, tuple[Node, str | None]] = {}
        self.templates: set[str] = set()
        self.repeated = 0
        self.top: str | None = None

    def tree(self) -> Tree:
        import yaml  # not needed by those who configure in Python

        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return Tree(None, frozenset())
        root = self._node(next(self.events), 0)
        next(self.events)
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._fail("a second document begins here; one text holds one configuration", event)
        return Tree(root, frozenset(self.templates))

    def _parsed(self, text: str) -> Iterator[Any]:
        import yaml  # see above

        try:
            yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            message = _explained(error.problem or str(error.context), self.text[mark.index : mark.index + 1])
            raise parse_failure(message, self.source, mark.line + 1, mark.column + 1) from None

    def _fail(self, message: str, event: Any) -> NoReturn:
        mark = event.start_mark
        raise parse_failure(message, self.source, mark.line + 1, mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEPTH:
            self._fail(f"nested deeper than {DEPTH} levels", event)
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind == "ScalarEvent":
            event.value = _replaced(event.value, _ORIGINALS)
            return self._named(event, ScalarNode(line, column, event.value, self._value(event)))
        if kind == "SequenceStartEvent":
            self._tag(event, "seq")
            return self._list(self._named(event, ListNode(line, column)), depth)
        self._tag(event, "map")
        return self._mapping(self._named(event, MappingNode(line, column)), depth)

    def _named(self, event: Any, node: _N) -> _N:
        if event.anchor is not None:
            self.anchors[event.anchor] = node, self.top
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self.anchors:
            self._fail(f"the alias *{event.anchor} has no anchor &{event.anchor} before it", event)
        node, top = self.anchors[event.anchor]
        if not isinstance(node, ScalarNode) and not node.closed:
            self._fail(f"the alias *{event.anchor} stands inside its own anchor", event)
        self.repeated += node.size
        if self.repeated > REPEATED:
            self._fail(f"aliases repeat more than {REPEATED:,} characters", event)
        if top is not None and top != self.top:
            self.templates.add(top)
        return node

    def _value(self, event: Any) -> Scalar:
        if event.tag is None:
            return resolve(event.value) if event.implicit[0] else str(event.value)
        self._tag(event, "str", "int", "float", "bool", "null")
        try:
            return tagged(event.value, event.tag)
        except ValueError as error:
            self._fail(str(error), event)

    def _tag(self, event: Any, *names: str) -> None:
        if event.tag not in (None, "!", *(CORE + name for name in names)):
            shown = event.tag.replace(CORE, "!!")
            self._fail(f"the tag {shown} is not supported here; remove it", event)

    def _list(self, node: ListNode, depth: int) -> ListNode:
        node.items = []
        for event in self._until("SequenceEndEvent"):
            item = self._node(event, depth + 1)
            node.items.append(item)
            node.size += item.size
        node.closed = True
        return node

    def _until(self, end: str) -> Iterator[Any]:
        for event in self.events:
            if type(event).__name__ == end:
                return
            yield event

    def _mapping(self, node: MappingNode, depth: int) -> MappingNode:
        own: dict[str, Entry] = {}
        merged: list[MappingNode] = []
        for event in self._until("MappingEndEvent"):
            key, is_merge = self._key(event, depth + 1)
            if depth == 0:
                self.top = key
            if key in own:
                self._fail(f"the key {key!r} is given twice, first on line {own[key].line}", event)
            value = self._node(next(self.events), depth + 1)
            node.size += value.size + len(key)
            if is_merge:
                merged += self._merged(value, event)
            else:
                own[key] = Entry(event.start_mark.line + 1, event.start_mark.column + 1, value)
        node.entries = _with_merged(own, merged)
        node.closed = True
        return node

    def _key(self, event: Any, depth: int) -> tuple[str, bool]:
        """Return a key as text, and whether it is the merge key."""
        node = self._node(event, depth)
        if not isinstance(node, ScalarNode):
            self._fail("a key must be text, not a list or a mapping", event)
        return node.text, node.text == "<<" and getattr(event, "implicit", (False,))[0]

    def _merged(self, node: Node, event: Any) -> list[MappingNode]:
        nodes = node.items if isinstance(node, ListNode) else [node]
        mappings = [n for n in nodes if isinstance(n, MappingNode)]
        if len(mappings) != len(nodes):
            self._fail("the merge key << takes a mapping or a list of mappings", event)
        return mappings


def _with_merged(own: dict[str, Entry], merged: list[MappingNode]) -> dict[str, Entry]:
    """Own keys win over merged ones, and earlier mappings over later ones."""
    if not merged:
        return own
    entries: dict[str, Entry] = {}
    for mapping in merged:
        entries = {**entries, **{k: e for k, e in mapping.entries.items() if k not in entries}}
    return {**entries, **own}


def _explained(problem: str, character: str) -> str:
    if "cannot start any token" in problem and character:
        if character == "\t":
            return "a tab cannot indent YAML; use spaces"
        return f"a text cannot begin with {character!r}; put it in quotes"
    hint = next((hint for part, hint in _HINTS if part in problem), "")
    return f"{problem}; {hint}" if hint else problem
