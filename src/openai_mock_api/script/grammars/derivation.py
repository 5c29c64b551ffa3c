"""The shortest text that a grammar accepts."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from openai_mock_api.script.grammars.lark import Choice, Grammar, Name, Repeated, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai_mock_api.script.grammars.lark import Node

#: Most characters of a text.
LONGEST: Final = 10_000


def shortest(grammar: Grammar) -> str | None:
    """Return the shortest text of the rule ``start``, the same every time; None where every one is too long, or none
    ends.

    Where blanks are ignored, one stands between any two terminals: no lexer takes two for one then.
    """  # noqa: D205 - one sentence
    terminals = _derived({name: node for name, node in grammar.definitions.items() if name.isupper()}, {}, "")
    ignored = (_text(node, terminals, "") for node in grammar.ignored)
    gap = next((text for text in ignored if text and text.isspace()), "")
    return _derived(grammar.definitions, terminals, gap).get("start")


def _derived(nodes: Mapping[str, Node], known: Mapping[str, str], gap: str) -> dict[str, str]:
    """Return the shortest text of each name.

    By Knuth's form of Dijkstra's algorithm: the shortest of all is settled first, then what it makes of those that use
    it.
    """
    texts = dict(known)
    users = defaultdict(list)
    for name, node in nodes.items():
        for used in set(_names(node)):
            users[used].append(name)
    queue: list[tuple[int, str, str]] = []

    def offer(names: Iterable[str]) -> None:
        for name in names:
            text = None if name in texts else _text(nodes[name], texts, gap)
            if text is not None:
                heappush(queue, (len(text), name, text))

    offer(nodes)
    while queue:
        _, name, text = heappop(queue)
        if name not in texts:
            texts[name] = text
            offer(users[name])
    return texts


def _names(node: Node) -> Iterator[str]:
    match node:
        case Name(name):
            yield name
        case Repeated(repeated):
            yield from _names(repeated)
        case Sequence(nodes) | Choice(nodes):
            for one in nodes:
                yield from _names(one)


def _text(node: Node, known: Mapping[str, str], gap: str) -> str | None:
    """Return the shortest text of a node, as far as names are known."""
    match node:
        case str():
            return node
        case Name(name):
            return known.get(name)
        case Repeated(repeated, times):
            text = _text(repeated, known, gap)
            return None if text is None or len(text) * times > LONGEST else _joined([text] * times, gap)
        case Sequence(nodes):
            texts = [_text(one, known, gap) for one in nodes]
            return None if None in texts else _joined([text for text in texts if text], gap)
        case Choice(nodes):
            found = (_text(one, known, gap) for one in nodes)
            return min((text for text in found if text is not None), key=len, default=None)


def _joined(texts: list[str], gap: str) -> str | None:
    return None if sum(map(len, texts)) > LONGEST else gap.join(filter(None, texts))
