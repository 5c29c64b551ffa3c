"""Requests as data, and the calls that they are."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.surfaces.chat import request as chat_request
from openai_mock_api.surfaces.completions import request as completions_request
from openai_mock_api.surfaces.responses import request as responses_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai_mock_api.script.messages import Call, Message, Validation


class Asked(NamedTuple):
    """A call, and why the API refuses its request: None when it does not."""

    call: Call
    refusal: ApiError | None = None


def ask(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Asked:
    """Parse the body of a chat completion, a response (with ``input``), or a legacy completion with one prompt, as
    strictly as the API does. What a response refers to by ids is not there.

    Raises ``ApiError`` for a body of which no call can be made.
    """  # noqa: D205 - one sentence
    try:
        return Asked(_parsed(body, headers or {}, "strict"))
    except ApiError as refusal:
        return Asked(_parsed(body, headers or {}, "off"), refusal)


def _parsed(body: dict[str, Any], headers: Mapping[str, str], validation: Validation) -> Call:
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    encoded = msgspec.json.encode(body)
    if "prompt" in body and "input" not in body:
        return completions_request.parse(Request("POST", "/v1/completions", pairs, encoded), body, validation)[0]
    if "input" in body:
        return responses_request.parse(Request("POST", "/v1/responses", pairs, encoded), body, validation)
    return chat_request.parse(Request("POST", "/v1/chat/completions", pairs, encoded), body, validation)


def messages_from(said: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Build messages of pairs of role and text. A tool's text is ``call_1=18 degrees``: the id of the call it answers.

    Before results stands a message of the assistant that makes the calls, as the API asks for it.
    """
    messages: list[dict[str, Any]] = []
    for role, of_role in groupby(said, lambda pair: pair[0]):
        texts = [text for _, text in of_role]
        messages += _results(texts) if role == "tool" else [{"role": role, "content": text} for text in texts]
    return messages


def _results(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    pairs = [text.partition("=")[::2] for text in texts]
    calls = [{"id": id_, "type": "function", "function": {"name": "tool", "arguments": "{}"}} for id_, _ in pairs]
    yield {"role": "assistant", "content": None, "tool_calls": calls}
    yield from ({"role": "tool", "tool_call_id": id_, "content": text} for id_, text in pairs)


def conversation(call: Call) -> list[str]:
    """Write the messages of a call for people: ``user: Hello``, ``assistant calls get_weather``."""
    return [_line(message) for message in call.messages]


def _line(message: Message) -> str:
    if message.tool_calls:
        said = f": {message.text}" if message.text else ""
        return f"{message.role} calls {', '.join(call.name for call in message.tool_calls)}{said}"
    parts = f" [{', '.join(message.parts)}]" if message.parts else ""
    answers = f" {message.tool_call_id}" if message.tool_call_id else ""
    return f"{message.role}{answers}: {message.text}{parts}"
