from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from openai.types import ModerationCreateResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response

from tests.serving import KEY, Served, chat, flow, post, serving
from tests.strictness import faults, remove

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
MODERATION: Any = {"model": "omni-moderation-latest"}
CONFIG: dict[str, Any] = {
    "moderations": [
        {"content": "I will hurt you", "matcher": "contains", "categories": ["violence"]},
        {"content": "%d of them", "categories": {"hate": 0.7}},
    ],
    "responses": [
        flow("I will hurt you", content="No."),
        flow("Hi", choices=[{"content": "Hello"}, {"content": "%d of them"}]),
        flow("Refuse", refusal="%d of them"),
    ],
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


def asked(served: Served, body: dict[str, Any], target: str = "/v1/chat/completions") -> Any:
    with served.wire() as wire:
        return wire.ask(post(body, target=target))


def flagged(result: Any) -> list[str]:
    assert result["flagged"] == any(result["categories"].values())
    return [name for name, found in result["categories"].items() if found]


def test_request_and_answers_are_judged(served: Served) -> None:
    answer = asked(served, chat("Hi", moderation=MODERATION, n=2)).json
    assert faults(ChatCompletion, answer) == []
    found = answer["moderation"]
    assert [found[side]["type"] for side in ("input", "output")] == ["moderation_results"] * 2
    assert [flagged(result) for result in found["input"]["results"]] == [[]]
    assert [flagged(result) for result in found["output"]["results"]] == [[], ["hate"]]
    assert found["output"]["results"][1]["category_scores"]["hate"] == 0.7
    assert {result["model"] for side in found.values() for result in (side, *side["results"])} == set(
        MODERATION.values()
    )


def test_every_message_of_a_request_counts(served: Served) -> None:
    messages = [
        {"role": "system", "content": "%d of them"},
        {"role": "user", "content": [{"type": "text", "text": "I will hurt you"}, IMAGE]},
    ]
    body = {"model": "gpt-4o", "messages": messages, "moderation": MODERATION}
    (result,) = asked(served, body).json["moderation"]["input"]["results"]
    assert flagged(result) == ["hate", "violence"]
    assert result["category_applied_input_types"]["violence"] == ["text", "image"]


def test_it_is_what_the_endpoint_finds(served: Served) -> None:
    answer = asked(served, chat("Hi", moderation=MODERATION)).json
    alone = asked(served, {"input": ["Hi", "Hello"]}, "/v1/moderations").json
    assert faults(ModerationCreateResponse, alone) == []
    named = {"type": "moderation_result", "model": "omni-moderation-latest"}
    assert [answer["moderation"][side]["results"][0] for side in ("input", "output")] == [
        {**named, **result} for result in alone["results"]
    ]


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream_has_a_chunk_for_it_behind_the_choices(served: Served, usage: bool) -> None:
    options = {"stream": True, "stream_options": {"include_usage": usage}}
    *chunks, end = asked(served, chat("Hi", moderation=MODERATION, n=2, **options)).events
    assert end == "[DONE]"
    assert [fault for chunk in chunks for fault in faults(ChatCompletionChunk, chunk)] == []
    (found,) = [chunk for chunk in chunks if "moderation" in chunk]
    assert found["choices"] == []
    assert chunks.index(found) == len(chunks) - 1 - usage
    assert found["moderation"] == asked(served, chat("Hi", moderation=MODERATION, n=2)).json["moderation"]


def test_a_paced_stream_has_it_at_once() -> None:
    paced = flow("Hi", content="one two", pacing={"inter_token": 0.001})
    with serving({"responses": [paced]}) as served:
        *chunks, _ = asked(served, chat("Hi", moderation=MODERATION, stream=True)).events
        assert "moderation" in chunks[-1]


def test_responses_have_one_result_each(served: Served) -> None:
    response = asked(served, {"model": "gpt-4o", "input": "Refuse", "moderation": MODERATION}, "/v1/responses").json
    assert remove(response, "store")
    assert faults(Response, response) == []
    assert [flagged(response["moderation"][side]) for side in ("input", "output")] == [[], ["hate"]]


def test_a_streamed_response_has_them_when_it_is_completed(served: Served) -> None:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key=KEY, max_retries=0) as client:
        events = list(client.responses.create(model="gpt-4o", input="Refuse", moderation=MODERATION, stream=True))
    found = [(event.type, event.response.moderation) for event in events if hasattr(event, "response")]
    assert [type_ for type_, moderation in found if moderation is not None] == ["response.completed"]


@pytest.mark.parametrize("error", [{"status": 500}, {"status": 400}])
def test_an_error_has_none(error: dict[str, Any]) -> None:
    with serving({"responses": [flow("Hi", error=error)]}) as served:
        assert asked(served, chat("Hi", moderation=MODERATION)).json.keys() == {"error"}
        body = {"model": "gpt-4o", "input": "Hi", "moderation": MODERATION}
        assert asked(served, body, "/v1/responses").json.keys() == {"error"}


@pytest.mark.parametrize("asking", [{}, {"moderation": None}])
def test_nobody_else_is_told(served: Served, asking: dict[str, Any]) -> None:
    assert "moderation" not in asked(served, chat("Hi", **asking)).json
    assert "moderation" not in asked(served, {"model": "gpt-4o", "input": "Hi", **asking}, "/v1/responses").json


def test_what_is_no_request_for_it_is_refused_or_passed_over(served: Served) -> None:
    body = chat("Hi", moderation={"policy": {}})
    assert asked(served, body).json["error"]["message"] == "Missing required parameter: 'moderation.model'."
    with served.wire() as wire:
        answer = wire.ask(post(body, "x-mock-validation: off"))
    assert "moderation" not in answer.json


def test_the_sdk_reads_it(served: Served) -> None:
    with openai.OpenAI(
        base_url=f"{served.url}/v1", api_key=KEY, max_retries=0, _strict_response_validation=True
    ) as client:
        messages: Any = [{"role": "user", "content": "I will hurt you"}]
        completion = client.chat.completions.create(model="gpt-4o", messages=messages, moderation=MODERATION)
        response = client.responses.create(model="gpt-4o", input="I will hurt you", moderation=MODERATION)
    assert completion.moderation is not None
    assert completion.moderation.input.type == "moderation_results"
    assert completion.moderation.input.results[0].categories["violence"]
    assert response.moderation is not None
    assert response.moderation.input.type == "moderation_result"
    assert response.moderation.input.flagged
