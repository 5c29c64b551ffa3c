"""The choices of text completions, whole or as they are said."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from openai_mock_api.script.speech import Speech, speak
from openai_mock_api.surfaces.chat.request import MOST_CHOICES
from openai_mock_api.surfaces.completions.logprobs import joined, nothing, of_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.surfaces.chat.form import Extras

#: How a completion can end; the other reasons belong to tool calls.
_ENDS: Final = ("stop", "length", "content_filter")


class Completion:
    """What is said to one prompt. As many as ``best_of`` are made, and the first ``n`` of them are sent."""

    def __init__(self, call: Call, reply: Reply, extras: Extras) -> None:
        asked = call.parameters or {}
        made = asked.get("best_of")
        self.call = call
        self.reply = reply
        self.extras = extras
        self.echo = call.messages[0].text if asked.get("echo") is True else ""
        said = [speak(_as_text(one), call) for one in reply.choices or (reply,)]
        self.made = list(islice(cycle(said), max(call.choices, min(made, MOST_CHOICES) if type(made) is int else 0)))
        self.sent = self.made[: call.choices]

    @property
    def plain(self) -> bool:
        """Whether a single choice is sent, and nothing beside what the reply says."""
        return self.call.choices == 1 and self.call.logprobs is None and not self.echo and not self.extras.body

    @property
    def seconds(self) -> float:
        """Seconds until all has been said: the choices are made at the same time."""
        return self.reply.delay + self.reply.pacing.whole(max(speech.tokens for speech in self.made))

    def usage(self) -> dict[str, int]:
        """Count tokens, unless the reply gives the figures."""
        given = self.reply.usage
        prompt: int = given.get("prompt_tokens", self.call.tokens or 0)
        completion: int = given.get("completion_tokens", sum(speech.tokens for speech in self.made))
        total: int = given.get("total_tokens", prompt + completion)
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}

    def choices(self) -> list[dict[str, Any]]:
        """Return the choices of a body, but for their indices."""
        made = {speech: self._whole(speech) for speech in set(self.sent)}
        return [dict(made[speech]) for speech in self.sent]

    def _whole(self, speech: Speech) -> dict[str, Any]:
        text = speech.content or ""
        logprobs = joined(of_pieces(self.call, speech, self.echo, [text] if text else []))
        return _choice(self.echo + text, logprobs or nothing(self.call), _end(speech)) | self.extras.choice

    def chunks(self) -> list[list[tuple[float, dict[str, Any]]]]:
        """Return what a stream says of each choice, each piece with the seconds before it."""
        made = {speech: self._pieces(speech) for speech in set(self.sent)}
        return [made[speech] for speech in self.sent]

    def _pieces(self, speech: Speech) -> list[tuple[float, dict[str, Any]]]:
        pacing = self.reply.pacing
        pieces = speech.pieces(speech.content or "", pacing.chunk)
        delays = pacing.delays(speech.weights(pieces, pacing.chunk))
        logprobs = of_pieces(self.call, speech, self.echo, pieces)
        if self.echo:
            pieces, delays = [self.echo, *pieces], [0.0, *delays]
        said = zip(delays, pieces, logprobs, strict=True)
        chunks = [(delay, _choice(piece, probable) | self.extras.choice) for delay, piece, probable in said]
        if self.reply.fault is not None:
            return chunks[: self.reply.fault.after] or [(0.0, _choice("", nothing(self.call)) | self.extras.silent)]
        return [*chunks, (0.0, _choice("", nothing(self.call), _end(speech)) | self.extras.silent)]


def _as_text(reply: Reply) -> Reply:
    """Let a refusal be said as text, and nothing be thought: text completions know neither."""
    if reply.refusal is None and reply.reasoning is None:
        return reply
    text = (reply.content or "") + (reply.refusal or "")
    return msgspec.structs.replace(reply, content=text, refusal=None, reasoning=None, rendered={})


def _end(speech: Speech) -> str:
    return speech.finish_reason if speech.finish_reason in _ENDS else "stop"


def _choice(text: str, logprobs: Any, finish_reason: str | None = None) -> dict[str, Any]:
    return {"text": text, "index": 0, "logprobs": logprobs, "finish_reason": finish_reason}


class Event(NamedTuple):
    """One event of a stream: ``due`` is in seconds from the request, ``place`` counts those of its choice."""

    due: float
    place: int
    choice: dict[str, Any]


def events(completions: list[Completion]) -> Iterator[Event]:
    """Yield the events of all choices, one choice after the other."""
    sent = [(completion, chunks) for completion in completions for chunks in completion.chunks()]
    for index, (completion, chunks) in enumerate(sent):
        due = completion.reply.delay + completion.reply.pacing.ttft
        for place, (delay, choice) in enumerate(chunks):
            due += delay
            yield Event(due, place, {**choice, "index": index})
