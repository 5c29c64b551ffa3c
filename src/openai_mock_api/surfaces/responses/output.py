"""A reply as the items of a response (source: API reference, "The response object", ``output``).

Ids differ from response to response, so what is made here has a mark in the place of what they end with. JSON text
never holds the control characters that marks are made of.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import shake_256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.tokens.logprobs import logprobs
from openai_mock_api.surfaces.responses.form import ON_REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.script.messages import ToolCall
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.speech import Mention, Speech
    from openai_mock_api.script.tokens.logprobs import TokenLogprob
    from openai_mock_api.surfaces.responses.form import Form

Item = dict[str, Any]

#: The mark for what all ids of a response share.
SHARED: Final = b"\x01"

#: How ids of items begin.
_PREFIXES: Final = {
    "message": b"msg",
    "reasoning": b"rs",
    "function_call": b"fc",
    "custom_tool_call": b"ctc",
    "web_search_call": b"ws",
    "file_search_call": b"fs",
    "code_interpreter_call": b"ci",
    "image_generation_call": b"ig",
    "computer_call": b"cu",
    "local_shell_call": b"lsh",
    "shell_call": b"sh",
    "shell_call_output": b"sho",
    "apply_patch_call": b"apc",
    "apply_patch_call_output": b"apco",
    "mcp_call": b"mcp",
    "mcp_list_tools": b"mcpl",
    "mcp_approval_request": b"mcpr",
    "tool_search_call": b"tsc",
    "tool_search_output": b"tso",
    "compaction": b"cmp",
}

#: What a turn's list of items calls the turn's own thoughts, text and tool calls.
_PLACES: Final = ("reasoning", "message", "function_call")

#: How speeches end that were never finished.
UNFINISHED: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}


def output_of(reply: Reply, speech: Speech, form: Form) -> list[Item]:
    """Return the items of a response: thoughts, items of built-in tools, text, calls, or as the turn orders them."""
    own = {
        "reasoning": list(_reasoning(speech, form)),
        "message": [] if _is_silent(reply, speech) else [_message(speech, form)],
        "function_call": [tool_call(call) for call in speech.tool_calls],
    }
    items = [item for written in _in_order(reply.items) for item in _items(written, own, form)]
    if speech.finish_reason in UNFINISHED:
        _cut_off(items, own)
    return [_identified(item, place) for place, item in enumerate(items, 1)]


def _in_order(written: tuple[Item, ...]) -> Iterator[Item]:
    """Yield what a turn orders, and in their usual places what it does not."""
    placed = {item["type"] for item in written if _is_place(item)}
    if "reasoning" not in placed:
        yield {"type": "reasoning"}
    yield from written
    yield from ({"type": place} for place in _PLACES[1:] if place not in placed)


def _is_place(item: Item) -> bool:
    return len(item) == 1 and item["type"] in _PLACES


def _items(written: Item, own: dict[str, list[Item]], form: Form) -> Iterable[Item]:
    return own[written["type"]] if _is_place(written) else [_asked_for(written, form)]


def _asked_for(item: Item, form: Form) -> Item:
    """Leave out of an item what the request does not include."""
    kind = item["type"]
    if kind == "web_search_call" and ON_REQUEST[kind, "action.sources"] not in form.included:
        return {**item, "action": {key: value for key, value in item["action"].items() if key != "sources"}}
    hidden = [field for (owner, field), name in ON_REQUEST.items() if owner == kind and name not in form.included]
    return {key: None if key in hidden else value for key, value in item.items()}


def _identified(item: Item, place: int) -> Item:
    """Give an item the ids that it lacks. ``place`` counts from 1."""
    id_ = msgspec.Raw(b'"%b_%b"' % (_PREFIXES[item["type"]], marked(place)))
    found = {"id": id_, **item}
    if "call_id" in item and item["call_id"] is None:
        found["call_id"] = msgspec.Raw(b'"call_%b"' % marked(place))
    return found


def marked(place: int) -> bytes:
    """Return what an id ends with: what all ids of the response share, and a place. The response has place 0."""
    return b"%b%02x" % (SHARED, place)


def _cut_off(items: list[Item], own: dict[str, list[Item]]) -> None:
    """Say of the last of the turn's own items that it is incomplete."""
    said = [id(item) for own_items in own.values() for item in own_items]
    last = next((item for item in reversed(items) if id(item) in said), {})
    if "status" in last:
        last["status"] = "incomplete"


def _reasoning(speech: Speech, form: Form) -> Iterator[Item]:
    if speech.reasoning is None:
        return
    shown = form.summary and speech.reasoning
    item: Item = {"type": "reasoning", "summary": [summary_part(speech.reasoning)] if shown else []}
    if form.thoughts:
        item["content"] = [{"type": "reasoning_text", "text": speech.reasoning}]
    if ON_REQUEST["reasoning", "encrypted_content"] in form.included:
        item["encrypted_content"] = encrypted(speech.reasoning)
    yield item


def summary_part(text: str) -> dict[str, str]:
    """Write a part of a summary."""
    return {"type": "summary_text", "text": text}


def encrypted(text: str) -> str:
    """Return what stands for a text that nobody else can read: the same for the same text, and about as long."""
    return "gAAAAAB" + urlsafe_b64encode(shake_256(text.encode("utf-8", "replace")).digest(len(text) + 57)).decode()


def _is_silent(reply: Reply, speech: Speech) -> bool:
    """Whether nothing is said in words: there are calls or items instead, or it ended before the first word."""
    if speech.content or speech.refusal:
        return False
    unsaid = reply.content is None and (reply.items or reply.tool_calls or reply.failure)
    return bool(unsaid) or speech.finish_reason in UNFINISHED


def _message(speech: Speech, form: Form) -> Item:
    return {"type": "message", "status": "completed", "content": list(_parts(speech, form)), "role": "assistant"}


def _parts(speech: Speech, form: Form) -> Iterator[Item]:
    if speech.content is not None:
        yield {
            "type": "output_text",
            "annotations": [annotation(mention) for mention in speech.mentions],
            "logprobs": text_logprobs(speech, form),
            "text": speech.content,
        }
    if speech.refusal is not None:
        yield {"type": "refusal", "refusal": speech.refusal}


def annotation(mention: Mention) -> Item:
    """Write a source that the text names."""
    place = {"start_index": mention.start, "end_index": mention.end}
    return {"type": "url_citation", **place, "title": mention.title, "url": mention.url}


def text_logprobs(speech: Speech, form: Form) -> list[TokenLogprob]:
    """Return the probabilities of the text's tokens, none unless they are asked for."""
    if form.logprobs is None or speech.content is None:
        return []
    return logprobs(speech.encoding, speech.content, form.logprobs, speech.logprobs)


def tool_call(call: ToolCall) -> Item:
    """Write a call of a function or of a custom tool."""
    if call.kind == "custom":
        return {"type": "custom_tool_call", "call_id": call.id, "input": call.arguments, "name": call.name}
    fields = {"arguments": call.arguments, "call_id": call.id, "name": call.name}
    return {"type": "function_call", "status": "completed", **fields}
