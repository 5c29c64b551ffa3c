"""Text completions: ``POST /v1/completions`` (source: API reference, "Completions").

A request holds one or more prompts, each of which is a call of its own. The choices of the first prompt come first.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.http import JSON_HEAD
from openai_mock_api.script.levels import level_of
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat.form import NO_EXTRAS, Extras
from openai_mock_api.surfaces.chat.surface import DONE, FINGERPRINT, SSE_HEAD, ChatAnswer, literal
from openai_mock_api.surfaces.completions import request as completions_request
from openai_mock_api.surfaces.completions.choices import Completion, events
from openai_mock_api.surfaces.errors import error_event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call, Validation
    from openai_mock_api.script.replies import Reply

_encode = msgspec.json.encode


class Completions:
    """The surface. Lives as long as the server.

    ``validation`` holds for requests that choose no level. ``extras`` says what a dialect of the API adds to the answer
    to each prompt, by the prompt's place.
    """

    endpoint = "completions"

    def __init__(
        self, validation: Validation = "strict", extras: Callable[[Call, Reply, int], Extras] | None = None
    ) -> None:
        self._validation = validation
        self._extras = extras or _no_extras

    def parse(self, request: Request) -> list[Call]:
        """Check a request and build the call of each prompt. Raises ``ApiError``."""
        return completions_request.parse(request, json_object(request), level_of(request, self._validation))

    def render(self, calls: Sequence[Call], replies: Sequence[Reply]) -> ChatAnswer:
        """Answer each call with its reply, in one body or one stream."""
        completions = [
            Completion(call, reply, self._extras(call, reply, place))
            for place, (call, reply) in enumerate(zip(calls, replies, strict=True))
        ]
        if calls[0].stream:
            return _stream(completions)
        return _body(completions)


def _no_extras(_: Call, __: Reply, ___: int) -> Extras:
    return NO_EXTRAS


def _body(completions: list[Completion]) -> ChatAnswer:
    choices = [choice for completion in completions for choice in completion.choices()]
    for index, choice in enumerate(choices):
        choice["index"] = index
    rest = _encode({"choices": choices, "usage": _usage(completions), **_extra_fields(completions)})[1:]
    seconds = max(completion.seconds for completion in completions)
    return ChatAnswer(JSON_HEAD, b"{%b%b" % (_identity(completions[0]), literal(rest)), seconds)


def _identity(first: Completion) -> bytes:
    """Return the fields that every event of a stream begins with, with room for id and time."""
    return b'"id":"cmpl-%b","object":"text_completion","created":%d,' + literal(
        b'"model":%b,"system_fingerprint":%b,'
        % (_encode(first.reply.model or first.call.model), _encode(first.reply.system_fingerprint or FINGERPRINT))
    )


def _extra_fields(completions: list[Completion]) -> dict[str, list[Any]]:
    """Put together what is added for each prompt."""
    bodies = [completion.extras.body for completion in completions]
    return {name: [entry for body in bodies for entry in body[name]] for name in bodies[0]}


def _usage(completions: list[Completion]) -> dict[str, int]:
    """Add up what all prompts used."""
    figures = [completion.usage() for completion in completions]
    return {name: sum(figure[name] for figure in figures) for name in figures[0]}


def _stream(completions: list[Completion]) -> ChatAnswer:
    """Send the choices side by side, each at its own pace. Where one breaks off, so does the stream, in the end."""
    call = completions[0].call
    tails, delays = _tails(completions)
    failures = [completion.reply.failure for completion in completions if completion.reply.failure is not None]
    if call.include_usage and not failures:
        tails = (*tails, b'"choices":[],"usage":%b}\n\n' % _encode(_usage(completions)))
        delays = (*delays, 0.0)
    prefix = b"data: {%b" % _identity(completions[0])
    end = error_event(failures[0].exception()) if failures else DONE
    return ChatAnswer(SSE_HEAD, prefix, _begin(completions), tails, delays if any(delays) else None, end=end)


def _begin(completions: list[Completion]) -> float:
    return min(completion.reply.delay for completion in completions)


def _tails(completions: list[Completion]) -> tuple[tuple[bytes, ...], tuple[float, ...]]:
    """Return the events, each from its ``choices`` on, and the seconds before each; one plain choice's are kept."""
    first = completions[0]
    if len(completions) > 1 or not first.plain:
        return _encoded(completions)
    key = ("completions", first.reply.pacing, first.call.include_usage)
    rendered = first.sent[0].rendered
    kept: tuple[tuple[bytes, ...], tuple[float, ...]] | None = rendered.get(key)
    if kept is None:
        kept = rendered[key] = _encoded(completions)
    return kept


def _encoded(completions: list[Completion]) -> tuple[tuple[bytes, ...], tuple[float, ...]]:
    end = b',"usage":null}\n\n' if completions[0].call.include_usage else b"}\n\n"
    found = sorted(events(completions), key=lambda event: (event.due, event.place))
    dues = [_begin(completions), *(event.due for event in found)]
    tails = [b'"choices":[%b]%b' % (_encode(event.choice), end) for event in found]
    extra = _extra_fields(completions)
    if extra:
        tails.insert(0, b'"choices":[],%b%b' % (_encode(extra)[1:-1], end))
        dues.insert(0, dues[0])
    return tuple(tails), tuple(later - earlier for earlier, later in pairwise(dues))
