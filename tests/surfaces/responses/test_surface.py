from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import Reply
from openai_mock_api.surfaces.responses import surface as responses
from tests.surfaces.responding import NOW, SURFACE, call_of, clock, events, events_of, rendered, types, whole

PACED = Pacing(ttft=2.0, inter_token=0.5)


def test_a_body_is_json_and_a_stream_is_not() -> None:
    body, stream = rendered(Reply(content="Hi")), rendered(Reply(content="Hi"), stream=True)
    assert body.headers() == [(b"content-type", b"application/json")]
    assert stream.headers()[0] == (b"content-type", b"text/event-stream; charset=utf-8")
    assert body.stream is None
    assert stream.stream is not None
    assert b"[DONE]" not in stream.stream.whole()


def test_a_stream_ends_in_what_the_body_says() -> None:
    reply = Reply(content="Hi", reasoning="Hm.", tool_calls=(ToolCall("c", "f", "{}"),))
    assert events(reply)[-1]["response"] == whole(reply)


def test_every_answer_has_ids_of_its_own() -> None:
    answer, ticking = SURFACE.render(call_of(), Reply(content="Hi")), Clock(seed=1)
    first, second = (json.loads(answer.response(ticking).body) for _ in range(2))
    assert first["id"] != second["id"]
    assert first["output"][0]["id"] != second["output"][0]["id"]


def test_an_answer_can_be_given_either_way_whatever_is_asked_for() -> None:
    reply = Reply(content="Hi")
    streamed = SURFACE.stream(call_of(), reply).response(clock())
    assert events_of(streamed)[-1]["response"] == json.loads(
        SURFACE.whole(call_of(stream=True), reply).response(clock()).body
    )


def test_the_response_of_an_answer_can_be_had_at_every_stage() -> None:
    answer = SURFACE.render(call_of(stream=True), Reply(content="Hi"))
    begun, done = json.loads(answer.begun(b"ab", NOW, b"queued")), json.loads(answer.object(b"ab", NOW))
    assert (begun["id"], begun["status"], begun["output"]) == ("resp_ab00", "queued", [])
    assert json.loads(answer.begun(b"ab", NOW))["status"] == "in_progress"
    assert (done["id"], done["status"], done["output"][0]["id"]) == ("resp_ab00", "completed", "msg_ab01")


# -- time


def test_what_is_not_paced_leaves_at_once() -> None:
    response = rendered(Reply(content="one two"), stream=True)
    assert response.stream is not None
    assert response.stream.delays is None
    assert response.delay == 0


def test_a_stream_begins_at_once_and_its_words_come_one_by_one() -> None:
    response = rendered(Reply(content="one two three", pacing=PACED, delay=1.0), stream=True)
    assert response.stream is not None
    assert response.delay == 1.0
    moments = list(accumulate(delay for delay, _ in response.stream.frames()))
    due = dict(zip(types(events_of(response)), moments, strict=True))
    assert due["created"] == due["in_progress"] == 0
    assert due["output_item.added"] == due["content_part.added"] == 2.0
    assert due["output_text.delta"] == due["output_text.done"] == due["completed"] == 3.0


def test_a_body_takes_as_long_as_its_stream() -> None:
    reply = Reply(content="one two three", pacing=PACED, delay=1.0)
    response = rendered(reply)
    assert response.delay == 4.0
    answer = json.loads(response.body)
    assert (answer["created_at"], answer["completed_at"]) == (NOW, NOW + 4)
    assert events(reply)[-1]["response"] == answer


def test_calls_and_thoughts_take_their_time_too() -> None:
    calls = (ToolCall("c", "f", "one two"),)
    assert rendered(Reply(tool_calls=calls, pacing=PACED)).delay == 3.0  # the name is a token
    thinking = Reply(content="three", reasoning="one two", pacing=PACED)
    assert rendered(thinking).delay == 2.0
    assert rendered(thinking, reasoning={"summary": "auto"}).delay == 3.0


@pytest.mark.parametrize(("chunk", "deltas"), [("token", 4), ("word", 3), ("message", 1)])
def test_deltas_are_as_large_as_the_pacing_says(chunk: Any, deltas: int) -> None:
    found = types(events(Reply(content="tokenization is unbelievable", pacing=Pacing(chunk=chunk))))
    assert found.count("output_text.delta") == deltas


# -- in the background


def test_what_is_answered_in_the_background_is_queued_at_first() -> None:
    response = rendered(Reply(content="Hi", pacing=PACED), background=True)
    answer = json.loads(response.body)
    assert (answer["status"], answer["output"], answer["usage"]) == ("queued", [], None)
    assert answer["background"] is True
    assert response.delay == 0


@pytest.mark.parametrize(
    ("pacing", "delay", "begun", "first"),
    [(Pacing(), 0.0, 0.0, 0.0), (Pacing(), 10.0, 5.0, 10.0), (PACED, 4.0, 4.0, 6.0), (PACED, 0.0, 0.0, 2.0)],
)
def test_a_stream_from_the_background_is_queued_at_once(
    pacing: Pacing, delay: float, begun: float, first: float
) -> None:
    response = rendered(Reply(content="one two three", pacing=pacing, delay=delay), stream=True, background=True)
    assert response.stream is not None
    assert response.delay == 0
    moments = list(accumulate(wait for wait, _ in response.stream.frames()))
    due = dict(zip(types(events_of(response)), moments, strict=True))
    assert due["created"] == due["queued"] == 0
    assert due["in_progress"] == begun
    assert due["output_item.added"] == first
    assert (
        due["completed"]
        == SURFACE.render(call_of(), Reply(content="one two three", pacing=pacing, delay=delay)).duration
    )


def test_a_stream_from_the_background_says_that_it_was_queued() -> None:
    found = events(Reply(content="Hi"), background=True)
    assert types(found)[:4] == ["created", "queued", "in_progress", "output_item.added"]
    assert [event["response"]["status"] for event in found[:3]] == ["queued", "queued", "in_progress"]
    assert found[-1]["response"]["status"] == "completed"


# -- what is kept


def test_output_and_events_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = Reply(content="Hi")
    first = events(reply)
    monkeypatch.setattr(responses, "output_of", None)
    assert events(reply, user="u", metadata={"a": "b"})[2:-1] == first[2:-1]
    assert whole(reply)["output"] == first[-1]["response"]["output"]


@pytest.mark.parametrize(
    "common",
    [{"store": False}, {"instructions": "Be kind."}, {"max_output_tokens": 16}, {"temperature": 0}, {"top_p": 0.5}],
    ids=str,
)
def test_what_is_kept_for_one_request_is_not_said_to_another(common: dict[str, Any]) -> None:
    reply = Reply(content="Hi")
    before = whole(reply)
    assert whole(reply, **common) == before | common
    assert whole(reply) == before


def test_a_number_is_repeated_as_it_was_written() -> None:
    reply = Reply(content="Hi")
    assert [
        b'"temperature":%b,' % text in rendered(reply, temperature=number).body
        for number, text in ((1, b"1"), (1.0, b"1.0"))
    ] == [True, True]


def test_only_so_many_forms_are_kept() -> None:
    reply = Reply(content="Hi")
    for many in range(30):
        whole(reply, include=["message.output_text.logprobs"], top_logprobs=many % 21, background=many > 20)
    [speech] = reply.rendered.values()
    assert len(speech.rendered) == responses.KEPT
