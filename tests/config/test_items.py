from __future__ import annotations

from typing import Any

import msgspec
import pytest

from openai_mock_api.config.items import PLACES, completed, fault_in, is_place

MCP = {"server_label": "s", "name": "t"}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_stands_for_what_the_turn_says(place: str) -> None:
    assert is_place({"type": place})
    assert completed({"type": place}) == {"type": place}
    assert fault_in({"type": place}) is None


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", "`type` is missing; expected one of: reasoning, message, function_call, web_search_call"),
    ({"type": "web_serch_call"}, "type", "'web_serch_call' is not a kind of item; did you mean 'web_search_call'?"),
    ({"type": 3}, "type", "'3' is not a kind of item; expected one of: reasoning, message"),
    ({"type": ["a"]}, "type", "is not a kind of item"),
    ({"type": "message", "content": "x"}, "", "message is the place of the turn's own, and has no other keys"),
    ({"type": "function_call", "name": "f"}, "", "give the turn `content` or `tool_calls`"),
    ({"type": "web_search_call"}, "", "`action` is missing"),
    (
        {"type": "web_search_call", "action": {"type": "search", "qury": "q"}},
        "action.qury",
        "unknown key; did you mean 'query'?",
    ),
    ({"type": "file_search_call", "queries": ["a", 1]}, "queries.1", "expected text, got an integer"),
    ({"type": "reasoning", "summary": [], "zzz": 1}, "zzz", "unknown key"),
    (
        {"type": "shell_call", "action": {"commands": [], "timeout_ms": "5"}},
        "action.timeout_ms",
        "expected an integer or null",
    ),
    (
        {"type": "local_shell_call", "action": {"type": "exec", "command": [], "env": {"A": 1}}},
        "action.env",
        "expected text, got an integer",
    ),
    ({"type": "reasoning", "summary": [{"type": "x"}]}, "summary.0.type", "invalid value 'x'"),
    ({"type": "mcp_call", **MCP, "status": "done"}, "status", "invalid enum value 'done'"),
]


@pytest.mark.parametrize(("item", "place", "what"), FAULTS)
def test_a_fault_is_named_with_its_place(item: dict[str, Any], place: str, what: str) -> None:
    fault = fault_in(item)
    assert fault is not None
    path, said = fault
    assert ".".join(map(str, path)) == place
    assert what in said


def test_what_cannot_be_completed_raises() -> None:
    with pytest.raises(msgspec.ValidationError):
        completed({"type": "web_search_call"})
