"""What OpenAI's own SDK makes of answers: in strict validation, and put together from their chunks."""

from __future__ import annotations

import base64
import io
import wave
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState

from openai_mock_api.http import Request
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import Citation, Reply
from tests.serving import Served, flow, serving
from tests.surfaces.rendering import CLOCK, SURFACE

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES: Any = [{"role": "user", "content": "Hi"}]
AUDIO: Any = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
FUNCTIONS: Any = [{"name": "f", "parameters": {}}]


def client_of(reply: Reply) -> openai.OpenAI:
    """A strict client to whom everything is answered with one reply."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        call = SURFACE.parse(Request("POST", "/", [], request.read()))
        response = SURFACE.render(call, reply).response(CLOCK)
        body = response.body if response.stream is None else response.stream.whole()
        return httpx2.Response(response.status, headers=response.headers(), content=body)

    return openai.OpenAI(
        api_key="any",
        base_url="http://mock/v1",
        http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
        _strict_response_validation=True,
    )


def known(value: Any, where: str = "answer") -> None:
    """No field is there that the SDK's models do not know."""
    if isinstance(value, openai.BaseModel):
        assert not value.model_extra, f"{where}: {value.model_extra}"
        for name in type(value).model_fields:
            known(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            known(item, f"{where}[{place}]")


def both_ways(reply: Reply, **parameters: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask for an answer, and for a stream that the SDK puts together."""
    asked = {"model": "gpt-4o", "messages": MESSAGES, **parameters}
    with client_of(reply) as client:
        whole = client.chat.completions.create(**asked)
        known(whole)
        state = ChatCompletionStreamState()
        for chunk in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
            known(chunk)
            state.handle_chunk(chunk)
            if chunk.usage:
                assert chunk.usage == whole.usage
    return comparable(whole), comparable(state.current_completion_snapshot)


def comparable(completion: Any) -> dict[str, Any]:
    """Blot out what differs between answers, and what only one of the forms says."""
    data: dict[str, Any] = completion.to_dict()
    for choice in data["choices"]:
        message = choice["message"]
        for call in message.get("tool_calls") or ():
            call.pop("index", None)
            call["function"].pop("parsed_arguments", None)
        for field in (
            "parsed",
            "annotations",
            *(name for name, value in message.items() if value is None or (name, value) == ("refusal", "")),
        ):
            message.pop(field, None)
        if message.get("audio"):
            message["audio"] |= {"id": "", "expires_at": 0}
    return {"choices": data["choices"]}


texts = st.text("ab .\n日👩‍👩‍👧‍👦é\u0301%", max_size=20) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=10
)
calls = st.lists(st.builds(ToolCall, st.just("call"), st.just("f"), texts), min_size=1, max_size=3).map(tuple)
said = st.one_of(
    st.builds(Reply, content=texts),
    st.builds(Reply, refusal=texts),
    st.builds(Reply, tool_calls=calls),
    st.builds(Reply, content=texts, tool_calls=calls, reasoning=texts),
)
pacings = st.builds(Pacing, chunk=st.sampled_from(["token", "word", "message"]))
replies = st.one_of(
    said,
    st.builds(Reply, choices=st.lists(said, min_size=1, max_size=3).map(tuple), pacing=pacings),
)
asked = st.fixed_dictionaries(
    {"n": st.integers(1, 4)},
    optional={
        "max_tokens": st.integers(1, 8),
        "stop": st.sampled_from(["a", " ", "日"]),
        "logprobs": st.just(True),
        "seed": st.just(1),
    },
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(replies, asked)
def test_a_stream_ends_in_the_plain_answer(reply: Reply, parameters: dict[str, Any]) -> None:
    whole, streamed = both_ways(reply, **parameters)
    assert streamed == whole


def test_a_stream_with_alternatives_ends_in_the_plain_answer() -> None:
    whole, streamed = both_ways(Reply(content="one 👩 two"), logprobs=True, top_logprobs=5, n=2)
    assert streamed == whole


def test_the_older_form_of_calls() -> None:
    whole, streamed = both_ways(Reply(tool_calls=(ToolCall("x", "f", '{"a": 1}'),)), functions=FUNCTIONS)
    assert streamed == whole
    assert whole["choices"][0]["message"]["function_call"] == {"name": "f", "arguments": '{"a": 1}'}


def test_a_spoken_answer() -> None:
    whole, streamed = both_ways(Reply(content="Hi there"), **AUDIO)
    assert (whole["choices"][0].pop("finish_reason"), streamed["choices"][0].pop("finish_reason")) == ("stop", None)
    assert streamed["choices"][0].pop("logprobs", None) is whole["choices"][0].pop("logprobs") is None
    assert streamed == whole


def test_sources() -> None:
    reply = Reply(content="Hi there", annotations=(Citation("u", "t", text="there"),))
    with client_of(reply) as client:
        whole = client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
        known(whole)
        with client.chat.completions.stream(model="gpt-4o", messages=MESSAGES) as stream:
            final = stream.get_final_completion()
    assert whole.choices[0].message.annotations is not None
    assert final.choices[0].message.annotations == whole.choices[0].message.annotations


def test_custom_tools() -> None:
    with client_of(Reply(tool_calls=(ToolCall("x", "shell", "ls", "custom"),))) as client:
        whole = client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    known(whole)
    calls = whole.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "custom"
    assert (calls[0].custom.name, calls[0].custom.input) == ("shell", "ls")


# -- over a socket


CONFIG: dict[str, Any] = {
    "responses": [
        flow("choices", choices=[{"content": "one"}, {"refusal": "no"}], model="gpt-x"),
        flow("logprobs", content="Hi there", logprobs=[-0.5]),
        flow("custom", tool_calls=[{"id": "call_1", "custom": {"name": "shell", "input": "ls"}}]),
        flow("sources", content="It is so.", annotations=[{"url": "https://a.example", "text": "so"}]),
        flow("sound", audio={"transcript": "Hi there"}),
        flow("own sound", audio={"transcript": "Hi there", "data": "AAAA"}),
        flow("thought", content="Hi", reasoning="one two three"),
    ]
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(CONFIG) as server:
        yield server


def ask(served: Served, text: str, **parameters: Any) -> Any:
    with served.client() as client:
        messages: Any = [{"role": "user", "content": text}]
        answer = client.chat.completions.create(**{"model": "gpt-4o", "messages": messages, **parameters})
    known(answer)
    return answer


def test_what_a_turn_says_arrives(served: Served) -> None:
    answer = ask(served, "choices", n=2)
    assert answer.model == "gpt-x"
    assert [(c.message.content, c.message.refusal) for c in answer.choices] == [("one", None), (None, "no")]
    first, second = ask(served, "logprobs", logprobs=True, top_logprobs=2).choices[0].logprobs.content
    assert (first.logprob, second.token, len(second.top_logprobs)) == (-0.5, " there", 2)
    (call,) = ask(served, "custom").choices[0].message.tool_calls
    assert call.custom.input == "ls"
    (source,) = ask(served, "sources").choices[0].message.annotations
    assert (source.url_citation.start_index, source.url_citation.end_index) == (6, 8)
    assert source.url_citation.title == "https://a.example"
    assert ask(served, "thought").usage.completion_tokens_details.reasoning_tokens == 3


def test_a_sound_arrives(served: Served) -> None:
    audio: Any = {"voice": "alloy", "format": "wav"}
    message = ask(served, "sound", modalities=["text", "audio"], audio=audio).choices[0].message
    assert (message.content, message.audio.transcript) == (None, "Hi there")
    with wave.open(io.BytesIO(base64.b64decode(message.audio.data))) as file:
        assert file.getnframes() == 24_000 * len("Hi there") / 15
    assert ask(served, "own sound", modalities=["text", "audio"], audio=audio).choices[0].message.audio.data == "AAAA"
    assert ask(served, "sound").choices[0].message.content == "Hi there"


def test_two_sounds_have_two_ids(served: Served) -> None:
    audio: Any = {"voice": "alloy", "format": "mp3"}
    found = [ask(served, "sound", modalities=["text", "audio"], audio=audio) for _ in range(2)]
    assert len({answer.choices[0].message.audio.id for answer in found}) == 2
