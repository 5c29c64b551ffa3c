"""All flows, and the choice among them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from openai_mock_api.script.flows import Flow
from openai_mock_api.script.index import Candidate, Rank, Shelf, candidate, shelve, vocabulary
from openai_mock_api.script.messages import Call
from openai_mock_api.script.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.script.messages import Message


class Plays:
    """How often each turn has answered: what sequences go by. Lives until a reset."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}

    def count(self, flow: Flow, turn: int) -> int:
        """How often the turn at place ``turn`` has answered."""
        return self._counts.get((flow.id, turn), 0)

    def add(self, flow: Flow, turn: int) -> None:
        """Count one more answer."""
        self._counts[flow.id, turn] = self.count(flow, turn) + 1

    def clear(self) -> None:
        """Start every sequence again."""
        self._counts.clear()


class Match(msgspec.Struct, frozen=True):
    """The flow that answers: ``turn`` is the place of its turn, ``length`` how many messages were matched, ``score``
    their mean specificity.
    """  # noqa: D205 - one sentence

    flow: Flow
    turn: int
    length: int
    score: float
    reply: Reply


class Miss(msgspec.Struct, frozen=True):
    """No flow answers ``call``. ``diagnosis.nearest`` explains it."""

    script: Script
    call: Call


class Script:
    """Flows, compiled. Immutable: a changed script is a new one. May be used from several threads."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self.flows = tuple(flows)
        self._longest = max((len(flow.steps) for flow in self.flows), default=0)
        self._head_shelves: dict[tuple[bool, int], dict[int, Shelf]] = {}
        self._tail_shelves: dict[bool, dict[int, Shelf]] = {}

    def warm(self) -> None:
        """Build the index now, for every length, rather than when the first request of that length arrives."""
        for with_system in (False, True):
            self._tails(with_system)
            for length in range(1, self._longest + 1):
                self._heads(with_system, length)

    @cached_property
    def vocabulary(self) -> dict[str, list[int]]:
        """The words that flows expect, for the diagnosis of misses."""
        return vocabulary(self.flows)

    def match(self, call: Call, plays: Plays) -> Match | Miss:
        """Choose the flow that answers, by rules 1 to 5 of matching. ``plays`` is read, not changed."""
        search = _Search(call, plays)
        for shelf, messages, place in self._lookups(call):
            text = messages[place].text
            for batch in shelf.sure(text):
                search.offer(batch, messages)
            search.offer(shelf.alike(text, search.bound), messages)
        return search.best or Miss(self, call)

    def _lookups(self, call: Call) -> Iterator[tuple[Shelf, list[Message], int]]:
        """Yield the shelves to look at, with the messages that count there and the place of the text looked for."""
        for with_system, messages in conversations(call):
            length = len(messages)
            if length <= self._longest:
                for place, shelf in self._heads(with_system, length).items():
                    yield shelf, messages, place
            for distance, shelf in self._tails(with_system).items():
                if distance <= length:
                    yield shelf, messages, length - distance

    def _heads(self, with_system: bool, length: int) -> dict[int, Shelf]:
        """Shelves of the flows that a whole conversation of ``length`` messages can meet, by place of the key step."""
        shelves = self._head_shelves.get((with_system, length))
        if shelves is None:
            candidates = [
                candidate(flow, length, order)
                for order, flow in self._numbered("start", with_system)
                if length <= len(flow.steps)
            ]
            shelves = self._head_shelves[with_system, length] = shelve(candidates, lambda c: c.key or 0)
        return shelves

    def _tails(self, with_system: bool) -> dict[int, Shelf]:
        """Shelves of the flows that the end of a conversation can meet, by distance of the key step from the end."""
        shelves = self._tail_shelves.get(with_system)
        if shelves is None:
            candidates = [
                candidate(flow, length, order)
                for order, flow in self._numbered("end", with_system)
                for length in range(1, len(flow.steps) + 1)
            ]
            shelves = self._tail_shelves[with_system] = shelve(candidates, lambda c: c.length - (c.key or 0))
        return shelves

    def _numbered(self, anchor: str, with_system: bool) -> list[tuple[int, Flow]]:
        return [
            (order, flow)
            for order, flow in enumerate(self.flows)
            if flow.anchor == anchor and flow.has_system == with_system
        ]


class _Search:
    """The best candidate so far for one call, and the rank that another must beat."""

    def __init__(self, call: Call, plays: Plays) -> None:
        self.call = call
        self.plays = plays
        self.best: Match | None = None
        self.bound: Rank | None = None

    def offer(self, batch: list[Candidate], messages: list[Message]) -> None:
        """Take the first candidate that fits, if it beats the best."""
        for found in batch:
            if self.bound is not None and found.rank >= self.bound:
                return
            match = self._fit(found, messages)
            if match is not None:
                self.best, self.bound = match, found.rank
                return

    def _fit(self, found: Candidate, messages: list[Message]) -> Match | None:
        flow, length = found.flow, found.length
        if not aligned(self.call, flow, messages, length):
            return None
        longer = range(length + 1, len(flow.steps) + 1) if flow.anchor == "end" else ()
        if any(aligned(self.call, flow, messages, more) for more in longer):
            return None  # that longer alignment is a candidate of its own
        turn = flow.turn_after(length)
        reply = flow.turn(turn).reply(self.plays.count(flow, turn))
        return None if reply is None else Match(flow, turn, length, -found.rank[1], reply)


def conversations(call: Call) -> Iterator[tuple[bool, list[Message]]]:
    """Yield the messages as flows with a system message see them, then as the others do: without system messages.

    What has nothing left to pair is left out.
    """
    messages = call.messages
    if messages:
        yield True, messages
    if any(message.role == "system" for message in messages):
        messages = [message for message in messages if message.role != "system"]
    if messages:
        yield False, messages


def aligned(call: Call, flow: Flow, messages: list[Message], length: int) -> bool:
    """Whether the first ``length`` steps of a flow fit the last ``length`` messages."""
    if length > len(messages):
        return False
    if length < len(messages):
        messages = messages[len(messages) - length :]
    return flow.parting(call, messages, length) is None
