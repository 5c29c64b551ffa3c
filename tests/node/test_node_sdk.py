"""OpenAI's Node SDK against the mock: what sdk.mjs does and prints."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.node.running import printed

pytestmark = pytest.mark.timeout(300)

GREETING: Final = "Hello from the mock. Zażółć gęślą jaźń 🚲"
ADA: Final = {"name": "Ada Lovelace", "born": 1815}
FORECAST: Final = "Paris has 18 degrees, Oslo 7."
ARGUMENTS: Final = {
    "call_paris": '{"city": "Paris", "unit": "celsius"}',
    "call_oslo": '{"city": "Oslo", "unit": "celsius"}',
}
CALLS: Final = [
    {"id": id_, "type": "function", "function": {"name": "get_weather", "arguments": arguments}}
    for id_, arguments in ARGUMENTS.items()
]


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What sdk.mjs prints."""
    return printed("sdk.mjs", request, tmp_path_factory)


def test_chat(results: dict[str, Any]) -> None:
    assert results["chat"] == {
        "content": GREETING,
        "finish_reason": "stop",
        "model": "gpt-4o",
        "total": True,
        "flow": "greeting",
        "request_id": "string",
    }


def test_stream(results: dict[str, Any]) -> None:
    streamed = results["stream"]
    assert streamed.pop("completion_tokens") > 10
    assert streamed == {"content": GREETING, "finish_reason": "stop", "ids": 1, "several": True}


def test_stream_that_the_sdk_puts_together(results: dict[str, Any]) -> None:
    assert results["accumulated"] == {"content": GREETING, "pieces": GREETING}


def test_tool_loop(results: dict[str, Any]) -> None:
    assert results["tool_loop"] == {
        "calls": CALLS,
        "finish_reason": "tool_calls",
        "content": FORECAST,
        "tool_calls": None,
    }


def test_streamed_tool_calls_that_the_sdk_puts_together(results: dict[str, Any]) -> None:
    streamed = results["tool_stream"]
    assert streamed["finish_reason"] == "tool_calls"
    assert [(call["id"], call["function"]["arguments"]) for call in streamed["calls"]] == list(ARGUMENTS.items())


def test_streamed_tool_calls_in_fragments(results: dict[str, Any]) -> None:
    expected = [{"id": id_, "name": "get_weather", "arguments": text} for id_, text in ARGUMENTS.items()]
    assert results["tool_fragments"] == expected


@pytest.mark.parametrize("key", ["run_tools", "run_tools_streamed"])
def test_run_tools(results: dict[str, Any], key: str) -> None:
    assert results[key] == {"content": FORECAST, "asked": ["Paris", "Oslo"]}


def test_structured_output_is_parsed(results: dict[str, Any]) -> None:
    assert results["parsed"] == ADA


def test_arguments_are_parsed(results: dict[str, Any]) -> None:
    assert results["parsed_tools"] == [json.loads(text) for text in ARGUMENTS.values()]


def told(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == name]


def test_events_of_structured_output(results: dict[str, Any]) -> None:
    events = results["events_of_text"]
    deltas = told(events, "content.delta")
    assert "".join(event["delta"] for event in deltas) == deltas[-1]["snapshot"]
    assert len(deltas) > 5
    (done,) = told(events, "content.done")
    assert done["parsed"] == ADA


def test_events_of_tool_calls(results: dict[str, Any]) -> None:
    events = results["events_of_tools"]
    for index, text in enumerate(ARGUMENTS.values()):
        deltas = [event for event in told(events, "tool_calls.function.arguments.delta") if event["index"] == index]
        assert "".join(event["arguments_delta"] for event in deltas) == text
    done = told(events, "tool_calls.function.arguments.done")
    assert [event["parsed_arguments"] for event in done] == [json.loads(text) for text in ARGUMENTS.values()]


def test_events_of_a_refusal(results: dict[str, Any]) -> None:
    (done,) = told(results["events_of_refusal"], "refusal.done")
    assert done["refusal"] == "I cannot do that."


def test_events_of_probabilities(results: dict[str, Any]) -> None:
    (done,) = told(results["events_of_logprobs"], "logprobs.content.done")
    assert bytes(byte for token in done["content"] for byte in token["bytes"]).decode() == GREETING


def test_structured_output_that_was_cut_is_an_error(results: dict[str, Any]) -> None:
    assert results["cut"]["kind"] == "LengthFinishReasonError"


def test_models(results: dict[str, Any]) -> None:
    assert results["models"] == {
        "ids": ["gpt-4o", "gpt-4o-mini"],
        "one": {"id": "gpt-4o-mini", "object": "model"},
    }


def test_vectors_that_the_sdk_decodes(results: dict[str, Any]) -> None:
    vectors = results["vectors"]
    assert vectors.pop("cosine") == pytest.approx(0.9, abs=1e-5)
    assert vectors == {"lengths": [1536, 1536], "same": True}


def test_moderations(results: dict[str, Any]) -> None:
    assert results["moderated"] == [{"flagged": True, "violence": True, "hate": False}]


def test_a_bad_key_is_an_authentication_error(results: dict[str, Any]) -> None:
    error = results["bad_key"]
    assert (error["kind"], error["status"], error["code"]) == ("AuthenticationError", 401, "invalid_api_key")


@pytest.mark.parametrize("key", ["miss", "miss_streamed"])
def test_a_miss_is_a_bad_request_that_names_the_nearest_response(results: dict[str, Any], key: str) -> None:
    assert results[key] == {
        "kind": "BadRequestError",
        "status": 400,
        "code": "no_match",
        "type": "invalid_request_error",
        "message": "400 No matching response found for the provided messages",
        "nearest": "greeting",
    }


def test_a_model_that_is_not_listed_is_not_found(results: dict[str, Any]) -> None:
    error = results["no_such_model"]
    assert (error["kind"], error["status"], error["code"]) == ("NotFoundError", 404, "model_not_found")


def test_responses(results: dict[str, Any]) -> None:
    response = results["response"]
    assert response["text"] == response["pieces"] == response["final"] == GREETING
    assert response["types"] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_parsed_responses(results: dict[str, Any]) -> None:
    assert results["parsed_response"] == [ADA, ADA]


def test_tool_loop_of_responses(results: dict[str, Any]) -> None:
    assert results["response_loop"] == {"calls": [list(call) for call in ARGUMENTS.items()], "text": FORECAST}


def test_a_response_in_the_background_is_asked_for_until_it_is_done(results: dict[str, Any]) -> None:
    assert results["response_in_background"] == {"begun": "queued", "ended": "completed", "text": GREETING}


def test_responses_over_a_web_socket(results: dict[str, Any]) -> None:
    assert results["responses_over_socket"] == {"answers": [GREETING, GREETING], "pieces": GREETING * 2}
