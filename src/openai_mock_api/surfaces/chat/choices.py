"""A speech as a choice of a completion (source: API reference, "The chat completion object")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.tokens.logprobs import TokenLogprob, logprobs
from openai_mock_api.surfaces.chat import audio as chat_audio

if TYPE_CHECKING:
    from openai_mock_api.script.messages import ToolCall
    from openai_mock_api.script.speech import Mention, Speech
    from openai_mock_api.surfaces.chat.form import Form


def choice_of(speech: Speech, form: Form) -> dict[str, Any]:
    """Return a choice but for its index. Raises ``ScriptError`` where the form has no room for what is said."""
    return {
        "message": _message(speech, form),
        "logprobs": _probabilities(speech, form),
        "finish_reason": finish_reason(speech, form),
        **form.extras.choice,
    }


def _message(speech: Speech, form: Form) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": speech.content,
        "refusal": speech.refusal,
        "annotations": [annotation(mention) for mention in speech.mentions],
    }
    if is_spoken(speech, form):
        message |= {"content": None, "audio": chat_audio.whole(speech, form.audio or "")}
    if speech.tool_calls and form.legacy:
        message["function_call"] = _called(legacy_call(speech))
    elif speech.tool_calls:
        message["tool_calls"] = [tool_call(call) for call in speech.tool_calls]
    return message


def is_spoken(speech: Speech, form: Form) -> bool:
    """Whether the text is sent as sound: where that is asked for and there is text."""
    return form.audio is not None and speech.content is not None


def finish_reason(speech: Speech, form: Form) -> str:
    """Return how a choice ends. The older form has a name of its own for tool calls."""
    return "function_call" if form.legacy and speech.finish_reason == "tool_calls" else speech.finish_reason


def annotation(mention: Mention) -> dict[str, Any]:
    """Write a source that the text names."""
    place = {"start_index": mention.start, "end_index": mention.end}
    return {"type": "url_citation", "url_citation": {**place, "title": mention.title, "url": mention.url}}


def tool_call(call: ToolCall) -> dict[str, Any]:
    """Write a call of a function or of a custom tool."""
    if call.kind == "custom":
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": call.id, "type": "function", "function": _called(call)}


def legacy_call(speech: Speech) -> ToolCall:
    """Return the first call: the older form has room for one. Raises ``ScriptError`` for a custom tool's."""
    first = speech.tool_calls[0]
    if first.kind == "custom":
        raise ScriptError(
            "The response calls a custom tool, but the request offers 'functions', the older form, in which an answer "
            "calls one function. Script a function call, or offer 'tools'.",
            param="functions",
        )
    return first


def _called(call: ToolCall) -> dict[str, str]:
    return {"name": call.name, "arguments": call.arguments}


def _probabilities(speech: Speech, form: Form) -> dict[str, list[TokenLogprob] | None] | None:
    if form.logprobs is None:
        return None
    return {
        "content": token_logprobs(speech, speech.content, form.logprobs),
        "refusal": token_logprobs(speech, speech.refusal, form.logprobs),
    }


def token_logprobs(speech: Speech, text: str | None, alternatives: int) -> list[TokenLogprob] | None:
    """Return the probabilities of a text of the speech, None for no text."""
    return None if text is None else logprobs(speech.encoding, text, alternatives, speech.logprobs)
