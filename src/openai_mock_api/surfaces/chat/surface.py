"""Chat Completions: ``POST /v1/chat/completions`` (source: API reference, "Chat" and "Chat streaming").

What does not depend on the request is encoded once for each speech; a request adds its id, time, model and usage.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.http import JSON_HEAD, Response, Stream
from openai_mock_api.lazy import Lazy
from openai_mock_api.script.levels import level_of
from openai_mock_api.script.speech import Speech, speak, speak_each
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat import audio as chat_audio
from openai_mock_api.surfaces.chat import request as chat_request
from openai_mock_api.surfaces.chat.choices import choice_of
from openai_mock_api.surfaces.chat.chunks import begun, chunks, side_by_side
from openai_mock_api.surfaces.chat.form import NO_EXTRAS, ORDINARY, Extras, Form, form_of
from openai_mock_api.surfaces.chat.padding import is_padded, padding
from openai_mock_api.surfaces.chat.plain import parse_plain
from openai_mock_api.surfaces.chat.usage import Usage, usage_of
from openai_mock_api.surfaces.errors import error_event
from openai_mock_api.surfaces.reading import TIERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.script.inputs.moderation import Judgement
    from openai_mock_api.script.messages import Call, Validation
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.surfaces.chat.chunks import Chunk
    from openai_mock_api.surfaces.moderations import results
else:
    results = Lazy("openai_mock_api.surfaces.moderations.results")

FINGERPRINT: Final = "fp_44709d6fcb"

SSE_HEAD: Final = b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
DONE: Final = b"data: [DONE]\n\n"

#: Frames that are kept of one speech: clients that vary the model must not fill the memory.
FRAMES: Final = 20

_Tails = tuple[tuple[bytes, ...], tuple[float, ...] | None]

_encode = msgspec.json.encode


class Chat:
    """The surface. Lives as long as the server.

    ``validation`` holds for requests that choose no level. ``extras`` says what a dialect of the API adds to an answer,
    ``judgements`` say what is found in those that are moderated.
    """

    endpoint = "chat"

    def __init__(
        self,
        validation: Validation = "strict",
        extras: Callable[[Call, Reply], Extras] | None = None,
        judgements: Sequence[Judgement] = (),
    ) -> None:
        self._validation = validation
        self._extras = extras
        self._judgements = judgements

    def parse(self, request: Request) -> Call:
        """Check a request as strictly as it or the configuration says, and build the call. Raises ``ApiError``."""
        plain = parse_plain(request, self._validation)
        if plain is not None:
            return plain
        return chat_request.parse(request, json_object(request), level_of(request, self._validation))

    def render(self, call: Call, reply: Reply) -> ChatAnswer:
        """Answer a call with a reply, as one body or as a stream. Raises ``ScriptError``."""
        return self.stream(call, reply) if call.stream else self.completion(call, reply)

    def completion(self, call: Call, reply: Reply) -> ChatAnswer:
        """Answer in one body, whatever the call asks for. Raises ``ScriptError``."""
        draft = self._draft(call, reply)
        frame = _frame(call, reply, draft)
        found = b"" if call.parameters is None else literal(self._found(call, draft))
        text = b'%b"usage":%b%b}' % (frame.body, frame.usage.of(call, reply), found)
        return ChatAnswer(JSON_HEAD, text, reply.delay + reply.pacing.whole(frame.longest), None, None, frame.spoken)

    def stream(self, call: Call, reply: Reply) -> ChatAnswer:
        """Answer as a stream, whatever the call asks for. Raises ``ScriptError``."""
        draft = self._draft(call, reply)
        frame = _frame(call, reply, draft)
        tails, delays = _tails(call, reply, draft)
        if reply.failure is not None:
            end = error_event(reply.failure.exception())
            return ChatAnswer(SSE_HEAD, frame.prefix, reply.delay, tails, delays, frame.spoken, end)
        found = b"" if call.parameters is None else self._found(call, draft)
        if found:
            tails = (*tails, b'"choices":[]%b%b' % (found, _end_of_chunk(call)))
            delays = delays and (*delays, 0.0)
        if call.include_usage:
            tails = (*tails, b'"choices":[],"usage":%b}\n\n' % frame.usage.of(call, reply))
            delays = delays and (*delays, 0.0)
        return ChatAnswer(SSE_HEAD, frame.prefix, reply.delay, tails, delays, frame.spoken)

    def _found(self, call: Call, draft: _Draft) -> bytes:
        """Return what moderation finds, as a member of the answer. Nothing, unless the call asks for it."""
        if not (call.parameters or {}).get("moderation"):
            return b""
        judged = results.beside(call, self._judgements)
        return b"" if judged is None else b',"moderation":%b' % _encode(judged.completion(draft.speeches))

    def _draft(self, call: Call, reply: Reply) -> _Draft:
        form = ORDINARY
        if call.parameters is not None or self._extras is not None:
            form = form_of(call, NO_EXTRAS if self._extras is None else self._extras(call, reply))
        if form is ORDINARY and call.choices == 1:
            speech = speak(reply.choices[0] if reply.choices else reply, call)
            return _Draft((speech,), form, speech.rendered)
        return _Draft(speak_each(reply, call), form, {})


class ChatAnswer(msgspec.Struct, frozen=True, dict=True):
    """An answer that lacks its id and its time, for which ``text`` has room. ``text`` is the body, or what begins every
    event of a stream; the events then end with ``tails``, and the stream with ``end``. One that is ``spoken`` has marks
    of ``audio``.
    """  # noqa: D205 - two sentences

    head: bytes
    text: bytes
    delay: float = 0.0
    tails: tuple[bytes, ...] | None = None
    delays: tuple[float, ...] | None = None
    spoken: bool = False
    end: bytes = DONE

    def response(self, clock: Clock) -> Response:
        """Return the answer with an id and a time of its own."""
        if self.tails is None and not self.spoken:  # most answers: a call less
            return Response(200, self.head, self.text % (clock.token(), clock.now()), None, self.delay)
        return self.filled(clock.token(), clock.now())

    def filled(self, token: bytes, created: float) -> Response:
        """Return the answer with the id that ends with ``token``, made at a time in seconds since the epoch."""
        text, tails = self.text % (token, created), self.tails
        if self.spoken:
            text = chat_audio.filled(text, token, created)
            tails = tails and tuple(chat_audio.filled(tail, token, created) for tail in tails)
        if tails is None:
            return Response(200, self.head, text, None, self.delay)
        counted = None if self.spoken else self.bulk
        return Response(200, self.head, b"", Stream(tails, text, self.end, self.delays, counted), self.delay)

    @cached_property
    def bulk(self) -> int:
        """Bytes of all ``tails``. Counted once for all answers, as each goes into the journal."""
        return sum(map(len, self.tails or ()))


class _Draft(msgspec.Struct, frozen=True, gc=False):
    """What is said in each choice and in which form. ``kept`` holds what was rendered of it before."""

    speeches: tuple[Speech, ...]
    form: Form
    kept: dict[Any, Any]


class _Frame(msgspec.Struct, frozen=True):
    """An answer but for its usage: its body, or what begins every event. Both have room for id and time.

    ``longest`` counts the tokens of the choice that takes longest to send.
    """

    body: bytes
    prefix: bytes
    usage: Usage
    longest: int
    spoken: bool


def _frame(call: Call, reply: Reply, draft: _Draft) -> _Frame:
    """Return the frame for a model and tier. The first few of a speech are kept."""
    key = (call.model, _service_tier(call))
    frame: _Frame | None = draft.kept.get(key)
    if frame is None:
        frame = _new_frame(call, reply, draft)
        if len(draft.kept) < FRAMES:
            draft.kept[key] = frame
    return frame


def _new_frame(call: Call, reply: Reply, draft: _Draft) -> _Frame:
    identity = b'"id":"chatcmpl-%b","created":%d,' + literal(
        b'"model":%b,"service_tier":%b,"system_fingerprint":%b'
        % (_encode(reply.model or call.model), _service_tier(call), _encode(reply.system_fingerprint or FINGERPRINT))
    )
    body = b'"object":"chat.completion",%b"choices":[%b],' % (_members(draft.form.extras.body), _choices(draft))
    return _Frame(
        body=b"{%b,%b" % (identity, literal(body)),
        prefix=b'data: {%b,"object":"chat.completion.chunk",' % identity,
        usage=usage_of(call, reply, draft.speeches, draft.form),
        longest=max(speech.said for speech in draft.speeches),
        spoken=draft.form.audio is not None,
    )


def literal(data: bytes) -> bytes:
    """Write bytes so that they stand in a format as they are."""
    return data.replace(b"%", b"%%")


def _members(fields: dict[str, Any]) -> bytes:
    return _encode(fields)[1:-1] + b"," if fields else b""


def _service_tier(call: Call) -> bytes:
    asked = None if call.parameters is None else call.parameters.get("service_tier")
    return b'"default"' if asked is None else _encode(TIERS.get(asked, asked))


def _choices(draft: _Draft) -> bytes:
    made = {speech: _encode(choice_of(speech, draft.form)) for speech in set(draft.speeches)}
    return b",".join(_indexed(made[speech], index, draft.form) for index, speech in enumerate(draft.speeches))


def _indexed(choice: bytes, index: int, form: Form) -> bytes:
    choice = b'{"index":%d,%b' % (index, choice[1:])
    return choice if form.audio is None else chat_audio.placed(choice, index)


def _tails(call: Call, reply: Reply, draft: _Draft) -> _Tails:
    """Return the chunks of all choices, each from its ``choices`` on, and the seconds before each; None for none."""
    key = (reply.pacing, call.include_usage, is_padded(call))
    tails: _Tails | None = draft.kept.get(key)
    if tails is None:
        tails = draft.kept[key] = _new_tails(call, reply, draft)
    return tails


def _new_tails(call: Call, reply: Reply, draft: _Draft) -> _Tails:
    end = _end_of_chunk(call)
    made = {speech: _chunks(speech, reply, draft.form) for speech in set(draft.speeches)}
    events = side_by_side([made[speech] for speech in draft.speeches])
    choices = [_indexed(_encode(choice), index, draft.form) for _, index, choice in events]
    padded = is_padded(call)
    tails = [b'"choices":[%b]%b%b' % (choice, padding(choice) if padded else b"", end) for choice in choices]
    delays = [delay for delay, _, _ in events]
    if draft.form.extras.body:
        tails.insert(0, b'"choices":[],%b%b' % (_members(draft.form.extras.body)[:-1], end))
        delays.insert(0, 0.0)
    return tuple(tails), None if reply.pacing.immediate else tuple(delays)


def _end_of_chunk(call: Call) -> bytes:
    return b',"usage":null}\n\n' if call.include_usage else b"}\n\n"


def _chunks(speech: Speech, reply: Reply, form: Form) -> list[Chunk]:
    if reply.fault is None:
        return chunks(speech, reply.pacing, form)
    return begun(speech, reply.pacing, form, reply.fault.after)
