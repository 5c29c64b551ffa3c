"""Responses as OpenAI's SDK puts them together, in strict validation."""

from __future__ import annotations

from typing import Any, Final

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from openai.types.responses import ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from openai_mock_api.config.items import completed
from openai_mock_api.dialogue import spoken
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import PRESETS, Citation, Fault, Reply
from tests.surfaces.rendering import answered
from tests.surfaces.responding import client, events, whole

MCP: Final = {"server_label": "s", "name": "t"}
TOOL_ITEMS: Final = [
    completed(item)
    for item in (
        {"type": "web_search_call", "action": {"type": "search", "query": "q"}},
        {"type": "web_search_call", "action": {"type": "open_page", "url": "http://a"}},
        {"type": "web_search_call", "action": {"type": "find_in_page", "url": "http://a", "pattern": "p"}},
        {"type": "file_search_call", "queries": ["q"], "results": [{"text": "t", "score": 0.5}]},
        {"type": "code_interpreter_call", "code": "print(1)", "outputs": [{"type": "logs", "logs": "1"}]},
        {"type": "image_generation_call", "result": "aGk=", "size": "1024x1024"},
        {"type": "computer_call", "action": {"type": "click", "button": "left", "x": 1, "y": 2}},
        {"type": "local_shell_call", "action": {"type": "exec", "command": ["ls"]}},
        {"type": "shell_call", "action": {"commands": ["ls -l", "pwd"]}},
        {"type": "shell_call_output", "call_id": "sh", "output": [{"stdout": "a"}, {"stderr": "b"}]},
        {"type": "apply_patch_call", "operation": {"type": "create_file", "path": "p", "diff": "+a"}},
        {"type": "apply_patch_call_output", "call_id": "ap", "output": "done"},
        {"type": "mcp_list_tools", "server_label": "s", "tools": [{"name": "t"}]},
        {"type": "mcp_call", **MCP, "output": "done"},
        {"type": "mcp_call", **MCP, "error": {"type": "http_error", "code": 500, "message": "m"}},
        {"type": "mcp_approval_request", **MCP},
        {"type": "tool_search_call", "arguments": {"query": "q"}},
        {"type": "tool_search_output", "tools": []},
        {"type": "compaction", "encrypted_content": "x"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Then I thought."}]},
    )
]
PLACES: Final = [{"type": "reasoning"}, {"type": "message"}, {"type": "function_call"}]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@st.composite
def calls(draw: st.DrawFn) -> tuple[ToolCall, ...]:
    kinds: list[Any] = draw(st.lists(st.sampled_from(["function", "custom"]), max_size=3))
    return tuple(ToolCall(f"call_{place}", "f", draw(TEXTS), kind) for place, kind in enumerate(kinds))


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    refusal = draw(st.none() | TEXTS)
    content = None if refusal is not None else draw(st.none() | TEXTS)
    cited = draw(st.booleans()) and bool(content)
    items = draw(st.lists(st.sampled_from([*TOOL_ITEMS, *PLACES]), unique_by=id, max_size=5))
    return Reply(
        content=content,
        refusal=refusal,
        tool_calls=() if refusal is not None else draw(calls()),
        reasoning=draw(st.none() | TEXTS),
        annotations=(Citation("http://a", "A"),) if cited else (),
        items=tuple(items),
        pacing=Pacing(chunk=draw(st.sampled_from(["token", "word", "message"]))),
    )


INCLUDABLE: Final = ["reasoning.encrypted_content", "code_interpreter_call.outputs", "file_search_call.results"]
PARAMETERS = st.fixed_dictionaries(
    {"model": st.sampled_from(["gpt-4o", "o3", "gpt-oss-20b"])},
    optional={
        "reasoning": st.just({"summary": "auto"}),
        "include": st.lists(st.sampled_from(INCLUDABLE), unique=True),
        "max_output_tokens": st.integers(1, 40),
    },
)


@settings(max_examples=150, deadline=None)
@given(replies(), PARAMETERS)
def test_a_stream_makes_up_the_object_of_the_plain_answer(reply: Reply, parameters: dict[str, Any]) -> None:
    sdk = client(reply)
    plain = sdk.responses.create(input="Hi", **parameters)
    with sdk.responses.stream(input="Hi", **parameters) as stream:
        last: Any = list(stream)[-1]
        if plain.status == "completed":
            assert stream.get_final_response().to_dict() == _parsed(plain.to_dict())
    assert last.type == f"response.{plain.status}"
    assert last.response.id == plain.id


@settings(max_examples=150, deadline=None)
@given(replies(), PARAMETERS, st.none() | st.integers(0, 12))
def test_a_response_that_fails_has_what_was_done_before(
    reply: Reply, parameters: dict[str, Any], after: int | None
) -> None:
    failing = replace(reply, failure=PRESETS["server_error"], fault=Fault("failed", after), rendered={})
    found, complete = events(failing, **parameters), events(reply, **parameters)
    assert found[:-1] == complete[: len(found) - 1]
    assert after is None or len(found) <= len(complete)
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert (
        found[-1]["response"]["output"]
        == done
        == client(failing).responses.create(input="Hi", **parameters).to_dict()["output"]
    )


def _parsed(response: dict[str, Any]) -> dict[str, Any]:
    """Add what the helper puts beside texts and arguments that nobody asked it to parse."""
    for item in response["output"]:
        if item["type"] == "function_call":
            item["parsed_arguments"] = None
        for part in item["content"] if item["type"] == "message" else ():
            if part["type"] == "output_text":
                part["parsed"] = None
    return response


#: Where the pieces of a text go, by event: the field of the item, or of its part.
GROWING: Final = {
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
    "response.mcp_call_arguments.delta": "arguments",
    "response.code_interpreter_call_code.delta": "code",
}
#: What only the finished item tells.
AT_THE_END: Final = ("status", "outputs", "results", "result", "output", "error", "tools", "encrypted_content")


@settings(max_examples=150, deadline=None)
@given(replies(), PARAMETERS)
def test_deltas_make_up_the_items_that_are_done(reply: Reply, parameters: dict[str, Any]) -> None:
    found = events(reply, **parameters)
    grown: list[dict[str, Any]] = []
    for event in found:
        _grow(grown, event)
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert found[-1]["response"]["output"] == done == whole(reply, **parameters)["output"]
    assert [_said(item) for item in grown] == [_said(item) for item in done]


def _said(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in AT_THE_END}


def _grow(items: list[dict[str, Any]], event: dict[str, Any]) -> None:
    kind = event["type"]
    item = items[event["output_index"]] if event.get("output_index", len(items)) < len(items) else {}
    if kind == "response.output_item.added":
        items.append(event["item"])
    elif kind == "response.content_part.added":
        item["content"].append(event["part"])
    elif kind == "response.output_text.delta":
        item["content"][event["content_index"]]["text"] += event["delta"]
    elif kind == "response.output_text.annotation.added":
        item["content"][event["content_index"]]["annotations"].append(event["annotation"])
    elif kind == "response.refusal.delta":
        item["content"][event["content_index"]]["refusal"] += event["delta"]
    elif kind == "response.reasoning_summary_part.added":
        item["summary"].append(event["part"])
    elif kind == "response.reasoning_summary_text.delta":
        item["summary"][event["summary_index"]]["text"] += event["delta"]
    elif kind == "response.reasoning_text.delta":
        item.setdefault("content", [{"type": "reasoning_text", "text": ""}])[0]["text"] += event["delta"]
    elif kind == "response.reasoning_text.done":
        item.setdefault("content", [{"type": "reasoning_text", "text": ""}])
    elif kind == "response.shell_call_command.added":
        item["action"]["commands"].append(event["command"])
    elif kind == "response.shell_call_command.delta":
        item["action"]["commands"][event["command_index"]] += event["delta"]
    elif kind in GROWING:
        item[GROWING[kind]] += event["delta"]


STREAM_EVENT: Final[TypeAdapter[Any]] = TypeAdapter(ResponseStreamEvent)


@pytest.mark.parametrize("item", TOOL_ITEMS, ids=lambda item: item["type"])
def test_every_item_and_its_events_are_what_the_sdk_knows(item: dict[str, Any]) -> None:
    for event in events(Reply(items=(item,)), tools=[{"type": "image_generation", "partial_images": 1}]):
        read = STREAM_EVENT.validate_python(event, strict=False)
        assert read.type == event["type"]
        assert not getattr(read, "item", None) or not read.item.model_extra


@given(replies())
def test_chat_says_the_same(reply: Reply) -> None:
    completion, _ = answered(reply)
    chat, response = spoken(completion), spoken(whole(reply))
    assert (chat.text or "") == (response.text or "")
    assert chat.tool_calls == response.tool_calls


# -- helpers


class Weather(BaseModel):
    city: str
    degrees: int


def test_a_text_is_parsed() -> None:
    sdk = client(Reply(content='{"city":"Paris","degrees":20}'))
    parsed = sdk.responses.parse(model="gpt-4o", input="Hi", text_format=Weather)
    assert parsed.output_parsed == Weather(city="Paris", degrees=20)
    with sdk.responses.stream(model="gpt-4o", input="Hi", text_format=Weather) as stream:
        done = [event for event in stream if event.type == "response.output_text.done"]
        assert stream.get_final_response().output_parsed == done[0].parsed == parsed.output_parsed


def test_snapshots_of_a_text_grow() -> None:
    with client(Reply(content="one two three")).responses.stream(model="gpt-4o", input="Hi") as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
    assert snapshots == ["one", "one two", "one two three"]


def test_arguments_are_parsed() -> None:
    sdk = client(Reply(tool_calls=(ToolCall("c", "Weather", '{"city":"Paris","degrees":20}'),)))
    tool: Any = openai.pydantic_function_tool(Weather)
    function: Any = {"type": "function", **tool["function"]}
    parsed = sdk.responses.parse(model="gpt-4o", input="Hi", tools=[function])
    [call] = parsed.output
    assert call.type == "function_call"
    assert call.parsed_arguments == {"city": "Paris", "degrees": 20}
