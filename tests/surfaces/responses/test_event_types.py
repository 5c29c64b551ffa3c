"""Every type of event that the SDK knows: sent in a named case, or documented as not sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args

import pytest
from openai.types.responses import ResponsesServerEvent, ResponseStreamEvent

from openai_mock_api.config.items import completed
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import PRESETS, Citation, Fault, Reply
from tests.surfaces.responding import events

PAGE: Final = Path(__file__).parents[3] / "docs" / "responses.md"
MCP: Final = {"server_label": "s", "name": "t"}
HTTP_ERROR: Final = {"type": "http_error", "code": 500, "message": "m"}


def item(**fields: Any) -> Reply:
    return Reply(items=(completed(fields),))


def thinking() -> dict[str, Any]:
    return {"reasoning": {"summary": "auto"}}


#: What a turn says, what a request asks for, and the types of event that come of it beside those of every stream.
CASES: Final[dict[str, tuple[Reply, dict[str, Any], list[str]]]] = {
    "a text": (
        Reply(content="Hi", annotations=(Citation("http://a", "A"),)),
        {},
        [
            "content_part.added",
            "output_text.delta",
            "output_text.annotation.added",
            "output_text.done",
            "content_part.done",
        ],
    ),
    "a refusal": (Reply(refusal="No"), {}, ["refusal.delta", "refusal.done"]),
    "what is cut": (Reply(content="a b c"), {"max_output_tokens": 1}, ["incomplete"]),
    "the background": (Reply(content="Hi"), {"background": True}, ["queued"]),
    "what fails": (Reply(content="Hi", failure=PRESETS["server_error"], fault=Fault("failed")), {}, ["failed"]),
    "what breaks off": (Reply(failure=PRESETS["server_error"], fault=Fault("error_event")), {}, ["error"]),
    "a summary": (
        Reply(content="Hi", reasoning="Hm"),
        thinking(),
        [
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
        ],
    ),
    "thoughts": (
        Reply(content="Hi", reasoning="Hm"),
        {"model": "gpt-oss-20b"},
        ["reasoning_text.delta", "reasoning_text.done"],
    ),
    "a function": (
        Reply(tool_calls=(ToolCall("c", "f", "{}"),)),
        {},
        ["function_call_arguments.delta", "function_call_arguments.done"],
    ),
    "a custom tool": (
        Reply(tool_calls=(ToolCall("c", "f", "x", "custom"),)),
        {},
        ["custom_tool_call_input.delta", "custom_tool_call_input.done"],
    ),
    "a search in the web": (
        item(type="web_search_call", action={"type": "search", "query": "q"}),
        {},
        [f"web_search_call.{stage}" for stage in ("in_progress", "searching", "completed")],
    ),
    "a search in files": (
        item(type="file_search_call", queries=["q"]),
        {},
        [f"file_search_call.{stage}" for stage in ("in_progress", "searching", "completed")],
    ),
    "code": (
        item(type="code_interpreter_call", code="1"),
        {},
        [
            "code_interpreter_call.in_progress",
            "code_interpreter_call_code.delta",
            "code_interpreter_call_code.done",
            "code_interpreter_call.interpreting",
            "code_interpreter_call.completed",
        ],
    ),
    "an image": (
        item(type="image_generation_call", result="aGk="),
        {"tools": [{"type": "image_generation", "partial_images": 1}]},
        [f"image_generation_call.{stage}" for stage in ("in_progress", "generating", "partial_image", "completed")],
    ),
    "a call of an MCP server": (
        item(type="mcp_call", **MCP, arguments="{}", output="done"),
        {},
        ["mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done", "mcp_call.completed"],
    ),
    "a call that fails": (item(type="mcp_call", **MCP, error=HTTP_ERROR), {}, ["mcp_call.failed"]),
    "the tools of an MCP server": (
        item(type="mcp_list_tools", server_label="s", tools=[]),
        {},
        ["mcp_list_tools.in_progress", "mcp_list_tools.completed"],
    ),
    "an MCP server that fails": (
        item(type="mcp_list_tools", server_label="s", tools=[], error="x"),
        {},
        ["mcp_list_tools.failed"],
    ),
    "a shell": (
        item(type="shell_call", action={"commands": ["ls"]}),
        {},
        [f"shell_call_command.{stage}" for stage in ("added", "delta", "done")],
    ),
    "what a shell writes": (
        item(type="shell_call_output", call_id="c", output=[{"stdout": "a"}]),
        {},
        ["shell_call_output_content.delta", "shell_call_output_content.done"],
    ),
    "a compaction": (item(type="compaction", encrypted_content="x"), {}, ["compaction.compacting"]),
}
EVERY_STREAM: Final = {"created", "in_progress", "output_item.added", "output_item.done", "completed"}

#: What is not sent: the page on responses says why.
UNSENT: Final = {"audio.delta", "audio.done", "audio.transcript.delta", "audio.transcript.done"}
#: What is only sent on WebSockets: there inputs are never taken.
ON_WEBSOCKETS: Final = {"steer.failed"}
UNSENT_ON_WEBSOCKETS: Final = {"steer.accepted", "steer.pending"}


def types_of(union: Any) -> set[str]:
    """Return the types of event of a union, without what they all begin with."""
    members, *_ = get_args(union)
    return {
        get_args(member.model_fields["type"].annotation)[0].removeprefix("response.") for member in get_args(members)
    }


def short(event: dict[str, Any]) -> str:
    return str(event["type"]).removeprefix("response.")


@pytest.mark.parametrize("case", CASES)
def test_a_case_sends_its_events(case: str) -> None:
    reply, asked, expected = CASES[case]
    found = [short(event) for event in events(reply, **asked)]
    assert set(expected) <= set(found)
    assert [kind for kind in found if kind in expected] == expected


def test_every_event_of_the_sdk_is_sent_or_documented() -> None:
    sent = EVERY_STREAM.union(*(expected for _, _, expected in CASES.values()))
    assert not sent & UNSENT
    assert sent | UNSENT == types_of(ResponseStreamEvent)
    assert types_of(ResponsesServerEvent) - types_of(ResponseStreamEvent) == ON_WEBSOCKETS | UNSENT_ON_WEBSOCKETS


@pytest.mark.parametrize("kind", sorted(UNSENT | ON_WEBSOCKETS | UNSENT_ON_WEBSOCKETS))
def test_what_is_not_sent_is_documented(kind: str) -> None:
    assert f"`response.{kind}`" in PAGE.read_text()
