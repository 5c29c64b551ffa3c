"""What is really said: a reply within the limits of one call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.tokens import PER_TOOL_CALL, Tokenizer, tokenizer_for

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.pacing import ChunkSize
    from openai_mock_api.script.replies import Reply

_WORD: Final = re.compile(r"\s*\S+|\s+")


class Speech(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The text, refusal and tool calls of one answer, and how it ends. ``tokens`` counts all of it.

    A speech that no limit touched is made once for each reply and encoding; ``rendered`` is where surfaces keep
    what they made of it.
    """

    content: str | None
    refusal: str | None
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    tokens: int
    encoding: Tokenizer
    rendered: dict[Any, Any] = msgspec.field(default_factory=dict)

    def pieces(self, text: str, size: ChunkSize) -> list[str]:
        """Split a text of this speech into what the chunks of a stream hold; empty text has no pieces."""
        if not text:
            return []
        if size == "message":
            return [text]
        return self.encoding.pieces(text) if size == "token" else _WORD.findall(text)

    def weights(self, pieces: list[str], size: ChunkSize) -> list[int]:
        """Count the tokens that each piece stands for."""
        return [1] * len(pieces) if size == "token" else [self.encoding.count(piece) for piece in pieces]


def speak(reply: Reply, call: Call) -> Speech:
    """Say a reply: cut before a stop sequence of the call, then at its token limit."""
    speech = _unlimited(reply, tokenizer_for(call.model))
    if call.stops and speech.content:
        at = min((i for stop in call.stops if (i := speech.content.find(stop)) >= 0), default=-1)
        if at >= 0:
            speech = _speech(reply, speech.encoding, content=speech.content[:at], tool_calls=())
    if call.max_tokens is not None and speech.tokens > call.max_tokens:
        speech = _cut(reply, speech, call.max_tokens)
    return speech


def _unlimited(reply: Reply, encoding: Tokenizer) -> Speech:
    speech: Speech | None = reply.rendered.get(encoding.name)
    if speech is None:
        content = "" if reply.content is None and not reply.tool_calls and reply.refusal is None else reply.content
        speech = _speech(reply, encoding, content=content, tool_calls=reply.tool_calls)
        reply.rendered[encoding.name] = speech
    return speech


def _speech(
    reply: Reply,
    encoding: Tokenizer,
    *,
    content: str | None,
    tool_calls: tuple[ToolCall, ...],
    refusal: str | None = None,
    finish: str = "",
) -> Speech:
    refusal = reply.refusal if refusal is None else refusal
    tokens = sum(encoding.count(text) for text in (content, refusal) if text)
    return Speech(
        content=content,
        refusal=refusal,
        tool_calls=tool_calls,
        finish_reason=finish or reply.finish_reason or ("tool_calls" if tool_calls else "stop"),
        tokens=tokens + sum(_call_tokens(encoding, c) for c in tool_calls),
        encoding=encoding,
    )


def _call_tokens(encoding: Tokenizer, call: ToolCall) -> int:
    return PER_TOOL_CALL + encoding.count(call.name) + encoding.count(call.arguments)


def _cut(reply: Reply, speech: Speech, most: int) -> Speech:
    encoding = speech.encoding
    content = None if speech.content is None else encoding.cut(speech.content, most)
    most -= encoding.count(content or "")
    refusal = None if speech.refusal is None else encoding.cut(speech.refusal, most)
    most -= encoding.count(refusal or "")
    calls = _cut_calls(encoding, speech.tool_calls, most)
    return _speech(reply, encoding, content=content, tool_calls=calls, refusal=refusal, finish="length")


def _cut_calls(encoding: Tokenizer, calls: tuple[ToolCall, ...], most: int) -> tuple[ToolCall, ...]:
    """Keep the calls that fit, the last of them with its arguments cut: broken JSON, as from the real API."""
    kept: list[ToolCall] = []
    for call in calls:
        room = most - PER_TOOL_CALL - encoding.count(call.name)
        if room <= 0:
            break
        kept.append(msgspec.structs.replace(call, arguments=encoding.cut(call.arguments, room)))
        most -= _call_tokens(encoding, kept[-1])
    return tuple(kept)
