"""The request of ``POST /v1/responses`` becomes a call: checked as strictly as its level says, then built.

What the conversation was before stands in front of the request's own input. Building takes whatever can be understood,
so that it also serves requests that were not checked, or not found good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from openai_mock_api.script.levels import weigh
from openai_mock_api.script.messages import ANY_TOOL, Call, Message, Tool, ToolChoice
from openai_mock_api.surfaces.parameters import fault_in, readable
from openai_mock_api.surfaces.reading import FORMATS, MODES, count_of, grammar_of, list_of, object_of, text_of
from openai_mock_api.surfaces.responses.compaction import unfolded
from openai_mock_api.surfaces.responses.items import kind_of
from openai_mock_api.surfaces.responses.messages import check_answers, read_items
from openai_mock_api.surfaces.responses.parameters import PARAMETERS, check_names, check_parameters
from openai_mock_api.surfaces.validation import bad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import ToolKind, Validation

    Item = dict[str, Any]

#: Parameters that are read here, whatever their form.
_BUILT: Final = frozenset({"input", "tools", "tool_choice", "text", "previous_response_id", "conversation"})

_LOGPROBS: Final = "message.output_text.logprobs"


class Past(Protocol):
    """What is stored of earlier requests."""

    def before(self, document: dict[str, Any]) -> list[Item]:
        """Return the items that stand in front of a request's own. Raises ``ApiError`` for ids that nobody knows."""

    def item(self, document: dict[str, Any], id: str) -> Item:  # noqa: A002 - the wire's own name
        """Return the item with an id. Raises ``ApiError`` for one that nobody knows."""


class _Nothing:
    """What is stored where nothing is."""

    def before(self, _: dict[str, Any]) -> list[Item]:
        return []

    def item(self, _: dict[str, Any], id: str) -> Item:  # noqa: A002
        return {"id": id}


NOTHING: Final[Past] = _Nothing()


def parse(request: Request, document: dict[str, Any], validation: Validation = "strict", past: Past = NOTHING) -> Call:
    """Check the decoded body and build the call, with what came before it.

    Raises ``ApiError`` for the first thing that the real API refuses; at the levels ``warn`` and ``off`` only for ids
    under which nothing is stored.
    """
    fault = None if validation == "off" else fault_in(_check, document)
    if fault is not None and validation == "strict":
        raise fault
    understood = document if fault is None and validation != "off" else readable(document, PARAMETERS, _BUILT)
    items = all_items(understood, past)
    call = build(request, understood, items, validation)
    call.recalls = refers(understood)
    is_checked = validation != "off" and not _is_plain(understood, items)
    later = fault_in(_check_conversation, understood, items, past) if is_checked else None
    for found in filter(None, (fault, later)):
        weigh(call, found)
    return call


def _is_plain(document: dict[str, Any], items: list[Item]) -> bool:
    """Whether a request is one text, with which nothing can be wrong that its parameters do not show."""
    return len(items) == 1 and type(document.get("input")) is str and "text" not in document


def _check(document: dict[str, Any]) -> None:
    """Check what does not depend on what is stored."""
    check_names(document)
    check_parameters(document)


def _check_conversation(document: dict[str, Any], items: list[Item], past: Past) -> None:
    """Check the conversation as a whole."""
    _check_thoughts(document, past)
    check_answers(items)
    _check_json_is_named(document, items)


def _check_thoughts(document: dict[str, Any], past: Past) -> None:
    """Thoughts that a client sends back without their encrypted form are a reference to what is stored."""
    for item in own_items(document):
        if kind_of(item) == "reasoning" and not item.get("encrypted_content") and type(item.get("id")) is str:
            past.item(document, item["id"])


def _check_json_is_named(document: dict[str, Any], items: list[Item]) -> None:
    if _format(document).get("type") != "json_object":
        return
    said = [text_of(document.get("instructions")), *(message.text for message in read_items(items))]
    if not any("json" in text.lower() for text in said):
        raise bad(
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
            "'json_object'.",
            "input",
            None,
        )


def refers(document: dict[str, Any]) -> bool:
    """Whether a request is about something stored: then it gets another answer when that has changed."""
    if document.get("previous_response_id") is not None or document.get("conversation") is not None:
        return True
    given = document.get("input")
    return type(given) is list and any(type(item) is dict and "id" in item for item in given)


def own_items(document: dict[str, Any]) -> list[Item]:
    """Return the items of a request's input; a text is a message of the user."""
    given = document.get("input")
    if type(given) is str:
        return [{"type": "message", "role": "user", "content": given}]
    return [item for item in list_of(given) if type(item) is dict]


def all_items(document: dict[str, Any], past: Past) -> list[Item]:
    """Return the items of the whole conversation. Raises ``ApiError`` for ids under which nothing is stored."""
    return unfolded([*past.before(document), *resolved(document, past)])


def resolved(document: dict[str, Any], past: Past) -> list[Item]:
    """Return the request's own items, what is stored in the place of references."""
    return [_resolved(document, past, item) for item in own_items(document)]


def _resolved(document: dict[str, Any], past: Past, item: Item) -> Item:
    if kind_of(item) == "item_reference" and type(item.get("id")) is str:
        return past.item(document, item["id"])
    return item


def build(request: Request, document: dict[str, Any], items: list[Item], validation: Validation) -> Call:
    """Build the call for the items of a conversation."""
    messages = read_items(items)
    if type(document.get("instructions")) is str:
        messages = [Message("system", document["instructions"]), *messages]
    call = Call(
        endpoint="responses",
        model=text_of(document.get("model")),
        messages=messages,
        stream=document.get("stream") is True,
        max_tokens=count_of(document.get("max_output_tokens")),
        headers=request.headers,
        body=request.body,
        parameters=document,
        validation=validation,
        background=document.get("background") is True,
    )
    if "text" in document:
        _read_format(call, document)
    if "tools" in document:
        _read_tools(call, document)
    if document.get("include") is not None and _LOGPROBS in document["include"]:
        call.logprobs = count_of(document.get("top_logprobs")) or 0
    return call


def _format(document: dict[str, Any]) -> dict[str, Any]:
    return object_of(object_of(document.get("text")).get("format"))


def _read_format(call: Call, document: dict[str, Any]) -> None:
    wanted = _format(document)
    kind = text_of(wanted.get("type"))
    if kind in FORMATS:
        call.response_format = kind
        schema = wanted.get("schema")
        call.schema = schema if type(schema) is dict and kind == "json_schema" else None


def _read_tools(call: Call, document: dict[str, Any]) -> None:
    offered = list_of(document.get("tools"))
    call.tools = tuple(_tools(offered))
    if call.tools:
        call.tool_choice = _tool_choice(document.get("tool_choice"), len(call.tools) == len(offered))
        call.parallel_tool_calls = document.get("parallel_tool_calls") is not False


def _tools(entries: list[Any]) -> Iterator[Tool]:
    """Yield the functions and custom tools, also those of namespaces. Built-in tools call nothing of the client's."""
    for entry in map(object_of, entries):
        kind = entry.get("type")
        if kind in ("function", "custom") and text_of(entry.get("name")):
            yield _tool(entry, kind)
        elif kind == "namespace":
            yield from _tools(list_of(entry.get("tools")))


def _tool(entry: dict[str, Any], kind: ToolKind) -> Tool:
    parameters = entry.get("parameters")
    return Tool(
        entry["name"],
        text_of(entry.get("description")),
        parameters if type(parameters) is dict else None,
        kind,
        entry.get("strict") is not False,
        grammar_of(entry.get("format")),
    )


def _tool_choice(chosen: Any, only_functions: bool) -> ToolChoice:
    """Return what the request says about calling functions. Where built-in tools may be called, none has to be."""
    if type(chosen) is str:
        choice = MODES.get(chosen, ANY_TOOL)
        return choice if only_functions or choice.mode == "none" else ANY_TOOL
    asked = object_of(chosen)
    kind = asked.get("type")
    if kind in ("function", "custom"):
        return ToolChoice("required", (text_of(asked.get("name")),))
    if kind != "allowed_tools":
        return ANY_TOOL
    entries = [object_of(entry) for entry in list_of(asked.get("tools"))]
    names = tuple(entry["name"] for entry in entries if type(entry.get("name")) is str)
    required = asked.get("mode") == "required" and len(names) == len(entries)
    return ToolChoice("required" if required else "auto", names)
