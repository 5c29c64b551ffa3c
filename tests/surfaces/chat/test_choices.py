from __future__ import annotations

import base64
import io
import json
import math
import wave
from typing import Any

import pytest

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import Citation, Reply
from openai_mock_api.surfaces.chat.form import Extras
from openai_mock_api.surfaces.chat.surface import Chat
from tests.surfaces.rendering import body_of, chunks_of, rendered

TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
FUNCTIONS = [{"name": "f", "parameters": {}}]
CALL = ToolCall("call_1", "f", '{"a":1}')
CUSTOM = ToolCall("call_2", "shell", "ls -l", "custom")
AUDIO: dict[str, Any] = {"model": "gpt-4o-audio-preview", "modalities": ["text", "audio"]}


def choice_of(reply: Reply, **parameters: Any) -> Any:
    (choice,) = body_of(rendered(reply, **parameters))["choices"]
    return choice


def test_choices_of_their_own() -> None:
    reply = Reply(choices=(Reply(content="one"), Reply(refusal="no"), Reply(tool_calls=(CALL,))))
    choices = body_of(rendered(reply, n=4))["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    assert [choice["message"]["content"] for choice in choices] == ["one", None, None, "one"]
    assert [choice["message"]["refusal"] for choice in choices] == [None, "no", None, None]
    assert [choice["finish_reason"] for choice in choices] == ["stop", "stop", "tool_calls", "stop"]
    assert choice_of(reply)["message"]["content"] == "one"


def test_each_choice_is_cut_by_itself() -> None:
    reply = Reply(choices=(Reply(content="one two three"), Reply(content="one")))
    choices = body_of(rendered(reply, n=2, max_tokens=2))["choices"]
    assert [choice["message"]["content"] for choice in choices] == ["one two", "one"]
    assert [choice["finish_reason"] for choice in choices] == ["length", "stop"]


# -- probabilities


def test_probabilities_when_they_are_asked_for() -> None:
    found = choice_of(Reply(content="Hi there"), logprobs=True, top_logprobs=2)["logprobs"]
    assert found["refusal"] is None
    assert [entry["token"] for entry in found["content"]] == ["Hi", " there"]
    for entry in found["content"]:
        assert list(entry) == ["token", "logprob", "bytes", "top_logprobs"]
        assert bytes(entry["bytes"]).decode() == entry["token"]
        assert [list(candidate) for candidate in entry["top_logprobs"]] == [["token", "logprob", "bytes"]] * 2


@pytest.mark.parametrize("asked", [{"logprobs": True}, {"logprobs": True, "top_logprobs": 0}])
def test_probabilities_without_alternatives(asked: dict[str, Any]) -> None:
    (entry,) = choice_of(Reply(content="Hi"), **asked)["logprobs"]["content"]
    assert entry["top_logprobs"] == []


@pytest.mark.parametrize("asked", [{}, {"logprobs": False}, {"logprobs": None}])
def test_no_probabilities_otherwise(asked: dict[str, Any]) -> None:
    assert choice_of(Reply(content="Hi"), **asked)["logprobs"] is None


def test_probabilities_of_a_refusal_and_of_calls() -> None:
    refused = choice_of(Reply(refusal="No"), logprobs=True)["logprobs"]
    assert (refused["content"], [entry["token"] for entry in refused["refusal"]]) == (None, ["No"])
    called = choice_of(Reply(tool_calls=(CALL,)), logprobs=True, tools=[TOOL])["logprobs"]
    assert called == {"content": None, "refusal": None}


def test_given_probabilities() -> None:
    found = choice_of(Reply(content="one two three", logprobs=(-0.25, -0.5)), logprobs=True, top_logprobs=1)
    first, second, third = (entry["logprob"] for entry in found["logprobs"]["content"])
    assert (first, second) == (-0.25, -0.5)
    assert math.log(0.55) <= third <= 0


def test_a_cut_text_has_the_probabilities_of_what_is_left() -> None:
    found = choice_of(Reply(content="one two three"), logprobs=True, max_tokens=2)
    assert [entry["token"] for entry in found["logprobs"]["content"]] == ["one", " two"]


# -- calls


def test_custom_tools() -> None:
    choice = choice_of(Reply(tool_calls=(CALL, CUSTOM)))
    assert choice["message"]["tool_calls"][1] == {
        "id": "call_2",
        "type": "custom",
        "custom": {"name": "shell", "input": "ls -l"},
    }
    assert choice["finish_reason"] == "tool_calls"


def test_the_older_form_of_calls() -> None:
    choice = choice_of(Reply(tool_calls=(CALL,)), functions=FUNCTIONS)
    assert choice["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "annotations": [],
        "function_call": {"name": "f", "arguments": '{"a":1}'},
    }
    assert choice["finish_reason"] == "function_call"


def test_the_older_form_says_text_as_ever() -> None:
    choice = choice_of(Reply(content="Hi"), functions=FUNCTIONS)
    assert (choice["message"]["content"], choice["finish_reason"]) == ("Hi", "stop")


def test_the_older_form_has_room_for_the_first_call() -> None:
    choice = choice_of(Reply(tool_calls=(CALL, CUSTOM)), functions=FUNCTIONS)
    assert choice["message"]["function_call"] == {"name": "f", "arguments": '{"a":1}'}


@pytest.mark.parametrize("stream", [False, True])
def test_the_older_form_has_no_room_for_a_custom_tool(stream: bool) -> None:
    with pytest.raises(ScriptError, match="The response calls a custom tool") as caught:
        rendered(Reply(tool_calls=(CUSTOM,)), functions=FUNCTIONS, stream=stream)
    assert (caught.value.status, caught.value.code, caught.value.param) == (400, "script_error", "functions")


# -- sources


def test_sources_of_the_text() -> None:
    citations = (Citation("https://a.example", "A", text="two"), Citation("https://b.example", "B", text="four"))
    assert choice_of(Reply(content="one two three", annotations=citations))["message"]["annotations"] == [
        {
            "type": "url_citation",
            "url_citation": {"start_index": 4, "end_index": 7, "title": "A", "url": "https://a.example"},
        }
    ]


# -- sound


def spoken(reply: Reply, format: str = "wav", **parameters: Any) -> Any:  # noqa: A002
    return choice_of(reply, **AUDIO, audio={"voice": "alloy", "format": format}, **parameters)["message"]


def test_a_spoken_answer() -> None:
    response = rendered(Reply(content="Hi there"), **AUDIO, audio={"voice": "alloy", "format": "wav"})
    answer = body_of(response)
    message = answer["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, None)
    audio = message["audio"]
    assert list(audio) == ["id", "expires_at", "data", "transcript"]
    assert (audio["transcript"], audio["expires_at"]) == ("Hi there", answer["created"] + 3600)
    assert audio["id"].startswith("audio_")
    with wave.open(io.BytesIO(base64.b64decode(audio["data"]))) as file:
        assert file.getnframes() == 24_000 * len("Hi there") / 15


@pytest.mark.parametrize(("letters", "seconds"), [(0, 0), (15, 1), (150, 10), (100_000, 120)])
def test_a_sound_lasts_as_long_as_its_words(letters: int, seconds: int) -> None:
    data = spoken(Reply(content="a" * letters), "pcm16")["audio"]["data"]
    assert len(base64.b64decode(data)) == seconds * 48_000


def test_each_spoken_answer_has_its_id() -> None:
    audio = {"voice": "alloy", "format": "mp3"}
    answers = [body_of(rendered(Reply(content="Hi"), **AUDIO, audio=audio, n=2)) for _ in range(2)]
    ids = {choice["message"]["audio"]["id"] for answer in answers for choice in answer["choices"]}
    assert len(ids) == 4
    assert {len(identifier) for identifier in ids} == {len("audio_") + 32}


def test_a_sound_of_the_scripts_own() -> None:
    assert spoken(Reply(content="Hi", audio="AAAA"), "mp3")["audio"]["data"] == "AAAA"


@pytest.mark.parametrize("limit", [{"max_completion_tokens": 8}, {"max_tokens": 8}, {"stop": " two"}])
@pytest.mark.parametrize("own", [None, "AAAA"])
def test_a_sound_ends_where_its_words_are_cut(limit: dict[str, Any], own: str | None) -> None:
    audio = spoken(Reply(content="One, two, three.", audio=own), "pcm16", **limit)["audio"]
    assert audio["transcript"] == "One,"
    assert len(base64.b64decode(audio["data"])) == 48_000 * 4 / 15


@pytest.mark.parametrize("reply", [Reply(refusal="No"), Reply(tool_calls=(CALL,))])
def test_what_has_no_text_is_not_spoken(reply: Reply) -> None:
    assert "audio" not in spoken(reply)


def test_marks_are_nothing_that_a_text_can_hold() -> None:
    text = "\x01\x02 100% %b \x011"
    assert spoken(Reply(content=text))["audio"]["transcript"] == text


def test_sound_has_no_probabilities() -> None:
    answer = choice_of(Reply(content="Hi"), **AUDIO, audio={"voice": "alloy", "format": "wav"}, logprobs=True)
    assert answer["logprobs"] is None


# -- dialects


EXTRAS = Extras(
    body={"prompt_filter_results": [{"prompt_index": 0}]},
    choice={"content_filter_results": {"hate": {"filtered": False}}},
    silent={"content_filter_results": {}},
)


def test_a_dialect_adds_to_body_and_choices() -> None:
    dialect = Chat(extras=lambda *_: EXTRAS)
    answer = body_of(rendered(Reply(content="Hi"), dialect, n=2))
    assert answer["prompt_filter_results"] == [{"prompt_index": 0}]
    assert [choice["content_filter_results"] for choice in answer["choices"]] == [{"hate": {"filtered": False}}] * 2


def test_a_dialect_adds_to_streams() -> None:
    dialect = Chat(extras=lambda *_: EXTRAS)
    first, role, said, end = chunks_of(rendered(Reply(content="Hi"), dialect, stream=True))
    assert (first["choices"], first["prompt_filter_results"]) == ([], [{"prompt_index": 0}])
    found = [chunk["choices"][0]["content_filter_results"] for chunk in (role, said, end)]
    assert found == [{}, {"hate": {"filtered": False}}, {}]


def test_a_dialect_leaves_nothing_behind() -> None:
    reply = Reply(content="Hi")
    before = json.loads(rendered(reply).body)
    rendered(reply, Chat(extras=lambda *_: EXTRAS))
    assert body_of(rendered(reply))["choices"] == before["choices"]
