"""Why nothing matched: the nearest flows, where each parted from the call, and what would have fitted.

The comparisons are the ones that match (``Flow.parting``); this module only chooses which flows to explain. Among
many flows it looks at those that share the rarest words with the call, so that a miss stays cheap.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.flows import Flow, Parting, step_kind
from openai_mock_api.script.matching.matchers import Difference
from openai_mock_api.script.messages import a_message
from openai_mock_api.script.script import conversations
from openai_mock_api.script.search.index import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.script.messages import Call, Message
    from openai_mock_api.script.script import Miss, Plays, Script

#: How many flows a report names, how many are compared to find them, and how much of a text is shown.
NEAREST: Final = 3
COMPARED: Final = 16
SHOWN: Final = 160

#: What is left of the closeness of messages when a condition does not hold.
UNMET: Final = 0.9

#: How much of each message's text is searched for words, in characters.
MOST_TEXT: Final = 2000


class NearMiss(msgspec.Struct, frozen=True):
    """One flow that did not answer. ``closeness`` runs from 0 to 1."""

    flow: str
    closeness: float
    parting: Parting

    def as_data(self) -> dict[str, Any]:
        """Return what the error body holds under ``error.nearest``."""
        difference = self.parting.difference
        return {
            "id": self.flow,
            "closeness": round(self.closeness, 3),
            "parted_at": self.parting.place,
            "kind": self.parting.kind,
            "expected": shortened(difference.expected),
            "got": shortened(difference.got),
            "similarity": None if difference.similarity is None else round(difference.similarity, 3),
            "hint": shortened(difference.hint) or None,
        }

    def __str__(self) -> str:
        difference = self.parting.difference
        lines = [
            f"{self.flow}: parted at {self.parting.place} ({self.parting.kind})",
            f"  expected: {shortened(difference.expected)!r}",
            f"  got:      {shortened(difference.got)!r}",
        ]
        if difference.hint:
            lines.append(f"  hint:     {shortened(difference.hint)}")
        return "\n".join(lines)


def shortened(text: str) -> str:
    """Cut a text for a report, keeping its beginning and its end; lone surrogates become question marks."""
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= SHOWN:
        return text
    half = SHOWN // 2
    return f"{text[:half]} … {text[-half:]}"


def nearest(miss: Miss, plays: Plays, most: int = NEAREST) -> list[NearMiss]:
    """Return the flows that came nearest to the call, nearest first; of equals, those that share rarer words."""
    call = miss.call
    near = [near_miss(call, flow, plays) for flow in _worth_comparing(miss.script, call)]
    return sorted(near, key=lambda n: -n.closeness)[:most]


def report(near: Iterable[NearMiss]) -> str:
    """Write near misses as text, to follow the sentence that says nothing matched."""
    lines = [f"{i}. {miss}".replace("\n", "\n   ") for i, miss in enumerate(near, 1)]
    if not lines:
        return "The script holds no responses."
    return "\n".join(["Nearest responses:", *lines])


def near_miss(call: Call, flow: Flow, plays: Plays) -> NearMiss:
    """Say where one flow that does not answer parted from the call."""
    messages = dict(conversations(call)).get(flow.has_system, [])
    unmet = flow.condition_parting(call)
    parted = _parting(flow, messages, plays)
    closeness = min(_merit(parted) / max(len(messages), 1), 1.0)
    return NearMiss(flow.id, closeness * UNMET if unmet else closeness, unmet or parted)


def _merit(parting: Parting) -> float:
    return parting.fitted + (parting.difference.similarity or 0.0)


def _parting(flow: Flow, messages: list[Message], plays: Plays) -> Parting:
    if not messages:
        hint = "system messages alone match no response"
        role = flow.steps[0].role
        return _at(flow, 0, Difference("a message" if role == "any" else a_message(role), "no message", hint=hint))
    if flow.anchor == "end":
        return _tail_parting(flow, messages, plays)
    parting = flow.message_parting(messages, min(len(messages), len(flow.steps)))
    if parting is None and len(messages) > len(flow.steps):
        return _longer(flow, messages)
    return parting or _spent(flow, len(messages), plays)


def _tail_parting(flow: Flow, messages: list[Message], plays: Plays) -> Parting:
    """Return the parting of the longest alignment with the tail that fits, or else of the one that got furthest."""
    most = min(len(messages), len(flow.steps))
    partings = {length: flow.message_parting(messages[-length:], length) for length in range(most, 0, -1)}
    fitting = next((length for length, parting in partings.items() if parting is None), None)
    if fitting is not None:
        return _spent(flow, fitting, plays)
    return max((parting for parting in partings.values() if parting), key=_merit)


def _longer(flow: Flow, messages: list[Message]) -> Parting:
    hint = "`anchor: end` would align the response with the last messages of the request"
    difference = Difference(f"at most {len(flow.steps)} messages", f"{len(messages)} messages", hint=hint)
    return Parting(f"messages[{len(flow.steps)}]", "end of the response", len(flow.steps), difference)


def _spent(flow: Flow, length: int, plays: Plays) -> Parting:
    turn = flow.turn_after(length)
    difference = Difference(
        "a sequence that is not used up",
        f"{plays.count(flow, turn)} answers given",
        hint="`then: repeat` or `then: loop` would go on",
    )
    return Parting(f"messages[{turn}].sequence", "sequence", length, difference)


def _at(flow: Flow, place: int, difference: Difference) -> Parting:
    return Parting(f"messages[{place}]", step_kind(flow.steps[place]), place, difference)


def _worth_comparing(script: Script, call: Call) -> list[Flow]:
    """Return at most ``COMPARED`` flows, those first that share the rarest words with the call."""
    shared: defaultdict[int, float] = defaultdict(float)
    for word in _words_of(call):
        orders = script.vocabulary.get(word, ())
        for order in orders[:COMPARED]:
            shared[order] += 1 / len(orders)
    chosen = sorted(shared, key=lambda order: (-shared[order], order))[:COMPARED]
    others = (order for order in range(len(script.flows)) if order not in shared)
    return [script.flows[order] for order in (*chosen, *islice(others, COMPARED - len(chosen)))]


def _words_of(call: Call) -> list[str]:
    texts = [message.text[:MOST_TEXT] for message in call.messages[-4:]]
    return list(dict.fromkeys(word for text in texts for word in words(text)))
