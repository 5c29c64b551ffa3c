"""A corpus of answers, each held to the SDK's types: every field known, none missing, none of another type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import openai
import pytest
from openai.pagination import SyncCursorPage, SyncPage
from openai.types import Completion, ErrorObject, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionDeleted, ChatCompletionStoreMessage

from tests.serving import KEY, Answer, Served, chat, flow, head, post, serving
from tests.strictness import faults, remove

if TYPE_CHECKING:
    from collections.abc import Iterator


#: What the real API sends in streams and the SDK's types do not take: no case may name other paths, and each must be
#: explained on the page on compatibility.
SOURCES = "choices[].delta.annotations"
CUSTOM = ("choices[].delta.tool_calls[].custom", "choices[].delta.tool_calls[].type")
UNFINISHED = "choices[].finish_reason"
EXPLAINED = {
    SOURCES: "`delta.annotations`",
    CUSTOM[0]: "`delta.tool_calls[].custom`",
    CUSTOM[1]: "`custom` as their type",
    UNFINISHED: "`finish_reason: null`",
}


class Case(NamedTuple):
    """What a turn says and a request asks for. ``beyond`` are the paths in a stream that the real API sends and the
    SDK's types do not know: of ``EXPLAINED``.
    """

    name: str
    said: dict[str, Any]
    asked: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it
    beyond: tuple[str, ...] = ()
    options: dict[str, bool] = {}  # noqa: RUF012


def function(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"name": name, "description": f"Do {name}.", "parameters": schema}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": arguments}}


def custom(name: str, text: str) -> dict[str, Any]:
    return {"id": f"call_{name}", "type": "custom", "custom": {"name": name, "input": text}}


TOOLS = [{"type": "function", "function": function(name)} for name in ("get_weather", "get_time")]
WEATHER, TIME = call("get_weather", city="Łódź"), call("get_time", city="Oslo")
CUSTOM_TOOLS = [{"type": "custom", "custom": {"name": "run", "description": "Runs code."}}]
CITATION = {"url": "https://example.com/a", "title": "A", "text": "sources"}
VOICE = {"audio": {"voice": "alloy", "format": "pcm16"}}
SPOKEN = {"modalities": ["text", "audio"], "model": "gpt-4o-audio-preview"}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "born": {"type": "integer"}},
    "required": ["name", "born"],
    "additionalProperties": False,
}
ADA = {"name": "Ada Lovelace", "born": 1815}

CASES = [
    Case("text", {"content": "Hello there, 👩‍👩‍👧‍👦!"}),
    Case("empty text", {"content": ""}),
    Case("text in words", {"content": "One two three.", "pacing": {"chunk": "word"}}),
    Case("text in one chunk", {"content": "One two three.", "pacing": {"chunk": "message"}}),
    Case("several choices", {"content": "Hello"}, {"n": 3}),
    Case("choices of their own", {"choices": [{"content": "One"}, {"content": "Two"}, {"refusal": "No"}]}, {"n": 3}),
    Case("cut", {"content": "One two three four five."}, {"max_completion_tokens": 2}),
    Case("stopped", {"content": "One two three four five."}, {"stop": ["three"]}),
    Case("filtered", {"content": "One", "finish_reason": "content_filter"}),
    Case("usage", {"content": "Hi", "usage": {"prompt_tokens": 9, "cached_tokens": 4, "reasoning_tokens": 1}}),
    Case("fingerprint", {"content": "Hi", "model": "gpt-x", "system_fingerprint": "fp_x"}, {"seed": 7}),
    Case("tier", {"content": "Hi"}, {"service_tier": "flex"}),
    Case("refusal", {"refusal": "I cannot do that."}),
    Case("tool", {"tool_calls": [WEATHER]}, {"tools": TOOLS}),
    Case("tools at once", {"tool_calls": [WEATHER, TIME]}, {"tools": TOOLS}),
    Case("text and tool", {"content": "Let me look.", "tool_calls": [WEATHER]}, {"tools": TOOLS}),
    Case("forced tool", {"tool_calls": [WEATHER]}, {"tools": TOOLS, "tool_choice": "required"}),
    Case(
        "custom tool",
        {"tool_calls": [custom("run", "print('Hello')")]},
        {"tools": CUSTOM_TOOLS},
        beyond=CUSTOM,
    ),
    Case("legacy function", {"tool_calls": [WEATHER]}, {"functions": [function("get_weather")]}),
    Case("probabilities", {"content": "Hello, 👩‍👩‍👧‍👦!"}, {"logprobs": True}),
    Case("alternatives", {"content": "Hello there."}, {"logprobs": True, "top_logprobs": 3, "n": 2}),
    Case("probabilities of a refusal", {"refusal": "I cannot."}, {"logprobs": True, "top_logprobs": 1}),
    Case("given probabilities", {"content": "Hello there.", "logprobs": [-0.5, -1]}, {"logprobs": True}),
    Case(
        "sources",
        {"content": "All the sources.", "annotations": [CITATION]},
        {"model": "gpt-4o-search-preview", "web_search_options": {}},
        beyond=(SOURCES,),
    ),
    Case("reasoning", {"content": "Hi", "reasoning": "Let me think."}, {"model": "o3", "reasoning_effort": "low"}),
    Case(
        "prediction",
        {"content": "One two three."},
        {"prediction": {"type": "content", "content": "One two four."}},
    ),
    Case("sound", {"content": "Hello there."}, {**SPOKEN, **VOICE}),
    Case("cut sound", {"content": "One two three four five."}, {**SPOKEN, **VOICE, "max_completion_tokens": 20}),
    Case("moderation", {"content": "Hello"}, {"moderation": {"model": "omni-moderation-latest"}}),
    Case("padding", {"content": "Hello there."}, {}, options={"include_obfuscation": True}),
    Case("stored", {"content": "Hello"}, {"store": True, "metadata": {"suite": "conformance"}}),
    Case("template", {"content": "{{ last_user }} once more", "template": True}),
    Case("JSON", {"content": ADA}, {"response_format": {"type": "json_object"}}),
    Case(
        "JSON by schema",
        {"content": ADA},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "person", "strict": True, "schema": PERSON},
            }
        },
    ),
]

ERRORS = ["invalid_api_key", "rate_limit", "insufficient_quota", "context_length_exceeded", "server_error", "timeout"]

CONFIG: dict[str, Any] = {
    "responses": [
        *(flow(f"{case.name} in JSON", **case.said) for case in CASES),
        *(flow(name, error=name) for name in ERRORS),
    ]
}

each = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


def asking(case: Case, **more: Any) -> dict[str, Any]:
    """The body of a request; the text speaks of JSON, as the API wants of who asks for it."""
    return chat(f"{case.name} in JSON", **case.asked, **more)


def ask(served: Served, request: bytes) -> Answer:
    with served.wire() as wire:
        return wire.ask(request)


@each
def test_an_answer(served: Served, case: Case) -> None:
    answer = ask(served, post(asking(case)))
    assert answer.status == 200, answer.body
    assert faults(ChatCompletion, answer.json) == []


@each
@pytest.mark.parametrize("usage", [False, True], ids=["", "usage"])
def test_every_chunk_of_a_stream(served: Served, case: Case, usage: bool) -> None:
    *chunks, end = ask(
        served, post(asking(case, stream=True, stream_options={"include_usage": usage, **case.options}))
    ).events
    assert end == "[DONE]"
    for path in case.beyond:
        assert sum(remove(chunk, path) for chunk in chunks), path
    assert [fault for chunk in chunks for fault in faults(ChatCompletionChunk, chunk)] == []
    assert len({(chunk["id"], chunk["created"], chunk["model"], chunk["system_fingerprint"]) for chunk in chunks}) == 1


def test_what_lies_beyond_the_types_is_explained() -> None:
    assert {path for case in CASES for path in case.beyond} | {UNFINISHED} == set(EXPLAINED)
    page = (Path(__file__).parent.parent / "docs" / "compatibility.md").read_text(encoding="utf-8")
    assert [words for words in EXPLAINED.values() if words not in page] == []


@each
def test_the_sdk_reads_both_alike(served: Served, case: Case) -> None:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key=KEY, max_retries=0) as client:
        plain = client.chat.completions.create(**asking(case))
        chunks = list(client.chat.completions.create(**asking(case), stream=True))
    said = {choice.index: "" for choice in plain.choices}
    reasons: dict[int, str | None] = {}
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        said[choice.index] += choice.delta.content or ""
        reasons[choice.index] = choice.finish_reason or reasons.get(choice.index)
    assert said == {choice.index: choice.message.content or "" for choice in plain.choices}
    spoken = "audio" in case.asked.get("modalities", ())  # such a stream ends with the sound's expiry, unless it is cut
    assert reasons == {
        choice.index: None if spoken and choice.finish_reason == "stop" else choice.finish_reason
        for choice in plain.choices
    }


PROMPTS: dict[str, dict[str, Any]] = {
    "a text": {"prompt": "text in JSON"},
    "texts": {"prompt": ["text in JSON", "cut in JSON"], "n": 2, "max_tokens": 3},
    "probabilities": {"prompt": "text in JSON", "logprobs": 2, "echo": True},
}


@pytest.mark.parametrize("asked", PROMPTS.values(), ids=PROMPTS.keys())
def test_completions(served: Served, asked: dict[str, Any]) -> None:
    body = {"model": "gpt-3.5-turbo-instruct", **asked}
    answer = ask(served, post(body, target="/v1/completions"))
    assert faults(Completion, answer.json) == []
    request = post({**body, "stream": True, "stream_options": {"include_usage": True}}, target="/v1/completions")
    *events, end = ask(served, request).events
    assert end == "[DONE]"
    for choice in (choice for event in events for choice in event["choices"]):
        # ``UNFINISHED``: null till the last, where the type has a word.
        choice["finish_reason"] = choice["finish_reason"] or "stop"
    assert [fault for event in events for fault in faults(Completion, event)] == []


#: What the API reference shows of a stored completion and of a page, and the types do not know.
OF_ITS_REQUEST = (
    *("tool_choice", "tools", "response_format", "seed", "temperature", "top_p"),
    *("presence_penalty", "frequency_penalty", "input_user"),
)
OF_A_PAGE = ("object", "first_id", "last_id")


def known(answer: Answer, *beyond: str) -> dict[str, Any]:
    """What an answer says within the types, once the fields beyond them have been found."""
    document: dict[str, Any] = answer.json
    assert [path for path in beyond if not remove(document, path)] == []
    return document


def test_stored_completions(served: Served) -> None:
    stored = next(case for case in CASES if case.name == "stored")
    path = f"/v1/chat/completions/{ask(served, post(asking(stored))).json['id']}"
    found = ask(served, head("GET", path))
    assert faults(ChatCompletion, known(found, *OF_ITS_REQUEST)) == []
    updated = ask(served, post({"metadata": {"a": "b"}}, target=path))
    assert faults(ChatCompletion, known(updated, *OF_ITS_REQUEST)) == []
    listed = ask(served, head("GET", "/v1/chat/completions"))
    page = known(listed, *OF_A_PAGE, *(f"data[].{name}" for name in OF_ITS_REQUEST))
    assert faults(SyncCursorPage[ChatCompletion], page) == []
    deleted = ask(served, head("DELETE", path))
    assert faults(ChatCompletionDeleted, deleted.json) == []


def test_stored_messages(served: Served) -> None:
    stored = next(case for case in CASES if case.name == "stored")
    path = f"/v1/chat/completions/{ask(served, post(asking(stored))).json['id']}"
    page = known(ask(served, head("GET", f"{path}/messages")), *OF_A_PAGE, "data[].name")
    for message in page["data"]:
        assert message["role"] == "user"
        message["role"] = "assistant"  # the only one that the type knows
    assert faults(SyncCursorPage[ChatCompletionStoreMessage], page) == []


def test_models(served: Served) -> None:
    listed = ask(served, head("GET", "/v1/models")).json
    assert faults(SyncPage[Model], listed) == []
    assert faults(Model, ask(served, head("GET", f"/v1/models/{listed['data'][0]['id']}")).json) == []


REFUSED = {
    "no key": head("GET", "/v1/models", key=None),
    "wrong key": head("GET", "/v1/models", key="wrong"),
    "unknown path": head("GET", "/v1/nothing"),
    "wrong method": head("PUT", "/v1/models"),
    "unknown model": head("GET", "/v1/models/nothing"),
    "no JSON": post(b"{"),
    "wrong type": post(chat("text in JSON", temperature="warm")),
    "miss": post(chat("nothing like it")),
    **{name: post(chat(name)) for name in ERRORS},
}


@pytest.mark.parametrize("name", REFUSED)
def test_errors(served: Served, name: str) -> None:
    answer = ask(served, REFUSED[name])
    assert answer.status >= 400
    assert answer.json.keys() == {"error"}
    error = answer.json["error"]
    assert remove(error, "nearest") == (name == "miss")  # ours: what came near
    assert {"message", "type", "param", "code"} <= error.keys()
    assert faults(ErrorObject, error) == []
