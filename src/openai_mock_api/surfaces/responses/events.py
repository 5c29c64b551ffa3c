"""The items of a response as the events of its stream (source: API reference, "Streaming events")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_mock_api.script.tokens.logprobs import shared
from openai_mock_api.surfaces.responses.output import summary_part, text_logprobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from openai_mock_api.script.pacing import ChunkSize
    from openai_mock_api.script.replies import Failure, Fault
    from openai_mock_api.script.speech import Speech
    from openai_mock_api.script.tokens.logprobs import TokenLogprob
    from openai_mock_api.surfaces.responses.form import Form
    from openai_mock_api.surfaces.responses.output import Item


class Event(NamedTuple):
    """An event but for its number. ``tokens`` says how many take their time before it; None: none of them."""

    type: str
    fields: dict[str, Any]
    tokens: int | None = None


#: What items do not hold yet when they are announced, by item.
_EMPTY: Final[dict[str, dict[str, Any]]] = {
    "message": {"content": []},
    "reasoning": {"summary": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "file_search_call": {"results": None},
    "code_interpreter_call": {"code": "", "outputs": None},
    "image_generation_call": {"result": None},
    "mcp_call": {"arguments": "", "output": None, "error": None},
    "mcp_list_tools": {"tools": []},
    "shell_call_output": {"output": []},
}


class Narrator:
    """Tells the items of one response. Lives as long as that takes."""

    def __init__(self, speech: Speech, form: Form, size: ChunkSize) -> None:
        self._speech = speech
        self._form = form
        self._size: ChunkSize = size

    def tell(self, items: Sequence[Item]) -> Iterator[Event]:
        """Yield the events of all items."""
        for index, item in enumerate(items):
            yield Event("response.output_item.added", {"output_index": index, "item": announced(item)}, _head(item))
            inner = _INNER.get(item["type"])
            if inner is not None:
                yield from inner(self, item, {"item_id": item["id"], "output_index": index})
            yield Event("response.output_item.done", {"output_index": index, "item": item})

    def _pieces(self, text: str) -> list[tuple[str, int]]:
        pieces = self._speech.pieces(text, self._size)
        return list(zip(pieces, self._speech.weights(pieces, self._size), strict=True))

    def _deltas(self, name: str, text: str, at: dict[str, Any]) -> Iterator[Event]:
        for piece, tokens in self._pieces(text):
            yield Event(f"response.{name}.delta", {**at, "delta": piece}, tokens)

    def message(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell the parts of a message."""
        for index, part in enumerate(item["content"]):
            place = {**at, "content_index": index}
            is_text = part["type"] == "output_text"
            empty = {"annotations": [], "logprobs": [], "text": ""} if is_text else {"refusal": ""}
            yield Event("response.content_part.added", {**place, "part": {**part, **empty}})
            yield from self._text(part, place) if is_text else self._refusal(part, place)
            yield Event("response.content_part.done", {**place, "part": part})

    def _text(self, part: Item, at: dict[str, Any]) -> Iterator[Event]:
        pieces, entries = self._pieces(part["text"]), text_logprobs(self._speech, self._form)
        shares = shared(entries, [piece for piece, _ in pieces])
        for (piece, tokens), share in zip(pieces, shares, strict=True):
            fields = {**at, "delta": piece, "logprobs": _told(share)}
            yield Event("response.output_text.delta", fields, tokens)
        for index, source in enumerate(part["annotations"]):
            fields = {**at, "annotation_index": index, "annotation": source}
            yield Event("response.output_text.annotation.added", fields)
        yield Event("response.output_text.done", {**at, "text": part["text"], "logprobs": _told(entries)})

    def _refusal(self, part: Item, at: dict[str, Any]) -> Iterator[Event]:
        yield from self._deltas("refusal", part["refusal"], at)
        yield Event("response.refusal.done", {**at, "refusal": part["refusal"]})

    def reasoning(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell what is shown of thoughts: a summary, or they themselves."""
        for index, part in enumerate(item["summary"]):
            place = {**at, "summary_index": index}
            yield Event("response.reasoning_summary_part.added", {**place, "part": summary_part("")})
            yield from self._deltas("reasoning_summary_text", part["text"], place)
            yield Event("response.reasoning_summary_text.done", {**place, "text": part["text"]})
            yield Event("response.reasoning_summary_part.done", {**place, "part": part})
        for index, part in enumerate(item.get("content") or ()):
            place = {**at, "content_index": index}
            yield from self._deltas("reasoning_text", part["text"], place)
            yield Event("response.reasoning_text.done", {**place, "text": part["text"]})

    def function_call(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell the arguments of a function."""
        yield from self._deltas("function_call_arguments", item["arguments"], at)
        yield Event("response.function_call_arguments.done", {**at, "arguments": item["arguments"]})

    def custom_tool_call(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell the input of a custom tool."""
        yield from self._deltas("custom_tool_call_input", item["input"], at)
        yield Event("response.custom_tool_call_input.done", {**at, "input": item["input"]})

    def search(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell a search in the web or in files."""
        for stage in ("in_progress", "searching", "completed"):
            yield Event(f"response.{item['type']}.{stage}", at)

    def code_interpreter_call(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell the code that is run."""
        yield Event("response.code_interpreter_call.in_progress", at)
        yield from self._deltas("code_interpreter_call_code", item["code"] or "", at)
        yield Event("response.code_interpreter_call_code.done", {**at, "code": item["code"] or ""})
        yield Event("response.code_interpreter_call.interpreting", at)
        yield Event("response.code_interpreter_call.completed", at)

    def image_generation_call(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell how an image is made. Its previews are the image itself."""
        yield Event("response.image_generation_call.in_progress", at)
        yield Event("response.image_generation_call.generating", at)
        shown = {key: item[key] for key in ("background", "output_format", "quality", "size") if item.get(key)}
        for index in range(self._form.partial_images if item["result"] else 0):
            fields = {**at, "partial_image_index": index, "partial_image_b64": item["result"], **shown}
            yield Event("response.image_generation_call.partial_image", fields)
        yield Event("response.image_generation_call.completed", at)

    def mcp_call(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell a call of a tool on an MCP server."""
        yield Event("response.mcp_call.in_progress", at)
        yield from self._deltas("mcp_call_arguments", item["arguments"], at)
        yield Event("response.mcp_call_arguments.done", {**at, "arguments": item["arguments"]})
        yield Event(f"response.mcp_call.{_ending(item)}", at)

    def mcp_list_tools(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell that the tools of an MCP server are listed."""
        yield Event("response.mcp_list_tools.in_progress", at)
        yield Event(f"response.mcp_list_tools.{_ending(item)}", at)

    def shell_call(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell the commands of a shell."""
        for index, command in enumerate(item["action"]["commands"]):
            place = {"output_index": at["output_index"], "command_index": index}
            yield Event("response.shell_call_command.added", {**place, "command": ""})
            yield from self._deltas("shell_call_command", command, place)
            yield Event("response.shell_call_command.done", {**place, "command": command})

    def shell_call_output(self, item: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell what the commands of a shell have written."""
        for index, output in enumerate(item["output"]):
            place = {**at, "command_index": index}
            for stream in ("stdout", "stderr"):
                if output[stream]:
                    fields = {**place, "delta": {stream: output[stream]}}
                    yield Event("response.shell_call_output_content.delta", fields)
            yield Event("response.shell_call_output_content.done", {**place, "output": [output]})

    def compaction(self, _: Item, at: dict[str, Any]) -> Iterator[Event]:
        """Tell that a conversation is made shorter."""
        yield Event("response.compaction.compacting", at)


_INNER: Final[dict[str, Callable[[Narrator, Item, dict[str, Any]], Iterator[Event]]]] = {
    "message": Narrator.message,
    "reasoning": Narrator.reasoning,
    "function_call": Narrator.function_call,
    "custom_tool_call": Narrator.custom_tool_call,
    "web_search_call": Narrator.search,
    "file_search_call": Narrator.search,
    "code_interpreter_call": Narrator.code_interpreter_call,
    "image_generation_call": Narrator.image_generation_call,
    "mcp_call": Narrator.mcp_call,
    "mcp_list_tools": Narrator.mcp_list_tools,
    "shell_call": Narrator.shell_call,
    "shell_call_output": Narrator.shell_call_output,
    "compaction": Narrator.compaction,
}


def announced(item: Item) -> Item:
    """Return an item as it is when it is announced: in progress, and empty of what events will bring."""
    kind = item["type"]
    begun = {key: value for key, value in item.items() if kind != "reasoning" or key != "content"}
    begun |= {key: value for key, value in _EMPTY.get(kind, {}).items() if key in item}
    if kind == "shell_call":
        begun["action"] = {**item["action"], "commands": []}
    if "status" in item and not kind.endswith("_output"):
        begun["status"] = "in_progress"
    return begun


def broken_off(events: Iterable[Event], fault: Fault, failure: Failure) -> Iterator[Event]:
    """Yield events until so many pieces are sent, and what tells the error."""
    left = fault.after
    for event in events:
        if left == 0 and event.tokens is not None:
            break
        yield event
        left = left if left is None or event.tokens is None else left - 1
    if fault.kind == "error_event":
        yield Event("error", _error(failure))


def _error(failure: Failure) -> dict[str, Any]:
    """Write an error twice: as the reference and the SDK's types have it, and below ``error``, as the real API does."""
    said = {"code": failure.code, "message": failure.message, "param": failure.param}
    return {**said, "error": {"type": failure.type, **said}}


def _head(item: Item) -> int | None:
    """Return how many tokens take their time before an item: the name of a tool is one."""
    return 1 if item["type"] in ("function_call", "custom_tool_call") else None


def _ending(item: Item) -> str:
    return "failed" if item.get("error") is not None or item.get("status") == "failed" else "completed"


def _told(entries: list[TokenLogprob]) -> list[dict[str, Any]]:
    """Write probabilities as events do, which have no bytes."""
    return [
        {
            "token": entry.token,
            "logprob": entry.logprob,
            "top_logprobs": [{"token": top.token, "logprob": top.logprob} for top in entry.top_logprobs],
        }
        for entry in entries
    ]
