"""What is really said: a reply within the limits of one call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.tokens import spoken
from openai_mock_api.script.tokens.counting import PER_TOOL_CALL, Tokenizer, tokenizer_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.pacing import ChunkSize
    from openai_mock_api.script.replies import Reply

_WORD: Final = re.compile(r"\s*\S+|\s+")


class Mention(msgspec.Struct, frozen=True):
    """A source that a text names, from ``start`` up to ``end``, in characters."""

    url: str
    title: str
    start: int
    end: int


class Speech(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The text, refusal and tool calls of one answer, and how it ends.

    ``tokens`` counts all of it but its sound, ``reasoning_tokens`` the part that is thought and not said. ``logprobs``
    are the reply's, and so is ``audio`` where nothing of the text is cut; ``mentions`` are its sources that the text
    still reaches.

    A speech that no limit touched is made once for each reply and encoding; ``rendered`` is where surfaces keep
    what they made of it.
    """

    content: str | None
    refusal: str | None
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    tokens: int
    encoding: Tokenizer
    reasoning: str | None = None
    reasoning_tokens: int = 0
    mentions: tuple[Mention, ...] = ()
    logprobs: float | tuple[float, ...] | None = None
    audio: str | None = None
    rendered: dict[Any, Any] = msgspec.field(default_factory=dict)

    @property
    def said(self) -> int:
        """Count the tokens that are sent."""
        return self.tokens - self.reasoning_tokens

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
    """Say a reply: cut before a stop sequence of the call, then at its token limit, which counts sound too."""
    speech = _unlimited(reply, tokenizer_for(call.model))
    if call.stops and speech.content:
        at = min((i for stop in call.stops if (i := speech.content.find(stop)) >= 0), default=-1)
        if at >= 0:
            speech = _speech(reply, speech.encoding, content=speech.content[:at], tool_calls=())
    if call.max_tokens is None:
        return speech
    sound = spoken.sound_tokens(speech.content) if call.aloud else 0
    fits = speech.tokens + sound <= call.max_tokens
    return speech if fits else _cut(reply, speech, call.max_tokens, aloud=call.aloud)


def speak_each(reply: Reply, call: Call) -> tuple[Speech, ...]:
    """Say a reply in each of the choices that a call asks for; where it has some of its own, they take turns."""
    replies = reply.choices or (reply,)
    speeches = [speak(said, call) for said in replies[: call.choices]]
    return tuple(speeches[index % len(speeches)] for index in range(call.choices))


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
    **cut: Any,
) -> Speech:
    """Count what is said. ``cut`` replaces the reply's own ``refusal``, ``reasoning`` and ``finish_reason``."""
    refusal = cut.get("refusal", reply.refusal)
    reasoning = cut.get("reasoning", reply.reasoning)
    thought = encoding.count(reasoning) if reasoning else 0
    said = sum(encoding.count(text) for text in (content, refusal) if text)
    said += sum(_call_tokens(encoding, c) for c in tool_calls)
    return Speech(
        content=content,
        refusal=refusal,
        tool_calls=tool_calls,
        finish_reason=cut.get("finish_reason") or reply.finish_reason or ("tool_calls" if tool_calls else "stop"),
        tokens=thought + said,
        encoding=encoding,
        reasoning=reasoning,
        reasoning_tokens=thought,
        mentions=tuple(_mentions(reply, content or "")),
        logprobs=reply.logprobs,
        audio=reply.audio if content == reply.content else None,
    )


def _mentions(reply: Reply, content: str) -> Iterator[Mention]:
    for citation in reply.annotations:
        place = citation.place_in(content)
        if place is not None:
            yield Mention(citation.url, citation.title, *place)


def _call_tokens(encoding: Tokenizer, call: ToolCall) -> int:
    return PER_TOOL_CALL + encoding.count(call.name) + encoding.count(call.arguments)


def _cut(reply: Reply, speech: Speech, most: int, *, aloud: bool) -> Speech:
    """Say no more than so many tokens: what is thought comes first, then text, refusal and calls."""
    encoding = speech.encoding
    texts: list[str | None] = []
    for text, heard in ((speech.reasoning, False), (speech.content, aloud), (speech.refusal, False)):
        cut = spoken.cut if heard else Tokenizer.cut
        kept = None if text is None else cut(encoding, text, most)
        most -= encoding.count(kept or "") + (spoken.sound_tokens(kept) if heard else 0)
        texts.append(kept)
    reasoning, content, refusal = texts
    calls = _cut_calls(encoding, speech.tool_calls, most)
    return _speech(
        reply,
        encoding,
        content=content,
        tool_calls=calls,
        refusal=refusal,
        reasoning=reasoning,
        finish_reason="length",
    )


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
