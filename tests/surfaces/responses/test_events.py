from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from openai_mock_api.config.items import completed
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import Citation, Reply
from tests.surfaces.responding import events, types

BEGIN = ["created", "in_progress"]
PART = ["content_part.added", "content_part.done"]


def added(kind: str, **fields: Any) -> list[str]:
    """Return the types of an item's own events."""
    item = completed({"type": kind, **fields})
    found = types(events(Reply(items=(item,))))
    assert found[:3] == [*BEGIN, "output_item.added"]
    assert found[-2:] == ["output_item.done", "completed"]
    return found[3:-2]


def test_the_events_of_a_text() -> None:
    created, in_progress, *told, end = events(Reply(content="Hi you"))
    assert created["response"] == in_progress["response"]
    assert created["response"]["status"] == "in_progress"
    assert created["response"]["output"] == []
    assert created["response"]["usage"] is created["response"]["completed_at"] is None
    assert created["response"]["service_tier"] == "auto"
    item = end["response"]["output"][0]
    part = item["content"][0]
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    assert [{key: value for key, value in event.items() if key != "sequence_number"} for event in told] == [
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "status": "in_progress", "content": []},
        },
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **place, "delta": "Hi", "logprobs": []},
        {"type": "response.output_text.delta", **place, "delta": " you", "logprobs": []},
        {"type": "response.output_text.done", **place, "text": "Hi you", "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]
    assert end["type"] == "response.completed"
    assert end["response"]["status"] == "completed"


SAID: list[tuple[Reply, dict[str, Any], list[str]]] = [
    (
        Reply(refusal="No."),
        {},
        [PART[0], "refusal.delta", "refusal.delta", "refusal.done", PART[1]],
    ),
    (
        Reply(content="A", annotations=(Citation("u", "t"), Citation("v", "w"))),
        {},
        [
            PART[0],
            "output_text.delta",
            *["output_text.annotation.added"] * 2,
            "output_text.done",
            PART[1],
        ],
    ),
    (Reply(content=""), {}, [PART[0], "output_text.done", PART[1]]),
    (
        Reply(tool_calls=(ToolCall("c", "f", "{}"),)),
        {},
        ["function_call_arguments.delta", "function_call_arguments.done"],
    ),
    (
        Reply(tool_calls=(ToolCall("c", "f", "x", "custom"),)),
        {},
        ["custom_tool_call_input.delta", "custom_tool_call_input.done"],
    ),
    (Reply(reasoning="Hm", tool_calls=(), items=({"type": "message"},)), {}, []),
    (
        Reply(reasoning="Hm", items=({"type": "message"},)),
        {"reasoning": {"summary": "auto"}},
        [
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
        ],
    ),
    (
        Reply(reasoning="Hm", items=({"type": "message"},)),
        {"model": "gpt-oss-20b"},
        ["reasoning_text.delta", "reasoning_text.done"],
    ),
]


@pytest.mark.parametrize(("reply", "parameters", "expected"), SAID)
def test_the_events_of_what_is_said(reply: Reply, parameters: dict[str, Any], expected: list[str]) -> None:
    found = types(events(reply, **parameters))
    assert found == [*BEGIN, "output_item.added", *expected, "output_item.done", "completed"]


def stages(kind: str, *names: str) -> list[str]:
    return [f"{kind}.{name}" for name in names]


MCP = {"server_label": "s", "name": "t"}
ITEMS: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "web_search_call",
        {"action": {"type": "search", "query": "q"}},
        stages("web_search_call", "in_progress", "searching", "completed"),
    ),
    (
        "file_search_call",
        {"queries": ["q"]},
        stages("file_search_call", "in_progress", "searching", "completed"),
    ),
    (
        "code_interpreter_call",
        {"code": "x"},
        [
            "code_interpreter_call.in_progress",
            "code_interpreter_call_code.delta",
            "code_interpreter_call_code.done",
            "code_interpreter_call.interpreting",
            "code_interpreter_call.completed",
        ],
    ),
    (
        "code_interpreter_call",
        {"code": None},
        [
            "code_interpreter_call.in_progress",
            "code_interpreter_call_code.done",
            "code_interpreter_call.interpreting",
            "code_interpreter_call.completed",
        ],
    ),
    (
        "image_generation_call",
        {"result": "aGk="},
        stages("image_generation_call", "in_progress", "generating", "completed"),
    ),
    (
        "mcp_call",
        {**MCP, "output": "done"},
        ["mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done", "mcp_call.completed"],
    ),
    (
        "mcp_call",
        {**MCP, "error": {"type": "http_error", "code": 500, "message": "m"}},
        ["mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done", "mcp_call.failed"],
    ),
    ("mcp_list_tools", {"server_label": "s", "tools": []}, stages("mcp_list_tools", "in_progress", "completed")),
    (
        "mcp_list_tools",
        {"server_label": "s", "tools": [], "error": "gone"},
        stages("mcp_list_tools", "in_progress", "failed"),
    ),
    ("mcp_approval_request", MCP, []),
    ("shell_call", {"action": {"commands": ["ls"]}}, stages("shell_call_command", "added", "delta", "done")),
    (
        "shell_call_output",
        {"call_id": "c", "output": [{"stdout": "a", "stderr": "b"}, {}]},
        stages("shell_call_output_content", "delta", "delta", "done", "done"),
    ),
    ("local_shell_call", {"action": {"type": "exec", "command": ["ls"]}}, []),
    ("computer_call", {"action": {"type": "screenshot"}}, []),
    ("compaction", {"encrypted_content": "x"}, ["compaction.compacting"]),
]


@pytest.mark.parametrize(("kind", "fields", "expected"), ITEMS)
def test_the_events_of_built_in_tools(kind: str, fields: dict[str, Any], expected: list[str]) -> None:
    assert added(kind, **fields) == expected


ANNOUNCED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("code_interpreter_call", {"code": "x"}, {"code": "", "outputs": None, "status": "in_progress"}),
    ("image_generation_call", {"result": "aGk="}, {"result": None, "status": "in_progress"}),
    ("mcp_call", {**MCP, "output": "o"}, {"arguments": "", "output": None, "status": "in_progress"}),
    ("shell_call", {"action": {"commands": ["ls"], "timeout_ms": 5}}, {"status": "in_progress"}),
    ("shell_call_output", {"call_id": "c", "output": [{}]}, {"output": [], "status": "completed"}),
    ("reasoning", {"summary": [], "content": [{"type": "reasoning_text", "text": "t"}]}, {"summary": []}),
]


@pytest.mark.parametrize(("kind", "fields", "expected"), ANNOUNCED)
def test_an_item_is_announced_without_what_events_bring(
    kind: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    item = events(Reply(items=(completed({"type": kind, **fields}),)))[2]["item"]
    assert expected.items() <= item.items()
    assert "content" not in item
    if kind == "shell_call":
        assert item["action"] == {"commands": [], "max_output_length": None, "timeout_ms": 5}


def test_an_image_has_as_many_previews_as_are_asked_for() -> None:
    item = completed({"type": "image_generation_call", "result": "aGk=", "size": "1x1", "quality": "low"})
    tools = [{"type": "image_generation", "partial_images": 2}]
    found = [event for event in events(Reply(items=(item,)), tools=tools) if "partial_image_index" in event]
    assert [event["partial_image_index"] for event in found] == [0, 1]
    assert {event["partial_image_b64"] for event in found} == {"aGk="}
    assert {(event["size"], event["quality"]) for event in found} == {("1x1", "low")}
    nothing = completed({"type": "image_generation_call", "result": None, "status": "failed"})
    assert not any("partial_image_index" in event for event in events(Reply(items=(nothing,)), tools=tools))


def test_probabilities_are_told_with_their_pieces() -> None:
    found = events(Reply(content="Hi you"), include=["message.output_text.logprobs"], top_logprobs=1, model="gpt-4o")
    deltas = [event for event in found if event["type"] == "response.output_text.delta"]
    assert [[entry["token"] for entry in event["logprobs"]] for event in deltas] == [["Hi"], [" you"]]
    [done] = [event for event in found if event["type"] == "response.output_text.done"]
    assert done["logprobs"] == [entry for event in deltas for entry in event["logprobs"]]
    assert done["logprobs"][0].keys() == {"token", "logprob", "top_logprobs"}
    [part] = found[-1]["response"]["output"][0]["content"]
    assert part["logprobs"][0].keys() == {"token", "bytes", "logprob", "top_logprobs"}


def test_indices_say_to_which_item_events_belong() -> None:
    calls = (ToolCall("c1", "f", '{"a":1}'), ToolCall("c2", "g", "{}"))
    found = events(Reply(content="Wait.", tool_calls=calls))
    ids = [item["id"] for item in found[-1]["response"]["output"]]
    inner = [event for event in found if "item_id" in event]
    assert all(ids[event["output_index"]] == event["item_id"] for event in inner)
    assert Counter(event["output_index"] for event in inner).keys() == {0, 1, 2}


def test_what_was_cut_ends_incomplete() -> None:
    found = events(Reply(content="one two three"), max_output_tokens=2)
    assert found[-2]["item"]["status"] == "incomplete"
    assert found[-1]["type"] == "response.incomplete"
    assert found[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
