"""Every kind of item, as little and as much of it as a turn may give."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from openai.types.responses import ResponseOutputItem
from pydantic import TypeAdapter

from openai_mock_api.config.item_kinds import KINDS
from openai_mock_api.config.items import completed, fault_in

MCP = {"server_label": "s", "name": "t"}

LEAST: list[dict[str, Any]] = [
    {"type": "reasoning", "summary": []},
    {"type": "web_search_call", "action": {"type": "search"}},
    {"type": "file_search_call", "queries": []},
    {"type": "code_interpreter_call", "code": "1"},
    {"type": "image_generation_call", "result": None},
    {"type": "computer_call"},
    {"type": "local_shell_call", "action": {"type": "exec", "command": ["ls"]}},
    {"type": "shell_call", "action": {"commands": ["ls"]}},
    {"type": "shell_call_output", "call_id": "c", "output": [{}]},
    {"type": "apply_patch_call", "operation": {"type": "delete_file", "path": "p"}},
    {"type": "apply_patch_call_output", "call_id": "c"},
    {"type": "mcp_call", **MCP},
    {"type": "mcp_list_tools", "server_label": "s", "tools": [{"name": "t"}]},
    {"type": "mcp_approval_request", **MCP},
    {"type": "tool_search_call", "arguments": {}},
    {"type": "tool_search_output", "tools": []},
    {"type": "compaction", "encrypted_content": "x"},
]

COMPUTER: list[dict[str, Any]] = [
    {"type": "click", "button": "left", "x": 1, "y": 2, "keys": ["CTRL"]},
    {"type": "double_click", "x": 1, "y": 2},
    {"type": "drag", "path": [{"x": 1, "y": 2}]},
    {"type": "keypress", "keys": ["A"]},
    {"type": "move", "x": 1, "y": 2},
    {"type": "screenshot"},
    {"type": "scroll", "x": 1, "y": 2, "scroll_x": 0, "scroll_y": 5},
    {"type": "type", "text": "t"},
    {"type": "wait"},
]

MORE: list[dict[str, Any]] = [
    {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "s"}],
        "content": [{"type": "reasoning_text", "text": "t"}],
        "encrypted_content": "e",
    },
    {"type": "web_search_call", "action": {"type": "open_page", "url": None}, "status": "failed"},
    {"type": "web_search_call", "action": {"type": "find_in_page", "url": "u", "pattern": "p"}},
    {
        "type": "file_search_call",
        "queries": ["q"],
        "results": [{"file_id": "f", "filename": "n", "score": 0.5, "text": "t", "attributes": {"a": 1.5, "b": True}}],
    },
    {
        "type": "code_interpreter_call",
        "code": None,
        "outputs": [{"type": "logs", "logs": "1"}, {"type": "image", "url": "u"}],
    },
    {"type": "image_generation_call", "result": "aGk=", "size": "1x1", "quality": "high", "revised_prompt": "r"},
    *({"type": "computer_call", "action": action, "actions": [action]} for action in COMPUTER),
    {"type": "computer_call", "call_id": "c", "pending_safety_checks": [{"id": "i", "code": "c", "message": "m"}]},
    {"type": "shell_call", "action": {"commands": []}, "environment": {"type": "local"}},
    {
        "type": "shell_call",
        "action": {"commands": []},
        "environment": {"type": "container_reference", "container_id": "c"},
    },
    {"type": "shell_call_output", "call_id": "c", "output": [{"outcome": {"type": "timeout"}}]},
    {"type": "apply_patch_call", "operation": {"type": "update_file", "path": "p", "diff": "d"}},
    {"type": "mcp_call", **MCP, "error": {"type": "mcp_protocol_error", "code": 1, "message": "m"}},
    {"type": "mcp_call", **MCP, "error": {"type": "mcp_tool_execution_error", "content": []}},
]

KNOWN: TypeAdapter[Any] = TypeAdapter(ResponseOutputItem)


@pytest.mark.parametrize("item", [*LEAST, *MORE], ids=lambda item: item["type"])
def test_an_item_is_completed_to_what_the_sdk_knows(item: dict[str, Any]) -> None:
    whole = completed(item)
    assert fault_in(item) is None
    read = KNOWN.validate_python({"id": "i", **whole, **({"call_id": "c"} if "call_id" in whole else {})})
    assert not read.model_extra
    assert completed(whole) == whole
    assert item["type"] == whole["type"]


def test_every_kind_of_the_sdk_that_the_assistant_writes_is_there() -> None:
    written = {kind.model_fields["type"].annotation for kind in get_args(get_args(ResponseOutputItem)[0])}
    kinds = {name for annotation in written for name in get_args(annotation)}
    of_the_turn = {"message", "function_call", "custom_tool_call"}
    of_the_client = {
        "function_call_output",
        "custom_tool_call_output",
        "computer_call_output",
        "local_shell_call_output",
        "mcp_approval_response",
        "additional_tools",
    }
    of_programs = {"program", "program_output"}
    assert {item["type"] for item in LEAST} == KINDS.keys() == kinds - of_the_turn - of_the_client - of_programs


def test_a_call_with_an_error_has_failed() -> None:
    error = {"type": "http_error", "code": 500, "message": "m"}
    assert completed({"type": "mcp_call", **MCP, "error": error})["status"] == "failed"
    assert completed({"type": "mcp_call", **MCP, "error": error, "status": "incomplete"})["status"] == "incomplete"


def test_commands_have_written_nothing_and_ended_well_unless_they_say() -> None:
    [output] = completed({"type": "shell_call_output", "call_id": "c", "output": [{}]})["output"]
    assert output == {"stdout": "", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}
