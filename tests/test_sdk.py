"""OpenAI's SDK, which must not be able to tell, through every adapter and in strict validation."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pydantic
import pytest

from tests.script_of_tests import EMOJI
from tests.serving import KEY, Served, chat, eventually

FLOWS = ["Hello", "emoji", "empty", "refuse", "both", "usage", "words", "message", "paced", "weather"]


def test_an_answer(served: Served) -> None:
    answer = served.client().chat.completions.create(**chat("Hello"))
    (choice,) = answer.choices
    assert answer.id.startswith("chatcmpl-")
    assert answer.object == "chat.completion"
    assert choice.message.content == "Hi there! How are you today?"
    assert (choice.message.refusal, choice.message.annotations, choice.logprobs) == (None, [], None)
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens_details is not None
    assert answer.usage.prompt_tokens_details is not None


@pytest.mark.parametrize("text", FLOWS)
def test_a_stream_that_the_sdk_puts_together_is_the_plain_answer(served: Served, text: str) -> None:
    client = served.client()
    plain = client.chat.completions.create(**chat(text))
    with client.chat.completions.stream(**chat(text), stream_options={"include_usage": True}) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert "".join(deltas) == (plain.choices[0].message.content or "")
    expected, got = plain.choices[0].to_dict(), final.choices[0].to_dict()
    assert _said(got) == _said(expected)
    assert final.usage == plain.usage
    assert (final.model, final.system_fingerprint) == (plain.model, plain.system_fingerprint)


def _said(choice: dict[str, Any]) -> Any:
    """What a choice says; where a stream has said nothing, the SDK has an empty text or nothing."""
    message = choice["message"]
    calls = [
        (c["id"], c["type"], c["function"]["name"], c["function"]["arguments"]) for c in message.get("tool_calls") or ()
    ]
    return message["role"], message.get("content") or "", message.get("refusal") or "", calls, choice["finish_reason"]


def test_a_tool_loop(served: Served) -> None:
    client = served.client()
    messages: list[Any] = [{"role": "user", "content": "What is the weather?"}]
    while True:
        message = client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message
        messages.append(message)
        if not message.tool_calls:
            break
        messages += [{"role": "tool", "tool_call_id": call.id, "content": "{}"} for call in message.tool_calls]
    assert message.content == "It is sunny in Paris."
    assert [exchange.turn for exchange in served.app.journal] == [1, 4]


def test_structured_outputs(fast: Served) -> None:
    class Answer(pydantic.BaseModel):
        text: str

    with pytest.raises(openai.BadRequestError, match="No matching response"):
        fast.client().chat.completions.parse(
            model="gpt-4o", messages=[{"role": "user", "content": "x"}], response_format=Answer
        )


async def test_the_async_client(served: Served) -> None:
    async with openai.AsyncOpenAI(
        base_url=f"{served.url}/v1", api_key=KEY, max_retries=0, _strict_response_validation=True
    ) as client:
        answers = await asyncio.gather(*(client.chat.completions.create(**chat("emoji")) for _ in range(20)))
        assert {answer.choices[0].message.content for answer in answers} == {EMOJI}
        assert len({answer.id for answer in answers}) == 20
        async with client.chat.completions.stream(**chat("emoji")) as stream:
            assert (await stream.get_final_completion()).choices[0].message.content == EMOJI


def test_closing_a_stream_early_is_seen(served: Served) -> None:
    client = served.client()
    with client.chat.completions.create(**chat("endless"), stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    eventually(lambda: served.last.hung_up)
    assert served.last.chunks_sent == 2


@pytest.mark.parametrize(
    ("parameters", "error", "param"),
    [
        ({"temperature": 3}, openai.BadRequestError, "temperature"),
        ({"messages": []}, openai.BadRequestError, "messages"),
        ({"extra_body": {"temprature": 1}}, openai.BadRequestError, None),
    ],
)
def test_refusals(
    served: Served, parameters: dict[str, Any], error: type[openai.APIStatusError], param: str | None
) -> None:
    with pytest.raises(error) as caught:
        served.client().chat.completions.create(**{**chat("Hello"), **parameters})
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"
    assert caught.value.request_id == served.last.id


def test_raw_responses(served: Served) -> None:
    raw = served.client().chat.completions.with_raw_response.create(**chat("named"))
    assert raw.headers["x-tenant"] == "acme"
    assert json.loads(raw.text)["model"] == raw.parse().model
