"""Exchanges as a conversation to read."""

from __future__ import annotations

from itertools import takewhile
from textwrap import indent
from typing import TYPE_CHECKING, Final

from openai_mock_api.script.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openai_mock_api.journal import Exchange
    from openai_mock_api.script.messages import ToolCall

#: How many exchanges are shown, how many messages of each, and how many characters of a message.
EXCHANGES: Final = 10
MESSAGES: Final = 12
CHARACTERS: Final = 400


def transcript(exchanges: Sequence[Exchange]) -> str:
    """Write the last exchanges, each with what is new in it: a request repeats the conversation so far."""
    first = max(len(exchanges) - EXCHANGES, 0)
    lines = [f"… {first} earlier"] if first else []
    before: list[Message] = []
    for number, exchange in enumerate(exchanges[first:], first + 1):
        messages = exchange.conversation
        lines.append(f"{number}. {_title(exchange)}")
        lines += (indent(line, "   ") for line in (*_asked(messages, before), *_answered(exchange)))
        before = [*messages, Message("assistant", exchange.text or "", tool_calls=exchange.tool_calls)]
    return "\n".join(lines) or "No request came."


def _title(exchange: Exchange) -> str:
    """``POST /v1/chat/completions gpt-4o → 200 weather, messages[1]``."""
    asked = " ".join(filter(None, [exchange.method, exchange.path, exchange.model]))
    return f"{asked} → {exchange.status} {', '.join(_outcome(exchange))}".rstrip()


def _outcome(exchange: Exchange) -> Iterator[str]:
    if exchange.missed:
        yield "no response matched"
    elif exchange.matched is not None:
        yield f"{exchange.matched}, messages[{exchange.turn}]"
    if exchange.hung_up:
        yield f"the client hung up after {exchange.chunks_sent} events" if exchange.stream else "the client hung up"


def _asked(messages: list[Message], before: list[Message]) -> Iterator[str]:
    """Yield the messages of a request that have not been said before, and in any case the last."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(messages, before, strict=False))
    known = min(len(list(same)), len(messages) - 1)
    skipped = max(len(messages) - MESSAGES, known, 0)
    if skipped:
        yield f"… {skipped} earlier"
    for message in messages[skipped:]:
        who = f"{message.role} {message.tool_call_id}" if message.tool_call_id else message.role
        yield _spoken(who, message.text, message.tool_calls)


def _answered(exchange: Exchange) -> Iterator[str]:
    if exchange.error is not None:
        yield _spoken("error", str(exchange.error.get("message")).partition("\n")[0])
    elif exchange.text or exchange.tool_calls:
        yield _spoken("assistant", exchange.text or "", exchange.tool_calls)


def _spoken(who: str, text: str, calls: Iterable[ToolCall] = ()) -> str:
    called = [f"calls {call.name}({_cut(call.arguments)}) as {call.id}" for call in calls]
    said = "\n".join(filter(None, [_cut(text), *called]))
    return f"{who}: {said}".rstrip().replace("\n", "\n  ")


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]} … ({len(text):,} characters)"
