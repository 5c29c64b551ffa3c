from __future__ import annotations

from typing import Any, get_args

import pytest
from msgspec.structs import replace
from openai.types.responses import ResponseError

from openai_mock_api.script.replies import PRESETS, Failure, Fault, Reply
from openai_mock_api.surfaces.responses.object import FAILURES
from tests.surfaces.responding import NOW, SURFACE, call_of, clock, whole

HI = Reply(content="Hi there!")


def test_every_field_of_a_response() -> None:
    answer = whole(HI)
    assert len(answer["id"]) == len("resp_") + 48
    assert answer["id"].startswith("resp_")
    assert answer.pop("output")[0]["id"].startswith("msg_")
    del answer["id"]
    assert answer == {
        "object": "response",
        "created_at": NOW,
        "status": "completed",
        "background": False,
        "completed_at": NOW,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": "gpt-4o",
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "prompt_cache_retention": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": 8,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 3,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 11,
        },
        "user": None,
        "metadata": {},
    }


REPEATED: dict[str, Any] = {
    "instructions": "Be brief.",
    "max_output_tokens": 100,
    "max_tool_calls": 3,
    "parallel_tool_calls": False,
    "previous_response_id": "resp_1",
    "prompt": {"id": "pmpt_1", "version": "2", "variables": {"a": "b"}},
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "safety_identifier": "s",
    "store": False,
    "temperature": 0,
    "tool_choice": {"type": "function", "name": "f"},
    "top_logprobs": 2,
    "top_p": 0.5,
    "truncation": "auto",
    "user": "u",
    "metadata": {"a": "b"},
    "conversation": {"id": "conv_1"},
}


@pytest.mark.parametrize("name", REPEATED)
def test_what_the_request_says_is_repeated(name: str) -> None:
    assert whole(HI, **{name: REPEATED[name]})[name] == REPEATED[name]


CHANGED: list[tuple[dict[str, Any], str, Any]] = [
    ({"conversation": "conv_1"}, "conversation", {"id": "conv_1"}),
    ({"service_tier": "auto"}, "service_tier", "default"),
    ({"service_tier": "flex"}, "service_tier", "flex"),
    ({"service_tier": "fast"}, "service_tier", "priority"),
    ({"service_tier": {}}, "service_tier", {}),
    ({"model": "o3"}, "reasoning", {"effort": "medium", "summary": None}),
    ({"model": "gpt-5-mini"}, "reasoning", {"effort": "medium", "summary": None}),
    ({"model": "gpt-5-chat-latest"}, "reasoning", {"effort": None, "summary": None}),
    ({"model": "gpt-5.2"}, "reasoning", {"effort": "none", "summary": None}),
    ({"model": "o3", "reasoning": {"effort": "low"}}, "reasoning", {"effort": "low", "summary": None}),
    ({"reasoning": {"summary": "auto"}}, "reasoning", {"effort": None, "summary": "detailed"}),
    ({"reasoning": {"generate_summary": "concise"}}, "reasoning", {"effort": None, "summary": "concise"}),
    ({"text": {"verbosity": "low"}}, "text", {"format": {"type": "text"}, "verbosity": "low"}),
    (
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {}}}},
        "text",
        {
            "format": {"type": "json_schema", "description": None, "strict": True, "name": "n", "schema": {}},
            "verbosity": "medium",
        },
    ),
    ({"text": "loud"}, "text", {"format": {"type": "text"}, "verbosity": "medium"}),
    (
        {"tools": [{"type": "function", "name": "f", "parameters": {}}]},
        "tools",
        [{"type": "function", "description": None, "name": "f", "parameters": {}, "strict": True}],
    ),
    (
        {"tools": [{"type": "mcp", "server_label": "s", "headers": {"x": "secret"}, "authorization": "secret"}]},
        "tools",
        [
            {
                "type": "mcp",
                "server_label": "s",
                "allowed_tools": None,
                "headers": None,
                "require_approval": "always",
                "server_description": None,
            }
        ],
    ),
    ({"tools": [{"type": "new"}, 7]}, "tools", [{"type": "new"}, 7]),
    ({"metadata": None, "store": None, "tools": None}, "metadata", {}),
]


@pytest.mark.parametrize(("parameters", "name", "value"), CHANGED)
def test_what_the_api_adds_to_what_the_request_says(parameters: dict[str, Any], name: str, value: Any) -> None:
    assert whole(HI, **parameters)[name] == value


def test_what_is_given_only_when_it_is_asked_for() -> None:
    assert {"conversation", "prompt"}.isdisjoint(whole(HI))


ENDS = [
    (Reply(content="one two three"), {"max_output_tokens": 2}, "max_output_tokens"),
    (Reply(content="one", finish_reason="length"), {}, "max_output_tokens"),
    (Reply(content="one", finish_reason="content_filter"), {}, "content_filter"),
]


@pytest.mark.parametrize(("reply", "parameters", "reason"), ENDS)
def test_what_was_cut_is_incomplete(reply: Reply, parameters: dict[str, Any], reason: str) -> None:
    answer = whole(reply, **parameters)
    assert answer["status"] == "incomplete"
    assert answer["incomplete_details"] == {"reason": reason}
    assert answer["completed_at"] is None
    assert answer["output"][0]["status"] == "incomplete"


def test_the_reply_can_say_what_was_used() -> None:
    figures = {"prompt_tokens": 7, "completion_tokens": 5, "cached_tokens": 3, "reasoning_tokens": 2}
    assert whole(Reply(content="Hi", usage=figures))["usage"] == {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 12,
    }


def test_what_is_thought_is_counted() -> None:
    usage = whole(Reply(content="Hi", reasoning="one two three"))["usage"]
    assert usage["output_tokens_details"] == {"reasoning_tokens": 3}
    assert usage["output_tokens"] == 4


def test_tokens_of_the_prompt_that_were_cached_are_told() -> None:
    call = call_of()
    call.cached_tokens = 5
    answer = SURFACE.render(call, HI).response(clock())
    assert b'"cached_tokens":5' in answer.body


def test_the_reply_can_name_another_model() -> None:
    assert whole(Reply(content="Hi", model="gpt-4o-2024-08-06"))["model"] == "gpt-4o-2024-08-06"


# -- what fails


def test_a_response_fails_with_the_codes_of_the_sdk() -> None:
    assert set(get_args(ResponseError.model_fields["code"].annotation)) == FAILURES


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (PRESETS["rate_limit"], "rate_limit_exceeded"),
        (PRESETS["insufficient_quota"], "server_error"),
        (Failure(code="invalid_image"), "invalid_image"),
    ],
)
def test_a_response_that_has_failed(failure: Failure, code: str) -> None:
    answer = whole(replace(HI, failure=failure, fault=Fault("failed"), rendered={}))
    assert (answer["status"], answer["usage"], answer["completed_at"]) == ("failed", None, None)
    assert answer["error"] == {"code": code, "message": failure.message}
    assert answer["output"] == whole(HI)["output"]
    cut = whole(replace(HI, failure=failure, fault=Fault("failed", 1), rendered={}))
    assert cut["output"] == []
