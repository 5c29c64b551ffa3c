from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion

from openai_mock_api.clock import Clock
from openai_mock_api.http import Request, Response
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import Reply
from openai_mock_api.surfaces.completions.surface import Completions
from tests.script_of_tests import EMOJI
from tests.serving import Served, flow, post, serving

SURFACE = Completions()
CLOCK = Clock(seed=1)
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"


def response(*replies: Reply, **document: Any) -> Response:
    """Answer one prompt for each reply."""
    prompts = ["Hello"] if len(replies) == 1 else ["Hello"] * len(replies)
    body = json.dumps({"model": "davinci-002", "prompt": prompts, **document}).encode()
    calls = SURFACE.parse(Request("POST", "/v1/completions", [], body))
    return SURFACE.render(calls, replies).response(CLOCK)


def body(*replies: Reply, **document: Any) -> Any:
    return json.loads(response(*replies, **document).body)


def events(*replies: Reply, **document: Any) -> list[Any]:
    stream = response(*replies, stream=True, **document).stream
    assert stream is not None
    lines = stream.whole().decode().split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]


def choices(chunks: list[Any], index: int = 0) -> list[Any]:
    return [choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]


def text_of(chunks: list[Any], index: int = 0) -> str:
    return "".join(choice["text"] for choice in choices(chunks, index))


# -- one body


def test_every_field_of_an_answer() -> None:
    answer = body(Reply(content="Hi 100%"))
    assert answer.pop("id").startswith("cmpl-")
    assert isinstance(answer.pop("created"), int)
    assert answer == {
        "object": "text_completion",
        "model": "davinci-002",
        "system_fingerprint": "fp_44709d6fcb",
        "choices": [{"text": "Hi 100%", "index": 0, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5},
    }


def test_an_answer_ends_after_sixteen_tokens() -> None:
    answer = body(Reply(content=LONG))
    assert answer["choices"][0]["text"] == LONG.removesuffix(" seventeen")
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 16


@pytest.mark.parametrize(
    ("limits", "text", "reason"),
    [
        ({"max_tokens": 100}, LONG, "stop"),
        ({"max_tokens": 2}, "one two", "length"),
        ({"max_tokens": 0}, "", "length"),
        ({"stop": [" three", "four"]}, "one two", "stop"),
    ],
)
def test_limits(limits: dict[str, Any], text: str, reason: str) -> None:
    [choice] = body(Reply(content=LONG), **limits)["choices"]
    assert (choice["text"], choice["finish_reason"]) == (text, reason)


def test_a_prompt_is_echoed_and_not_counted() -> None:
    answer = body(Reply(content=" there"), echo=True, stop="Hello", max_tokens=1)
    assert answer["choices"][0]["text"] == "Hello there"
    assert answer["usage"]["completion_tokens"] == 1


def test_the_probabilities_of_an_echo_and_what_follows() -> None:
    [choice] = body(Reply(content=" there"), echo=True, logprobs=2)["choices"]
    assert choice["logprobs"]["tokens"] == ["Hello", " there"]
    assert choice["logprobs"]["text_offset"] == [0, 5]
    assert [len(top) for top in choice["logprobs"]["top_logprobs"]] == [2, 2]


def test_an_empty_answer_has_probabilities_too() -> None:
    [choice] = body(Reply(content=""), logprobs=1)["choices"]
    assert choice["logprobs"] == {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}


def test_a_refusal_is_text() -> None:
    answer = body(Reply(refusal="I cannot.", reasoning="Hm."))
    assert answer["choices"][0]["text"] == "I cannot."
    assert answer["usage"]["completion_tokens"] == 3


@pytest.mark.parametrize(("given", "sent"), [("content_filter", "content_filter"), ("tool_calls", "stop")])
def test_how_an_answer_ends(given: Any, sent: str) -> None:
    assert body(Reply(content="Hi", finish_reason=given))["choices"][0]["finish_reason"] == sent


def test_what_the_script_replaces() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 99}
    answer = body(Reply(content="Hi", model="gpt-x", system_fingerprint="fp_x", usage=usage))
    assert (answer["model"], answer["system_fingerprint"], answer["usage"]) == ("gpt-x", "fp_x", usage)


# -- several choices, several prompts


def test_choices_take_turns() -> None:
    answer = body(Reply(choices=(Reply(content="a"), Reply(content="b c"))), n=3)
    assert [(choice["index"], choice["text"]) for choice in answer["choices"]] == [(0, "a"), (1, "b c"), (2, "a")]
    assert answer["usage"]["completion_tokens"] == 4


def test_what_is_made_and_not_sent_is_counted() -> None:
    answer = body(Reply(content="a"), n=2, best_of=5)
    assert [choice["text"] for choice in answer["choices"]] == ["a", "a"]
    assert answer["usage"] == {"prompt_tokens": 1, "completion_tokens": 5, "total_tokens": 6}


def test_the_choices_of_the_first_prompt_come_first() -> None:
    answer = body(Reply(content="a"), Reply(content="b"), n=2)
    assert [(choice["index"], choice["text"]) for choice in answer["choices"]] == [
        (0, "a"),
        (1, "a"),
        (2, "b"),
        (3, "b"),
    ]
    assert answer["usage"] == {"prompt_tokens": 2, "completion_tokens": 4, "total_tokens": 6}


def test_prompts_are_answered_at_the_same_time() -> None:
    slow = Reply(content="a b c", pacing=Pacing(ttft=1, inter_token=2), delay=3)
    assert response(slow, Reply(content="a", delay=1)).delay == 3 + 1 + 4


# -- streams


def test_every_field_of_a_stream() -> None:
    chunks = events(Reply(content="Hi 5%"))
    assert len({chunk["id"] for chunk in chunks}) == 1
    for chunk in chunks:
        assert chunk.pop("id").startswith("cmpl-")
        chunk.pop("created")
    constant = {"object": "text_completion", "model": "davinci-002", "system_fingerprint": "fp_44709d6fcb"}
    pieces = [("Hi", None), (" ", None), ("5", None), ("%", None), ("", "stop")]
    assert chunks == [
        {**constant, "choices": [{"text": text, "index": 0, "logprobs": None, "finish_reason": reason}]}
        for text, reason in pieces
    ]


def test_the_last_event_has_the_usage_if_asked_for() -> None:
    *chunks, last = events(Reply(content="Hi there"), stream_options={"include_usage": True})
    assert [chunk["usage"] for chunk in chunks] == [None] * 3
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 3)


def test_a_stream_begins_with_the_echo() -> None:
    chunks = choices(events(Reply(content=" there"), echo=True, logprobs=0))
    assert [chunk["text"] for chunk in chunks] == ["Hello", " there", ""]
    assert [chunk["logprobs"]["text_offset"] for chunk in chunks] == [[0], [5], []]


def test_the_choices_of_a_stream_are_side_by_side() -> None:
    chunks = events(Reply(content="a b"), Reply(content="c"), n=2)
    assert [choice["index"] for chunk in chunks for choice in chunk["choices"]] == [0, 1, 2, 3] * 2 + [0, 1]
    assert [text_of(chunks, index) for index in range(4)] == ["a b", "a b", "c", "c"]


def test_every_choice_has_its_own_pace() -> None:
    slow = Reply(content="a b c", pacing=Pacing(ttft=1, inter_token=4), delay=2)
    fast = Reply(content="d e", pacing=Pacing(inter_token=3), delay=1)
    answer = response(slow, fast, stream=True)
    assert answer.stream is not None
    frames = [json.loads(tail.partition(b'"choices":[')[2].partition(b"]}")[0]) for tail in answer.stream.tails]
    assert [frame["text"] for frame in frames] == ["d", "a", " e", "", " b", " c", ""]
    assert answer.delay == 1
    assert answer.stream.delays == (0, 2, 1, 0, 3, 4, 0)


def test_what_never_waits_leaves_at_once() -> None:
    answer = response(Reply(content="a b c", delay=2), stream=True)
    assert answer.stream is not None
    assert (answer.delay, answer.stream.delays) == (2, None)


def test_a_stream_that_was_encoded_is_kept() -> None:
    reply = Reply(content="a b c")
    first, again = response(reply, stream=True), response(reply, stream=True)
    assert first.stream is not None
    assert again.stream is not None
    assert first.stream.tails is again.stream.tails
    other = response(reply, stream=True, stream_options={"include_usage": True})
    assert other.stream is not None
    assert other.stream.tails[:-1] != first.stream.tails


@given(
    st.lists(st.text(), min_size=1, max_size=3),
    st.integers(1, 3),
    st.integers(0, 20),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    st.sampled_from(["token", "word", "message"]),
)
def test_a_stream_says_what_the_body_says(
    texts: list[str], n: int, limit: int, logprobs: int | None, echo: bool, chunk: Any
) -> None:
    replies = [Reply(content=text, pacing=Pacing(chunk=chunk)) for text in texts]
    document = {"n": n, "max_tokens": limit, "logprobs": logprobs, "echo": echo}
    whole = body(*replies, **document)
    chunks = events(*replies, **document)
    for choice in whole["choices"]:
        *said, last = choices(chunks, choice["index"])
        assert "".join(part["text"] for part in said) == choice["text"]
        assert (last["text"], last["finish_reason"]) == ("", choice["finish_reason"])
        if logprobs is not None:
            told = [token for part in said for token in part["logprobs"]["tokens"]]
            assert told == choice["logprobs"]["tokens"]
            assert [at for part in said for at in part["logprobs"]["text_offset"]] == choice["logprobs"]["text_offset"]
    assert whole["usage"]["completion_tokens"] <= limit * n * len(texts)


# -- over a socket


CONFIG = {
    "responses": [
        flow("Hello", content="Hi there!"),
        flow("emoji", content=EMOJI),
        flow("only", content="Hi"),
        {"id": "text", "when": {"endpoint": "completions"}, "messages": [*flow("where", content="a text")["messages"]]},
        {"id": "chat", "when": {"endpoint": "chat"}, "messages": [*flow("where", content="a chat")["messages"]]},
    ]
}


@pytest.fixture(scope="module")
def server() -> Any:
    with serving(CONFIG) as served:
        yield served


def test_the_sdk_reads_an_answer(server: Served) -> None:
    answer = server.client().completions.create(
        model="gpt-3.5-turbo-instruct", prompt=["Hello", "only"], n=2, logprobs=2, echo=True
    )
    assert isinstance(answer, Completion)
    assert [choice.text for choice in answer.choices] == ["HelloHi there!"] * 2 + ["onlyHi"] * 2
    assert answer.choices[0].logprobs is not None
    assert answer.choices[0].logprobs.tokens == ["Hello", "Hi", " there", "!"]


def test_the_sdk_reads_a_stream(server: Served) -> None:
    # The SDK's model knows no choice that has not ended, and the real API sends such choices: hence not strict.
    with openai.OpenAI(api_key="test-key", base_url=f"{server.url}/v1", max_retries=0) as client:
        chunks = list(client.completions.create(model="davinci-002", prompt="emoji", max_tokens=100, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == EMOJI
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_the_async_sdk_reads_a_stream(server: Served) -> None:
    async with openai.AsyncOpenAI(api_key="test-key", base_url=f"{server.url}/v1", max_retries=0) as client:
        stream = await client.completions.create(model="davinci-002", prompt="Hello", stream=True)
        assert "".join([chunk.choices[0].text async for chunk in stream]) == "Hi there!"


def test_conditions_on_the_endpoint(server: Served) -> None:
    client = server.client()
    assert client.completions.create(model="davinci-002", prompt="where").choices[0].text == "a text"
    chat = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "where"}])
    assert chat.choices[0].message.content == "a chat"


def test_the_level_of_validation_may_be_chosen(server: Served) -> None:
    faulty = {"model": "davinci-002", "prompt": "Hello", "best_of": 0}
    with server.wire() as wire:
        assert wire.ask(post(faulty, target="/v1/completions")).status == 400
        assert wire.ask(post(faulty, "x-mock-validation: off", target="/v1/completions")).status == 200
        assert (
            "best_of"
            in wire.ask(post(faulty, "x-mock-validation: warn", target="/v1/completions")).headers["x-mock-warning"]
        )
