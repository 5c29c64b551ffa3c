"""Chat Completions: ``POST /v1/chat/completions`` (source: API reference, "Chat" and "Chat streaming").

What does not depend on the request is encoded once for each speech; a request adds its id, time, model and usage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.http import JSON_HEAD, Response, Stream
from openai_mock_api.script.speech import Speech, speak
from openai_mock_api.script.tokens import prompt_tokens
from openai_mock_api.surfaces import chat_request
from openai_mock_api.surfaces.body import json_object

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call, ToolCall
    from openai_mock_api.script.pacing import ChunkSize, Pacing
    from openai_mock_api.script.replies import Reply

FINGERPRINT: Final = "fp_44709d6fcb"

SSE_HEAD: Final = b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
DONE: Final = b"data: [DONE]\n\n"

_encode = msgspec.json.encode


class Chat:
    """The surface. Lives as long as the server."""

    endpoint: Final = "chat"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def parse(self, request: Request) -> Call:
        """Check a request and build the call. Raises ``ApiError``."""
        return chat_request.parse(request, json_object(request))

    def render(self, call: Call, reply: Reply) -> Response:
        """Answer a call with a reply, as one body or as a stream."""
        speech = speak(reply, call)
        usage = _usage(call, reply, speech)
        identity = b'"id":"chatcmpl-%b","created":%d,"model":%b,"service_tier":%b,"system_fingerprint":%b' % (
            self._clock.token(),
            self._clock.now(),
            _encode(reply.model or call.model),
            _service_tier(call),
            _encode(reply.system_fingerprint or FINGERPRINT),
        )
        if call.stream:
            return _streamed(call, reply, speech, identity, usage)
        body = b'{%b,"object":"chat.completion","choices":[%b],"usage":%b}' % (identity, _choices(call, speech), usage)
        return Response(200, JSON_HEAD, body, delay=reply.delay + reply.pacing.whole(speech.tokens))


def _service_tier(call: Call) -> bytes:
    asked = call.parameters.get("service_tier") if call.parameters else None
    return b'"default"' if asked in (None, "auto") else _encode(asked)


def _usage(call: Call, reply: Reply, speech: Speech) -> bytes:
    given = reply.usage
    prompt = given.get("prompt_tokens")
    if prompt is None:
        prompt = prompt_tokens(call)
    completion = given.get("completion_tokens", speech.tokens * call.choices)
    return (
        b'{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,'
        b'"prompt_tokens_details":{"cached_tokens":%d,"audio_tokens":0},'
        b'"completion_tokens_details":{"reasoning_tokens":%d,"audio_tokens":0,'
        b'"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
    ) % (
        prompt,
        completion,
        given.get("total_tokens", prompt + completion),
        given.get("cached_tokens", 0),
        given.get("reasoning_tokens", 0),
    )


def _choices(call: Call, speech: Speech) -> bytes:
    tail: bytes | None = speech.rendered.get("chat")
    if tail is None:
        tail = speech.rendered["chat"] = _choice_tail(speech)
    return b",".join(b'{"index":%d,%b' % (index, tail) for index in range(call.choices))


def _choice_tail(speech: Speech) -> bytes:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": speech.content,
        "refusal": speech.refusal,
        "annotations": [],
    }
    if speech.tool_calls:
        message["tool_calls"] = [_tool_call(call) for call in speech.tool_calls]
    return _encode({"message": message, "logprobs": None, "finish_reason": speech.finish_reason})[1:]


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _streamed(call: Call, reply: Reply, speech: Speech, identity: bytes, usage: bytes) -> Response:
    tails, delays = _tails(call, reply.pacing, speech)
    if call.include_usage:
        tails = (*tails, b'"choices":[],"usage":%b}\n\n' % usage)
        delays = (*delays, 0.0)
    stream = Stream(
        tails,
        prefix=b'data: {%b,"object":"chat.completion.chunk",' % identity,
        end=DONE,
        delays=None if reply.pacing.immediate else delays,
    )
    return Response(200, SSE_HEAD, stream=stream, delay=reply.delay)


def _tails(call: Call, pacing: Pacing, speech: Speech) -> tuple[tuple[bytes, ...], tuple[float, ...]]:
    """Return the chunks of all choices, each from its ``choices`` on, and the seconds before each."""
    key = (pacing, call.include_usage, call.choices)
    kept: tuple[tuple[bytes, ...], tuple[float, ...]] | None = speech.rendered.get(key)
    if kept is None:
        timed = [chunk for index in range(call.choices) for chunk in _chunks(index, pacing, speech)]
        end = b',"usage":null}\n\n' if call.include_usage else b"}\n\n"
        tails = tuple(b'"choices":[%b]%b' % (_encode(choice), end) for _, choice in timed)
        kept = speech.rendered[key] = tails, tuple(delay for delay, _ in timed)
    return kept


def _chunks(index: int, pacing: Pacing, speech: Speech) -> list[tuple[float, dict[str, Any]]]:
    """Return one choice's chunks with the seconds before each: role, pieces of content, finish reason."""
    role = {"role": "assistant", "content": "" if speech.content is not None else None, "refusal": None}
    deltas: list[tuple[dict[str, Any], int]] = []
    for field, value in (("content", speech.content), ("refusal", speech.refusal)):
        deltas += [({field: piece}, weight) for piece, weight in _weighed(speech, value, pacing.chunk)]
    for place, call in enumerate(speech.tool_calls):
        deltas += _tool_deltas(place, call, speech, pacing.chunk)
    delays = pacing.delays([weight for _, weight in deltas])
    chunks = [(delay, _chunk(index, delta)) for delay, (delta, _) in zip(delays, deltas, strict=True)]
    return [(pacing.ttft, _chunk(index, role)), *chunks, (0.0, _chunk(index, {}, speech.finish_reason))]


def _weighed(speech: Speech, text: str | None, size: ChunkSize) -> list[tuple[str, int]]:
    pieces = speech.pieces(text or "", size)
    return list(zip(pieces, speech.weights(pieces, size), strict=True))


def _tool_deltas(place: int, call: ToolCall, speech: Speech, size: ChunkSize) -> list[tuple[dict[str, Any], int]]:
    """Return the head of a tool call, then fragments of its arguments."""
    function = {"name": call.name, "arguments": ""}
    head = {"index": place, "id": call.id, "type": "function", "function": function}
    fragments = [
        ({"index": place, "function": {"arguments": piece}}, weight)
        for piece, weight in _weighed(speech, call.arguments, size)
    ]
    return [({"tool_calls": [delta]}, weight) for delta, weight in [(head, 1), *fragments]]


def _chunk(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
