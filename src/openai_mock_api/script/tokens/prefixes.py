"""Prompts that begin as earlier ones did: what ``cached_tokens`` counts (source: guide "Prompt caching").

A prompt is laid out as it is counted: tools, then messages, each token a number, each token that frames them a mark.
Every beginning of 1024 tokens, 1152 and so on has a fingerprint that is made from that of the one before, so prompts
with the same beginning have the same first fingerprints.
"""

from __future__ import annotations

import threading
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.script.tokens.counting import (
    PER_MESSAGE,
    PER_NAME,
    PER_PART,
    PER_TOOL_CALL,
    PRIMING,
    Tokenizer,
    encoding_of,
    prompt_tokens,
    tokenizer_for,
    tool_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.clock import Clock
    from openai_mock_api.script.messages import Call, Message

#: Fewest tokens of a prompt that is cached. No prompt has more tokens than its request has bytes.
LEAST: Final = 1024
#: Tokens between one cached beginning and the next.
BLOCK: Final = 128

#: Seconds after its last use that a beginning is forgotten, by ``prompt_cache_retention``.
IN_MEMORY: Final = 600.0
EXTENDED: Final = 86_400.0

#: So many beginnings are kept, those used last.
KEPT: Final = 50_000

#: Texts of so many characters, and so many of them, are kept with their tokens: most prompts begin alike.
_SHORT: Final = 65_536
_TEXTS: Final = 64

#: Numbers that stand for what frames the texts. No vocabulary reaches them.
_MARKS: Final = {
    mark: 2**32 - 1 - place
    for place, mark in enumerate(("system", "user", "assistant", "tool", "name", "call", "tools"))
}


class Prefixes:
    """The beginnings of prompts that were seen, by their fingerprints. Lives until another configuration is loaded.

    May be used from several threads.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: dict[int, float] = {}

    def recognize(self, call: Call) -> bool:
        """Set ``cached_tokens`` of a call whose prompt can be cached, remember the prompt, and say whether it can."""
        if len(call.body) < LEAST or encoding_of(call.model) != "o200k_base" or prompt_tokens(call) < LEAST:
            return False
        beginnings = _fingerprints(call)
        now = self._clock.monotonic()
        known = sum(1 for beginning in beginnings if self._ends.get(beginning, now) > now)
        if known:
            call.cached_tokens = LEAST + BLOCK * (known - 1)
        with self._lock:
            self._remember(beginnings, now + _lifetime(call))
        return True

    def clear(self) -> None:
        """Forget every prompt."""
        self._ends.clear()

    def _remember(self, beginnings: Sequence[int], end: float) -> None:
        # The longest first: what is forgotten first is the end of a prompt, not its beginning.
        for beginning in reversed(beginnings):
            self._ends[beginning] = max(end, self._ends.pop(beginning, end))
        while len(self._ends) > KEPT:
            del self._ends[next(iter(self._ends))]


def _lifetime(call: Call) -> float:
    extended = (call.parameters or {}).get("prompt_cache_retention") == "24h"
    return EXTENDED if extended else IN_MEMORY


def _fingerprints(call: Call) -> list[int]:
    """Return the fingerprints of a prompt's beginnings, the shortest first."""
    layout = _layout(call)
    fingerprint = _surroundings(call)
    found = []
    for end in range(BLOCK, min(len(layout), prompt_tokens(call)) + 1, BLOCK):
        fingerprint = hash((fingerprint, layout[end - BLOCK : end].tobytes()))
        if end >= LEAST:
            found.append(fingerprint)
    return found


def _surroundings(call: Call) -> int:
    """Return the fingerprint of what must be the same as a whole."""
    key = (call.parameters or {}).get("prompt_cache_key")
    return hash((call.model, msgspec.json.encode((call.tools, call.schema, key))))


def _layout(call: Call) -> array[int]:
    encoding = tokenizer_for(call.model)
    layout = _marks("tools", tool_tokens(encoding, call.tools)) if call.tools else array("I")
    for message in call.messages:
        layout += _message(encoding, message)
        # What an image shows is not known here: only the same request has the same.
        layout += array("I", [hash(call.body) % 2**32]) * (PER_PART * len(message.parts))
    return layout + _marks("assistant", PRIMING)


def _message(encoding: Tokenizer, message: Message) -> array[int]:
    layout = _marks(message.role, PER_MESSAGE + 1) + _tokens(encoding, message.text)
    if message.name is not None:
        layout += _marks("name", PER_NAME) + _tokens(encoding, message.name)
    for call in message.tool_calls:
        layout += _marks("call", PER_TOOL_CALL) + _tokens(encoding, call.name) + _tokens(encoding, call.arguments)
    return layout


def _marks(kind: str, number: int) -> array[int]:
    return array("I", [_MARKS[kind]]) * number


def _tokens(encoding: Tokenizer, text: str) -> array[int]:
    return _kept_tokens(encoding, text) if len(text) <= _SHORT else array("I", encoding.encode(text))


@lru_cache(maxsize=_TEXTS)
def _kept_tokens(encoding: Tokenizer, text: str) -> array[int]:
    return array("I", encoding.encode(text))
