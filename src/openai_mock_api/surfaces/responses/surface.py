"""Responses: ``POST /v1/responses`` (source: API reference, "Responses" and "Streaming events").

Output and events are encoded once for each speech and form, and so is the object around them for requests that say
nothing special. A request adds its usage, an answer its ids and moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.levels import level_of
from openai_mock_api.script.speech import speak
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.moderations.results import beside
from openai_mock_api.surfaces.responses import request as responses_request
from openai_mock_api.surfaces.responses.answer import BETWEEN, ResponsesAnswer
from openai_mock_api.surfaces.responses.events import Narrator, broken_off
from openai_mock_api.surfaces.responses.form import INCLUDABLE, form_of
from openai_mock_api.surfaces.responses.object import COMMON, ORDINARY, STATUS, Frame, usage_of
from openai_mock_api.surfaces.responses.output import UNFINISHED, output_of
from openai_mock_api.surfaces.responses.plain import parse_plain
from openai_mock_api.surfaces.responses.request import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openai_mock_api.http import Request
    from openai_mock_api.script.inputs.moderation import Judgement
    from openai_mock_api.script.messages import Call, Validation
    from openai_mock_api.script.pacing import Pacing
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.speech import Speech
    from openai_mock_api.surfaces.responses.events import Event
    from openai_mock_api.surfaces.responses.output import Item
    from openai_mock_api.surfaces.responses.request import Past

#: Answers that are kept of one speech: clients that vary what they ask for must not fill the memory.
KEPT: Final = 20

#: How streams begin: events, and the status of the response then.
_AT_ONCE: Final = (("response.created", b"in_progress"), ("response.in_progress", b"in_progress"))
_IN_BACKGROUND: Final = (
    ("response.created", b"queued"),
    ("response.queued", b"queued"),
    ("response.in_progress", b"in_progress"),
)

_encode = msgspec.json.encode


class Responses:
    """The surface. Lives as long as the server.

    ``validation`` holds for requests that choose no level, ``judgements`` for those that are moderated.
    """

    endpoint = "responses"

    def __init__(self, validation: Validation = "strict", judgements: Sequence[Judgement] = ()) -> None:
        self._validation = validation
        self._judgements = judgements

    def parse(self, request: Request, past: Past = NOTHING) -> Call:
        """Check a request as strictly as it or the configuration says, and build the call, with what came before it.

        Raises ``ApiError``.
        """
        plain = parse_plain(request, self._validation)
        if plain is not None:
            return plain
        return responses_request.parse(request, json_object(request), level_of(request, self._validation), past)

    def render(self, call: Call, reply: Reply) -> ResponsesAnswer:
        """Answer a call with a reply, as one body or as a stream."""
        return self.stream(call, reply) if call.stream else self.whole(call, reply)

    def whole(self, call: Call, reply: Reply) -> ResponsesAnswer:
        """Answer in one body, whatever the call asks for."""
        return _answer(call, reply, self._judgements, streamed=False)

    def stream(self, call: Call, reply: Reply) -> ResponsesAnswer:
        """Answer as a stream, whatever the call asks for."""
        return _answer(call, reply, self._judgements, streamed=True)


def whole_output(call: Call, reply: Reply) -> list[Item]:
    """Return the items of an answer with all that requests can include, but for probabilities. Ids have marks."""
    said = reply.choices[0] if reply.choices else reply
    form = msgspec.structs.replace(form_of(call), included=INCLUDABLE, logprobs=None)
    return output_of(said, speak(said, call), form)


class _Told(msgspec.Struct, frozen=True):
    """The items of a response, and the events that tell them, with the seconds before each."""

    output: bytes
    events: tuple[bytes, ...]
    delays: tuple[float, ...]


_NOTHING: Final = _Told(b"[]", (), ())


class _Made(msgspec.Struct, frozen=True):
    """An answer but for its usage: ``finished`` ends where that begins, and so does the last event of ``stream``."""

    unfinished: bytes
    finished: bytes
    stream: bytes
    delays: tuple[float, ...] | None
    duration: float


def _answer(call: Call, reply: Reply, judgements: Sequence[Judgement], *, streamed: bool) -> ResponsesAnswer:
    speech = speak(reply.choices[0] if reply.choices else reply, call)
    made = _made(call, reply, speech)
    end = usage_of(call, reply, speech) + _found(call, speech, judgements) if reply.failure is None else b"null"
    return ResponsesAnswer(
        finished=b"%b%b}" % (made.finished, end),
        unfinished=made.unfinished,
        events=b"%b%b}}\n\n" % (made.stream, end) if streamed else None,
        delays=made.delays,
        delay=0.0 if call.background else reply.delay if streamed else made.duration,
        duration=made.duration,
        background=call.background,
        begins=_begins(reply, made.duration),
    )


def _begins(reply: Reply, duration: float) -> float:
    """Return when an answer in the background is no longer queued: when it begins, half-way if it takes no time."""
    return reply.delay if duration > reply.delay else duration / 2


def _found(call: Call, speech: Speech, judgements: Sequence[Judgement]) -> bytes:
    """Return what moderation finds, as a member of the response. Nothing, unless the call asks for it."""
    judged = None if call.parameters is None else beside(call, judgements)
    return b"" if judged is None else b',"moderation":%b' % _encode(judged.response(speech))


def _made(call: Call, reply: Reply, speech: Speech) -> _Made:
    """Make an answer. Those to ordinary requests are kept, the first few of a speech."""
    asked = call.parameters or {}
    if not asked.keys() <= ORDINARY:
        return _newly_made(call, reply, speech)
    key = ("responses", call.model, reply.pacing, _encode([asked.get(name) for name in COMMON]))
    made: _Made | None = speech.rendered.get(key)
    if made is None:
        made = _newly_made(call, reply, speech)
        _keep(speech, key, made)
    return made


def _keep(speech: Speech, key: Any, made: Any) -> None:
    if len(speech.rendered) < KEPT:
        speech.rendered[key] = made


def _newly_made(call: Call, reply: Reply, speech: Speech) -> _Made:
    begin = _IN_BACKGROUND if call.background else _AT_ONCE
    frame = Frame(call, reply)
    if reply.failure is None:
        told = _told(call, reply, speech, len(begin))
        finished = frame.finished(told.output, speech.finish_reason)
        end = "response.incomplete" if speech.finish_reason in UNFINISHED else "response.completed"
    else:
        told = _NOTHING if reply.fault is None else _told(call, reply, speech, len(begin))
        finished, end = frame.failed(told.output, reply.failure), "response.failed"
    unfinished = frame.unfinished()
    events = (
        *(
            _event(type_, n, b'{"response":%b}' % unfinished.replace(STATUS, status))
            for n, (type_, status) in enumerate(begin)
        ),
        *told.events,
        _begun_event(end, len(begin) + len(told.events)) + b'"response":' + finished,
    )
    duration, delays = reply.delay + sum(told.delays), [*(0.0 for _ in begin), *told.delays, 0.0]
    if call.background:
        begins = _begins(reply, duration)
        delays[len(begin) - 1] = begins
        delays[len(begin)] += reply.delay - begins
    return _Made(unfinished, finished, BETWEEN.join(events), tuple(delays) if any(delays) else None, duration)


def _begun_event(type_: str, number: int) -> bytes:
    name = type_.encode()
    return b'event: %b\ndata: {"type":"%b","sequence_number":%d,' % (name, name, number)


def _event(type_: str, number: int, fields: bytes) -> bytes:
    return b"%b%b\n\n" % (_begun_event(type_, number), fields[1:])


def _told(call: Call, reply: Reply, speech: Speech, first: int) -> _Told:
    """Return output and events, numbered from ``first``. Those of a speech's first few forms are kept."""
    form, pacing = form_of(call), reply.pacing
    key = ("responses", form, pacing, first)
    told: _Told | None = speech.rendered.get(key)
    if told is None:
        items = output_of(reply.choices[0] if reply.choices else reply, speech, form)
        events = list(Narrator(speech, form, pacing.chunk).tell(items))
        if reply.fault is not None and reply.failure is not None:
            events = list(broken_off(events, reply.fault, reply.failure))
            items = [event.fields["item"] for event in events if event.type == "response.output_item.done"]
        encoded = (_event(event.type, number, _encode(event.fields)) for number, event in enumerate(events, first))
        told = _Told(_encode(items), tuple(encoded), tuple(_delays(events, pacing)))
        _keep(speech, key, told)
    return told


def _delays(events: Sequence[Event], pacing: Pacing) -> Iterator[float]:
    """Yield the seconds before each event. The first waits for the model to begin."""
    waits = iter(pacing.delays([event.tokens for event in events if event.tokens is not None]))
    for place, event in enumerate(events):
        begin = 0.0 if place else pacing.ttft
        yield begin + (0.0 if event.tokens is None else next(waits))
