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
from openai_mock_api.surfaces.chat_plain import parse_plain

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call, ToolCall
    from openai_mock_api.script.pacing import ChunkSize, Pacing
    from openai_mock_api.script.replies import Reply

FINGERPRINT: Final = "fp_44709d6fcb"

SSE_HEAD: Final = b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
DONE: Final = b"data: [DONE]\n\n"

#: Frames that are kept of one speech: clients that vary the model must not fill the memory.
FRAMES: Final = 20

#: What serves a request that asks for another tier.
_TIERS: Final = {"auto": "default", "fast": "priority"}

_encode = msgspec.json.encode


class Chat:
    """The surface. Lives as long as the server."""

    endpoint = "chat"

    def parse(self, request: Request) -> Call:
        """Check a request and build the call. Raises ``ApiError``."""
        return parse_plain(request) or chat_request.parse(request, json_object(request))

    def render(self, call: Call, reply: Reply) -> ChatAnswer:
        """Answer a call with a reply, as one body or as a stream."""
        speech = speak(reply, call)
        frame = _frame(call, reply, speech)
        if call.stream:
            return _streamed(call, reply, speech, frame)
        text = b'%b"usage":%b}' % (frame.body, frame.usage % _figures(call, reply, speech))
        return ChatAnswer(JSON_HEAD, text, reply.delay + reply.pacing.whole(speech.tokens))


class ChatAnswer(msgspec.Struct, frozen=True):
    """An answer that lacks its id and its time, for which ``text`` has room. ``text`` is the body, or what begins every
    event of a stream; the events then end with ``tails``.
    """  # noqa: D205 - two sentences

    head: bytes
    text: bytes
    delay: float = 0.0
    tails: tuple[bytes, ...] | None = None
    delays: tuple[float, ...] | None = None

    def response(self, clock: Clock) -> Response:
        """Return the answer with an id and a time of its own."""
        text = self.text % (clock.token(), clock.now())
        if self.tails is None:
            return Response(200, self.head, text, None, self.delay)
        return Response(200, self.head, b"", Stream(self.tails, text, DONE, self.delays), self.delay)


class _Frame(msgspec.Struct, frozen=True):
    """An answer but for its usage, which is a template for two figures; the others have room for id and time."""

    body: bytes
    prefix: bytes
    usage: bytes


def _frame(call: Call, reply: Reply, speech: Speech) -> _Frame:
    """Return the frame for a model and tier. The first few of a speech are kept, of those with a single choice."""
    if call.choices > 1:
        return _new_frame(call, reply, speech)
    key = (call.model, _service_tier(call))
    kept: _Frame | None = speech.rendered.get(key)
    if kept is None:
        kept = _new_frame(call, reply, speech)
        if len(speech.rendered) < FRAMES:
            speech.rendered[key] = kept
    return kept


def _new_frame(call: Call, reply: Reply, speech: Speech) -> _Frame:
    identity = b'"id":"chatcmpl-%b","created":%d,' + _literal(
        b'"model":%b,"service_tier":%b,"system_fingerprint":%b'
        % (_encode(reply.model or call.model), _service_tier(call), _encode(reply.system_fingerprint or FINGERPRINT))
    )
    tail = _choice_tail(speech)
    choices = _literal(b",".join(b'{"index":%d,%b' % (index, tail) for index in range(call.choices)))
    return _Frame(
        body=b'{%b,"object":"chat.completion","choices":[%b],' % (identity, choices),
        prefix=b'data: {%b,"object":"chat.completion.chunk",' % identity,
        usage=_usage(call, reply, speech),
    )


def _literal(data: bytes) -> bytes:
    return data.replace(b"%", b"%%")


def _service_tier(call: Call) -> bytes:
    asked = None if call.parameters is None else call.parameters.get("service_tier")
    return b'"default"' if asked is None else _encode(_TIERS.get(asked, asked))


def _usage(call: Call, reply: Reply, speech: Speech) -> bytes:
    """Return the usage, a template for the tokens of the prompt and of all together."""
    return (
        b'{"prompt_tokens":%%d,"completion_tokens":%d,"total_tokens":%%d,'
        b'"prompt_tokens_details":{"cached_tokens":%d,"audio_tokens":0},'
        b'"completion_tokens_details":{"reasoning_tokens":%d,"audio_tokens":0,'
        b'"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
    ) % (_completion(call, reply, speech), reply.usage.get("cached_tokens", 0), reply.usage.get("reasoning_tokens", 0))


def _completion(call: Call, reply: Reply, speech: Speech) -> int:
    given: int = reply.usage.get("completion_tokens", speech.tokens * call.choices)
    return given


def _figures(call: Call, reply: Reply, speech: Speech) -> tuple[int, int]:
    """Count the tokens of the prompt and of all together, unless the reply gives them."""
    given = reply.usage
    prompt = given["prompt_tokens"] if "prompt_tokens" in given else prompt_tokens(call)
    if "total_tokens" in given:
        return prompt, given["total_tokens"]
    return prompt, prompt + _completion(call, reply, speech)


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


def _streamed(call: Call, reply: Reply, speech: Speech, frame: _Frame) -> ChatAnswer:
    tails, delays = _tails(call, reply.pacing, speech)
    if call.include_usage:
        tails = (*tails, b'"choices":[],"usage":%b}\n\n' % (frame.usage % _figures(call, reply, speech)))
        delays = (*delays, 0.0)
    return ChatAnswer(SSE_HEAD, frame.prefix, reply.delay, tails, None if reply.pacing.immediate else delays)


def _tails(call: Call, pacing: Pacing, speech: Speech) -> tuple[tuple[bytes, ...], tuple[float, ...]]:
    """Return the chunks of all choices, each from its ``choices`` on, and the seconds before each.

    Those of a single choice are kept; more are made anew, or clients that vary ``n`` would fill the memory.
    """
    if call.choices > 1:
        return _encoded(call, pacing, speech)
    key = (pacing, call.include_usage)
    kept: tuple[tuple[bytes, ...], tuple[float, ...]] | None = speech.rendered.get(key)
    if kept is None:
        kept = speech.rendered[key] = _encoded(call, pacing, speech)
    return kept


def _encoded(call: Call, pacing: Pacing, speech: Speech) -> tuple[tuple[bytes, ...], tuple[float, ...]]:
    end = b',"usage":null}\n\n' if call.include_usage else b"}\n\n"
    chunks = _chunks(pacing, speech)
    tails = [
        b'"choices":[{"index":%d,%b]%b' % (index, _encode(chunk)[1:], end)
        for _, chunk in chunks
        for index in range(call.choices)
    ]
    # The choices are made at the same time: only the first of them waits.
    delays = [delay if index == 0 else 0.0 for delay, _ in chunks for index in range(call.choices)]
    return tuple(tails), tuple(delays)


def _chunks(pacing: Pacing, speech: Speech) -> list[tuple[float, dict[str, Any]]]:
    """Return a choice's chunks with the seconds before each: role, pieces of content, finish reason."""
    role = {"role": "assistant", "content": "" if speech.content is not None else None, "refusal": None}
    deltas: list[tuple[dict[str, Any], int]] = []
    for field, value in (("content", speech.content), ("refusal", speech.refusal)):
        deltas += [({field: piece}, weight) for piece, weight in _weighed(speech, value, pacing.chunk)]
    for place, call in enumerate(speech.tool_calls):
        deltas += _tool_deltas(place, call, speech, pacing.chunk)
    delays = pacing.delays([weight for _, weight in deltas])
    chunks = [(delay, _chunk(delta)) for delay, (delta, _) in zip(delays, deltas, strict=True)]
    return [(pacing.ttft, _chunk(role)), *chunks, (0.0, _chunk({}, speech.finish_reason))]


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


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"delta": delta, "logprobs": None, "finish_reason": finish_reason}
