import pytest

from openai_mock_api.authoring.asking import ask, conversation, messages_from
from openai_mock_api.errors import ApiError

HELLO = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}


def test_a_body_becomes_a_call() -> None:
    asked = ask({**HELLO, "stream": True}, {"X-Tenant": "acme"})
    assert (asked.call.model, asked.call.stream, asked.call.header("x-tenant")) == ("gpt-4o", True, "acme")
    assert asked.refusal is None


def test_a_prompt_becomes_a_call_for_a_legacy_completion() -> None:
    call = ask({"model": "gpt-3.5-turbo-instruct", "prompt": "Hello"}).call
    assert (call.endpoint, conversation(call)) == ("completions", ["user: Hello"])


def test_an_input_becomes_a_call_for_a_response() -> None:
    asked = ask({"model": "gpt-4o", "instructions": "Be brief", "input": "Hello"})
    assert asked.refusal is None
    assert (asked.call.endpoint, conversation(asked.call)) == ("responses", ["system: Be brief", "user: Hello"])
    assert ask({"model": "gpt-4o", "prompt": {"id": "pmpt_1"}, "input": "Hello"}).call.endpoint == "responses"


def test_what_the_api_refuses_is_understood_and_said() -> None:
    asked = ask({**HELLO, "temperature": 9})
    assert asked.refusal is not None
    assert asked.refusal.param == "temperature"
    assert conversation(asked.call) == ["user: Hello"]


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(ApiError):
        ask({"model": "gpt-4o"})


def test_results_follow_a_message_that_makes_their_calls() -> None:
    said = [("user", "Weather?"), ("tool", "call_1=18 degrees"), ("tool", "call_2=a=b"), ("user", "Thanks")]
    asked = ask({"model": "gpt-4o", "messages": messages_from(said)})
    assert asked.refusal is None
    assert conversation(asked.call) == [
        "user: Weather?",
        "assistant calls tool, tool",
        "tool call_1: 18 degrees",
        "tool call_2: a=b",
        "user: Thanks",
    ]


def test_a_conversation_shows_parts_and_what_is_said_beside_calls() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    calls = [{"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "See"}, image]},
        {"role": "assistant", "content": "Looking", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
    ]
    said = conversation(ask({"model": "gpt-4o", "messages": messages}).call)
    assert said == ["user: See [image]", "assistant calls look: Looking", "tool c: ok"]
