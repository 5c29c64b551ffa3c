"""Responses over a socket, and conversations that go through both families of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.http import Request
from tests.script_of_tests import EMOJI, TIME, WEATHER
from tests.serving import KEY, Served, app_of, flow, post, serving

if TYPE_CHECKING:
    from openai_mock_api.server.app import App

TARGET = "/v1/responses"


def test_a_text(served: Served) -> None:
    response = served.client().responses.create(model="gpt-4o", input="Hello")
    assert response.output_text == "Hi there! How are you today?"
    assert response.status == "completed"
    assert served.last.matched == "Hello"
    assert served.last.text == response.output_text


def test_a_stream(served: Served) -> None:
    with served.client().responses.stream(model="gpt-4o", input="emoji") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        assert stream.get_final_response().output_text == "".join(deltas) == EMOJI
    assert served.last.text == EMOJI


async def test_the_async_client(served: Served) -> None:
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{served.url}/v1")
    async with client, client.responses.stream(model="gpt-4o", input="Hello") as stream:
        assert (await stream.get_final_response()).output_text == "Hi there! How are you today?"


def test_a_paced_stream_arrives_whole(served: Served) -> None:
    events = list(served.client().responses.create(model="gpt-4o", input="paced", stream=True))
    assert events[-1].type == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert served.last.chunks_sent == len(events)


def test_the_frames_of_a_stream(served: Served) -> None:
    with served.wire() as wire:
        answer = wire.ask(post({"model": "gpt-4o", "input": "Hello", "stream": True}, target=TARGET))
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    first, *_, last, end = answer.body.decode().split("\n\n")
    assert first.startswith('event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":')
    assert last.startswith("event: response.completed\ndata: ")
    assert end == ""


def test_the_same_bytes_get_new_ids(served: Served) -> None:
    request = post({"model": "gpt-4o", "input": "Hello"}, target=TARGET)
    with served.wire() as wire:
        answers = [wire.ask(request).json for _ in range(3)]
    assert len({answer["id"] for answer in answers}) == 3
    assert len({json.dumps(answer["usage"]) for answer in answers}) == 1


def test_an_error_is_that_of_the_api(served: Served) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        served.client().responses.create(model="gpt-4o", input="limit", stream=True)
    assert caught.value.code == "rate_limit_exceeded"


def test_a_miss_is_explained(served: Served) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        served.client().responses.create(model="gpt-4o", input="Helo")
    assert caught.value.code == "no_match"
    assert "expected: 'Hello'" in str(caught.value)


def test_items_of_built_in_tools() -> None:
    search = {"type": "web_search_call", "action": {"type": "search", "query": "weather"}}
    with serving({"api_key": KEY, "responses": [flow("Hi", content="Sunny.", items=[search])]}) as served:
        response = served.client().responses.create(model="gpt-4o", input="Hi", tools=[{"type": "web_search"}])
        assert [item.type for item in response.output] == ["web_search_call", "message"]
        assert (
            served.client()
            .chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
            .choices[0]
            .message.content
            == "Sunny."
        )


# -- one script, both families


def _ask(app: App, path: str, body: dict[str, Any]) -> Any:
    request = Request("POST", path, [(b"authorization", f"Bearer {KEY}".encode())], json.dumps(body).encode())
    response = app.handle(request)
    assert response.status == 200, response.body
    return json.loads(response.body)


def through_chat(app: App, steps: list[Any]) -> list[Any]:
    """Play a conversation through Chat Completions, and return what the assistant says."""
    messages: list[Any] = []
    heard = []
    for step in steps:
        if step["role"] != "assistant":
            messages.append({key: step[key] for key in ("role", "content", "tool_call_id") if key in step})
            continue
        [choice] = _ask(app, "/v1/chat/completions", {"model": "gpt-4o", "messages": messages})["choices"]
        said = choice["message"]
        calls = [(call["id"], call["function"]["arguments"]) for call in said.get("tool_calls", ())]
        heard.append((said["content"], said["refusal"], calls))
        messages.append({key: said[key] for key in ("role", "content", "refusal", "tool_calls") if key in said})
    return heard


def through_responses(app: App, steps: list[Any]) -> list[Any]:
    """Play it through Responses."""
    items: list[Any] = []
    heard = []
    for step in steps:
        if step["role"] == "tool":
            items.append({"type": "function_call_output", "call_id": step["tool_call_id"], "output": step["content"]})
        elif step["role"] == "user":
            items.append({"role": "user", "content": step["content"]})
        else:
            output = _ask(app, TARGET, {"model": "gpt-4o", "input": items, "store": False})["output"]
            parts = [part for item in output if item["type"] == "message" for part in item["content"]]
            calls = [(item["call_id"], item["arguments"]) for item in output if item["type"] == "function_call"]
            texts = [[part[key] for part in parts if key in part] for key in ("text", "refusal")]
            heard.append((*("".join(said) if said else None for said in texts), calls))
            items += [item for item in output if item["type"] != "reasoning"]
    return heard


WORDS = st.text("abc äß", min_size=1, max_size=9).filter(str.strip)


@st.composite
def conversations(draw: st.DrawFn) -> list[Any]:
    steps: list[Any] = []
    for turn in range(draw(st.integers(1, 4))):
        steps.append({"role": "user", "content": draw(WORDS)})
        if draw(st.booleans()):
            calls = [
                {**call, "id": f"{call['id']}_{turn}"} for call in draw(st.sampled_from([[WEATHER], [WEATHER, TIME]]))
            ]
            text = {"content": draw(WORDS)} if draw(st.booleans()) else {}
            steps.append({"role": "assistant", "tool_calls": calls, **text})
            steps += [{"role": "tool", "tool_call_id": call["id"], "content": draw(WORDS)} for call in calls]
        said = draw(st.sampled_from(["content", "refusal"]))
        thought = {"reasoning": draw(WORDS)} if draw(st.booleans()) else {}
        steps.append({"role": "assistant", said: draw(WORDS), **thought})
    return steps


@settings(max_examples=60, deadline=None)
@given(conversations())
def test_one_script_gives_the_same_conversation_through_both_families(steps: list[Any]) -> None:
    app = app_of({"api_key": KEY, "responses": [{"id": "all", "messages": steps}]})
    assert through_chat(app, steps) == through_responses(app, steps)
