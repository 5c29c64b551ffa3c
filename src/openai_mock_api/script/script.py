"""All flows, and the choice among them."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import msgspec

from openai_mock_api.script.matching.conditions import Glob
from openai_mock_api.script.messages import Call
from openai_mock_api.script.search.candidates import Candidate, Match, Rank, candidate, commonness
from openai_mock_api.script.search.index import Shelf, shelve, vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from openai_mock_api.script.flows import Flow
    from openai_mock_api.script.messages import Message


class Plays:
    """How often each turn has answered: what sequences go by. Lives until a reset.

    Who matches a call and then counts the answer holds the ``lock``: no two calls get the same.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._counts: dict[tuple[str, int], int] = {}

    def count(self, flow: Flow, turn: int) -> int:
        """How often the turn at place ``turn`` has answered."""
        return self._counts.get((flow.id, turn), 0)

    def add(self, flow: Flow, turn: int) -> int:
        """Count one more answer; return how many there were before."""
        played = self.count(flow, turn)
        self._counts[flow.id, turn] = played + 1
        return played

    def forget(self, ids: Collection[str]) -> None:
        """Start the sequences of some flows again."""
        with self.lock:
            for key in [key for key in self._counts if key[0] in ids]:
                del self._counts[key]

    def clear(self) -> None:
        """Start every sequence again."""
        self._counts.clear()


class Miss(msgspec.Struct, frozen=True):
    """No flow answers ``call``. ``diagnosis.nearest`` explains it."""

    counted: ClassVar[bool] = False
    script: Script
    call: Call


class Script:
    """Flows, compiled. Immutable: a changed script is a new one. May be used from several threads."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self.flows = tuple(flows)
        self._longest = max((len(flow.steps) for flow in self.flows), default=0)
        self._common = commonness(self.flows)
        self._shelves: dict[tuple[bool, int], list[tuple[int, Shelf]]] = {}
        self._parts: dict[str, Script] = {}

    def warm(self) -> None:
        """Build the index now, rather than when the first request of a length arrives.

        Left out are lengths at which every flow has just heard the assistant: hardly a request ends so.
        """
        lengths = {
            place + 1 for flow in self.flows for place, step in enumerate(flow.steps) if step.role != "assistant"
        }
        for with_system in (False, True):
            for length in sorted({*lengths, self._longest + 1}):
                for _, shelf in self._lookups(with_system, length):
                    for _, drawer in shelf:
                        drawer.found("")

    @cached_property
    def depends_on_body_alone(self) -> bool:
        """Whether the same body always finds the same reply: no sequences, and no conditions on headers."""
        return all(flow.depends_on_body_alone for flow in self.flows)

    @cached_property
    def headers(self) -> frozenset[str]:
        """The headers that conditions look at, by their names in lower case."""
        conditions = (condition for flow in self.flows for condition in flow.conditions)
        return frozenset(c.header.lower() for c in conditions if isinstance(c, Glob) and c.header)

    @cached_property
    def by_id(self) -> dict[str, Flow]:
        """The flows by their ids."""
        return {flow.id: flow for flow in self.flows}

    @cached_property
    def vocabulary(self) -> dict[str, list[int]]:
        """The words that flows expect, for the diagnosis of misses."""
        return vocabulary(self.flows)

    def meant_for(self, endpoint: str) -> Script:
        """Return the script of those flows whose conditions name an endpoint."""
        part = self._parts.get(endpoint)
        if part is None:
            part = self._parts[endpoint] = Script(flow for flow in self.flows if flow.is_meant_for(endpoint))
        return part

    def match(self, call: Call, plays: Plays) -> Match | Miss:
        """Choose the flow that answers, by rules 1 to 5 of matching. ``plays`` is read, not changed."""
        search = _Search(call, plays)
        for with_system, messages in conversations(call):
            for place, shelf in self._lookups(with_system, len(messages)):
                search.look(shelf, messages, messages[place].text)
        return search.best or Miss(self, call)

    def _lookups(self, with_system: bool, length: int) -> list[tuple[int, Shelf]]:
        """Return the shelves for conversations of ``length`` messages, with the place of the text to look for."""
        if length > self._longest:
            length = self._longest + 1  # whatever is longer can only be met at its end
        shelves = self._shelves.get((with_system, length))
        if shelves is None:
            shelves = self._heads(with_system, length)
            shelves += [(-distance, shelf) for distance, shelf in self._tails[with_system] if distance <= length]
            self._shelves[with_system, length] = shelves
        return shelves

    def _heads(self, with_system: bool, length: int) -> list[tuple[int, Shelf]]:
        """Shelves of the flows that a whole conversation of ``length`` messages can meet, by place of the key step."""
        candidates = [
            candidate(flow, length, order, self._common)
            for order, flow in self._numbered("start", with_system)
            if length <= len(flow.steps)
        ]
        return shelve(candidates, lambda c: c.key or 0)

    @cached_property
    def _tails(self) -> dict[bool, list[tuple[int, Shelf]]]:
        """Shelves of the flows that the end of a conversation can meet, by distance of the key step from the end."""
        return {with_system: self._tails_of(with_system) for with_system in (False, True)}

    def _tails_of(self, with_system: bool) -> list[tuple[int, Shelf]]:
        candidates = [
            candidate(flow, length, order, self._common)
            for order, flow in self._numbered("end", with_system)
            for length in range(1, len(flow.steps) + 1)
        ]
        return shelve(candidates, lambda c: c.length - (c.key or 0))

    def _numbered(self, anchor: str, with_system: bool) -> list[tuple[int, Flow]]:
        return [
            (order, flow)
            for order, flow in enumerate(self.flows)
            if flow.anchor == anchor and flow.has_system == with_system
        ]


class _Search:
    """The best candidate so far for one call, and the rank that another must beat."""

    __slots__ = ("best", "bound", "call", "plays")

    def __init__(self, call: Call, plays: Plays) -> None:
        self.call = call
        self.plays = plays
        self.best: Match | None = None
        self.bound: Rank | None = None

    def look(self, shelf: Shelf, messages: list[Message], text: str) -> None:
        """Try the candidates that a shelf has for ``text``, of those drawers that hold a better one than the best."""
        for least, drawer in shelf:
            if self.bound is None or least < self.bound:
                self._try(drawer.found(text), messages, text)

    def _try(self, candidates: Sequence[Candidate], messages: list[Message], text: str) -> None:
        """Take the first candidate that fits, if it beats the best."""
        for found in candidates:
            if self.bound is not None and found.rank >= self.bound:
                return
            if found.told and messages[0].role == "user" and text.isascii():
                match = found.match or self._next_in_sequence(found)
            else:
                match = self._fit(found, messages)
            if match is not None:
                self.best, self.bound = match, found.rank
                return

    def _fit(self, found: Candidate, messages: list[Message]) -> Match | None:
        flow, length = found.flow, found.length
        if not aligned(self.call, flow, messages, length):
            return None
        if flow.anchor == "end" and self._fits_longer(flow, messages, length):
            return None  # that longer alignment is a candidate of its own
        return found.match or self._next_in_sequence(found)

    def _next_in_sequence(self, found: Candidate) -> Match | None:
        reply = found.flow.turn(found.turn).reply(self.plays.count(found.flow, found.turn))
        return None if reply is None else found.matched(reply, counted=True)

    def _fits_longer(self, flow: Flow, messages: list[Message], length: int) -> bool:
        most = min(len(flow.steps), len(messages))
        return any(aligned(self.call, flow, messages, longer) for longer in range(length + 1, most + 1))


def conversations(call: Call) -> list[tuple[bool, list[Message]]]:
    """Return the messages as flows with a system message see them, then as the others do: without system messages.

    What has nothing left to pair is left out.
    """
    messages = call.messages
    spoken = [message for message in messages if message.role != "system"]
    if not spoken:
        return [(True, messages)] if messages else []
    return [(True, messages), (False, spoken)]


def aligned(call: Call, flow: Flow, messages: list[Message], length: int) -> bool:
    """Whether the first ``length`` steps of a flow fit the last ``length`` messages."""
    if length < len(messages):
        messages = messages[-length:]
    return len(messages) == length and flow.fits(call, messages)
