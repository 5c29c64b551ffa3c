"""Requests that a flow is made for, as examples: built from its steps and conditions, and tried on the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from openai_mock_api.authoring.asking import ask, conversation
from openai_mock_api.authoring.texts import text_of_glob, texts_of
from openai_mock_api.errors import ApiError
from openai_mock_api.script.flows import Expected, Turn
from openai_mock_api.script.matching.conditions import BodyValue, Glob, Offers, Streaming
from openai_mock_api.script.script import aligned, conversations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openai_mock_api.script.flows import Flow, Step
    from openai_mock_api.script.matching.conditions import Condition
    from openai_mock_api.script.messages import Call, ToolCall

MODEL: Final = "gpt-4o"

#: Most examples of one flow at one length.
MOST: Final = 6

#: A part of each kind that is no text.
_PARTS: Final[dict[str, dict[str, Any]]] = {
    "image": {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
    "audio": {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
    "file": {"type": "file", "file": {"filename": "file.pdf", "file_data": "data:application/pdf;base64,"}},
}


class Example(NamedTuple):
    """A request, and the call that it is."""

    body: dict[str, Any]
    headers: dict[str, str]
    call: Call

    def __str__(self) -> str:
        return " / ".join([*conversation(self.call), *self._besides])

    @property
    def _besides(self) -> Iterator[str]:
        """What the request says beside messages."""
        usual = {"messages", *(["model"] if self.call.model == MODEL else [])}
        for key, value in self.body.items():
            if key not in usual:
                yield f"{key} {msgspec.json.encode(value).decode()}"
        yield from (f"header {name}: {value}" for name, value in self.headers.items())


def examples_of(flow: Flow, length: int) -> list[Example]:
    """Return requests of ``length`` messages that fit the flow; empty when none was found."""
    texts = [texts_of_step(step) for step in flow.steps[:length]]
    if not all(texts):
        return []
    ways = max(map(len, texts))
    rows = ([of_step[way % len(of_step)] for of_step in texts] for way in range(min(ways, MOST)))
    found = (example_of(flow, row) for row in rows)
    return [example for example in found if example is not None]


def texts_of_step(step: Step) -> list[str]:
    """Return texts that a step fits; those of a turn that is not compared are what it says."""
    if step.matcher is not None:
        return texts_of(step.matcher)
    assert isinstance(step, Turn)
    return [step.replies[0].content or ""]


def example_of(flow: Flow, texts: Sequence[str]) -> Example | None:
    """Build a request whose messages have these texts, and keep it if the flow fits."""
    messages = messages_of(flow.steps[: len(texts)], texts)
    try:
        example = _asked({"model": MODEL, "messages": messages}, flow.conditions)
    except ApiError:
        return None  # conditions on the body's messages may leave no request
    return example if fits(flow, len(texts), example.call) else None


def fits(flow: Flow, length: int, call: Call) -> bool:
    """Whether the first ``length`` steps of a flow, and its conditions, fit the end of a call."""
    said = dict(conversations(call)).get(flow.has_system, [])
    return aligned(call, flow, said, length)


def followed(example: Example, messages: Iterable[dict[str, Any]]) -> Example:
    """Continue the conversation of a request."""
    body = {**example.body, "messages": [*example.body["messages"], *messages]}
    return _example(body, example.headers, example.call.endpoint)


def messages_of(steps: Iterable[Step], texts: Iterable[str]) -> list[dict[str, Any]]:
    """Write the messages that a client sends when the conversation has come so far."""
    return [_message(step, text) for step, text in zip(steps, texts, strict=True)]


def _message(step: Step, text: str) -> dict[str, Any]:
    if isinstance(step, Turn):
        return assistant(text, step.replies[0].tool_calls)
    if step.role == "tool":
        return {"role": "tool", "tool_call_id": step.tool_call_id, "content": text}
    return {"role": "user" if step.role == "any" else step.role, "content": _content(step, text)}


def _content(step: Expected, text: str) -> Any:
    if not step.parts:
        return text
    return [{"type": "text", "text": text}, *(_PARTS[part] for part in step.parts)]


def assistant(text: str | None, calls: Iterable[ToolCall]) -> dict[str, Any]:
    """Write the message of an assistant that has answered."""
    called = [
        {"id": call.id, "type": call.kind, call.kind: {"name": call.name, _argument(call): call.arguments}}
        for call in calls
    ]
    return {"role": "assistant", "content": text, **({"tool_calls": called} if called else {})}


def _argument(call: ToolCall) -> str:
    return "arguments" if call.kind == "function" else "input"


def _asked(body: dict[str, Any], conditions: Iterable[Condition]) -> Example:
    """Ask for what conditions want. Raises ``ApiError`` when that is no request."""
    headers: dict[str, str] = {}
    endpoint = "chat"
    for condition in conditions:
        match condition:
            case Glob(header=str(name), patterns=patterns):
                headers[name] = text_of_glob(patterns[0])
            case Glob(name="endpoint", patterns=patterns):
                endpoint = text_of_glob(patterns[0])
            case Glob(name="model", patterns=patterns):
                body["model"] = text_of_glob(patterns[0]) or MODEL
            case Glob(name="response_format", patterns=patterns):
                body["response_format"] = _format(patterns[0])
            case Streaming(stream=stream):
                body["stream"] = stream
            case Offers(tools=tools):
                body["tools"] = [{"type": "function", "function": {"name": name}} for name in tools]
            case BodyValue(path=path, value=value):
                _put(body, path.split("."), value)
    return _example(body, headers, endpoint)


def _format(kind: str) -> dict[str, Any]:
    schema = {"json_schema": {"name": "answer", "schema": {"type": "object"}}} if kind == "json_schema" else {}
    return {"type": kind, **schema}


def _put(body: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value where a dotted path leads through mappings; one that leads elsewhere is left alone."""
    *outer, last = path
    place: Any = body
    for key in outer:
        place = place.setdefault(key, {}) if isinstance(place, dict) else None
    if isinstance(place, dict):
        place[last] = value


def _example(body: dict[str, Any], headers: dict[str, str], endpoint: str) -> Example:
    return Example(body, headers, msgspec.structs.replace(ask(body, headers).call, endpoint=endpoint))
