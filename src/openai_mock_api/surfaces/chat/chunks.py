"""A speech as the chunks of a stream (source: API reference, "The chat completion chunk object").

A chunk is a pair: the seconds before it, and a choice but for its index.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.tokens.logprobs import TokenLogprob, shared
from openai_mock_api.surfaces.chat import audio as chat_audio
from openai_mock_api.surfaces.chat.choices import (
    annotation,
    finish_reason,
    is_spoken,
    legacy_call,
    token_logprobs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openai_mock_api.script.pacing import ChunkSize, Pacing
    from openai_mock_api.script.speech import Speech
    from openai_mock_api.surfaces.chat.form import Form

Chunk = tuple[float, dict[str, Any]]

#: What holds the arguments of a call.
_ARGUMENTS: Final = {"function": "arguments", "custom": "input"}

#: A delta, the probabilities of its tokens, and how many tokens it takes the time of.
_Delta = tuple[dict[str, Any], dict[str, Any] | None, int]


def chunks(speech: Speech, pacing: Pacing, form: Form) -> list[Chunk]:
    """Return the chunks of a choice. Raises ``ScriptError`` where the form has no room for what is said."""
    return [*begun(speech, pacing, form), *((0.0, chunk) for chunk in _end(speech, form))]


def begun(speech: Speech, pacing: Pacing, form: Form, most: int | None = None) -> list[Chunk]:
    """Return the chunks of a choice that does not end: the first, and ``most`` pieces of what is said, or all."""
    deltas = [*_text(speech, pacing.chunk, form), *_calls(speech, pacing.chunk, form)]
    delays = pacing.delays([tokens for _, _, tokens in deltas])
    said = [
        (delay, _chunk(delta, None, probabilities, form.extras.choice))
        for delay, (delta, probabilities, _) in zip(delays, deltas, strict=True)
    ]
    return [(pacing.ttft, _role(speech, form)), *said[:most]]


def _chunk(
    delta: dict[str, Any], reason: str | None, probabilities: dict[str, Any] | None, extras: dict[str, Any]
) -> dict[str, Any]:
    return {"delta": delta, "logprobs": probabilities, "finish_reason": reason, **extras}


def _role(speech: Speech, form: Form) -> dict[str, Any]:
    """Return the first chunk: who speaks, and what is to come."""
    if is_spoken(speech, form):
        delta = {"role": "assistant", "content": None, "refusal": None, "audio": {"id": chat_audio.ID}}
        return _chunk(delta, None, None, form.extras.silent)
    delta = {"role": "assistant", "content": None if speech.content is None else "", "refusal": None}
    texts = {"content": speech.content, "refusal": speech.refusal}
    begun: dict[str, Any] = {field: None if text is None else [] for field, text in texts.items()}
    return _chunk(delta, None, None if form.logprobs is None else begun, form.extras.silent)


def _end(speech: Speech, form: Form) -> Iterator[dict[str, Any]]:
    """Yield the chunks behind all words: sources, then how it ends.

    A sound ends with its expiry, and says no reason unless something cut it.
    """
    if speech.mentions:
        delta = {"annotations": [annotation(mention) for mention in speech.mentions]}
        yield _chunk(delta, None, None, form.extras.silent)
    spoken = is_spoken(speech, form)
    if spoken:
        yield {"delta": {"audio": {"expires_at": chat_audio.EXPIRY}}, **form.extras.silent}
    if not spoken or speech.finish_reason != "stop":
        yield _chunk({}, finish_reason(speech, form), None, form.extras.silent)


def _text(speech: Speech, size: ChunkSize, form: Form) -> Iterator[_Delta]:
    if is_spoken(speech, form):
        yield from _sound(speech, size, form)
    else:
        yield from _pieces("content", speech.content, speech, size, form)
    yield from _pieces("refusal", speech.refusal, speech, size, form)


def _sound(speech: Speech, size: ChunkSize, form: Form) -> Iterator[_Delta]:
    """Yield the transcript, then the sound, which takes no time of its own."""
    for piece, tokens in _weighed(speech, speech.content, size):
        yield {"audio": {"transcript": piece}}, None, tokens
    for part in chat_audio.parts(chat_audio.data(speech, form.audio or "")):
        yield {"audio": {"data": part}}, None, 0


def _pieces(field: str, text: str | None, speech: Speech, size: ChunkSize, form: Form) -> Iterator[_Delta]:
    weighed = _weighed(speech, text, size)
    shares: Sequence[Any] = [None] * len(weighed)
    if form.logprobs is not None and text is not None:
        entries = token_logprobs(speech, text, form.logprobs) or []
        shares = [_probabilities(field, share) for share in shared(entries, [piece for piece, _ in weighed])]
    for (piece, tokens), share in zip(weighed, shares, strict=True):
        yield {field: piece}, share, tokens


def _probabilities(field: str, entries: list[TokenLogprob] | None) -> dict[str, Any]:
    return {"content": None, "refusal": None, field: entries}


def _weighed(speech: Speech, text: str | None, size: ChunkSize) -> list[tuple[str, int]]:
    pieces = speech.pieces(text or "", size)
    return list(zip(pieces, speech.weights(pieces, size), strict=True))


def _calls(speech: Speech, size: ChunkSize, form: Form) -> Iterator[_Delta]:
    """Yield the head of each call, then fragments of its arguments."""
    if speech.tool_calls and form.legacy:
        call = legacy_call(speech)
        yield {"function_call": {"name": call.name, "arguments": ""}}, None, 1
        for piece, tokens in _weighed(speech, call.arguments, size):
            yield {"function_call": {"arguments": piece}}, None, tokens
        return
    for index, call in enumerate(speech.tool_calls):
        field = _ARGUMENTS[call.kind]
        head = {"index": index, "id": call.id, "type": call.kind, call.kind: {"name": call.name, field: ""}}
        yield {"tool_calls": [head]}, None, 1
        for piece, tokens in _weighed(speech, call.arguments, size):
            yield {"tool_calls": [{"index": index, call.kind: {field: piece}}]}, None, tokens


def side_by_side(timelines: Sequence[list[Chunk]]) -> list[tuple[float, int, dict[str, Any]]]:
    """Put the chunks of choices that are made at the same time in one order: seconds before, index, choice."""
    due = sorted(
        (moment, step, index)
        for index, timeline in enumerate(timelines)
        for step, moment in enumerate(accumulate(delay for delay, _ in timeline))
    )
    moments = [0.0, *(moment for moment, _, _ in due)]
    return [
        (moment - before, index, timelines[index][step][1])
        for before, (moment, step, index) in zip(moments, due, strict=False)
    ]
