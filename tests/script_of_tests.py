"""The conversations that the tests' servers know."""

from __future__ import annotations

from typing import Any

from tests.serving import flow

EMOJI = "Grüße 👩‍👩‍👧‍👦 é שלום\x01\t\n end"

WEATHER = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}
TIME = {"id": "call_2", "type": "function", "function": {"name": "get_time", "arguments": '{"zone":"CET"}'}}

LOOP = {
    "id": "loop",
    "messages": [
        {"role": "user", "content": "weather", "matcher": "contains"},
        {"role": "assistant", "tool_calls": [WEATHER, TIME]},
        {"role": "tool", "tool_call_id": "call_1", "matcher": "any"},
        {"role": "tool", "tool_call_id": "call_2", "matcher": "any"},
        {"role": "assistant", "content": "It is sunny in Paris."},
    ],
}

CONFIG: dict[str, Any] = {
    "models": ["gpt-4o", "ft:gpt-4o/mine"],
    "organization": "test-org",
    "max_body_bytes": 3_000_000,
    "responses": [
        flow("Hello", content="Hi there! How are you today?"),
        flow("emoji", content=EMOJI),
        flow("empty", content=""),
        flow("refuse", refusal="I cannot do that."),
        flow("both", content="Let me look.", tool_calls=[WEATHER]),
        flow("broken", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": '{"a":'}, "broken": True}]),
        flow("usage", content="Hi", usage={"prompt_tokens": 7, "completion_tokens": 5, "cached_tokens": 3}),
        flow("named", id="höflich 👋", content="Hi", headers={"X-Tenant": "acme", "x-request-id": "mine"}),
        flow("other", content="Hi", model="gpt-x", system_fingerprint="fp_x", finish_reason="content_filter"),
        flow("words", content="one two  three", pacing={"chunk": "word"}),
        flow("message", content="one two  three", pacing={"chunk": "message"}),
        flow("limit", error="rate_limit"),
        flow("quota", error="insufficient_quota"),
        flow("teapot", error={"status": 418, "message": "short", "code": "c", "param": "p", "headers": {"X-Pot": "1"}}),
        flow("unusual", error={"status": 529}),
        flow("later", content="Hi", delay=0.02),
        flow("late error", error="server_error", delay=0.02),
        flow("paced", content="one two three four", pacing={"ttft": 0.01, "inter_token": 0.005}),
        flow("endless", content="one two three four five six", pacing={"inter_token": 3600}),
        flow("never", content="Hi", delay=3600),
        flow("big", content="0123456789 " * 300_000),
        LOOP,
    ],
}
