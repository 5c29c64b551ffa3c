from __future__ import annotations

from typing import Any

import pytest

from tests.resources.talking import NOW, Talk, events_of, text_of


def test_a_response_is_stored_as_it_was_sent() -> None:
    talk = Talk()
    sent = talk.say("Hello", metadata={"a": "b"})
    assert talk.get(f"/responses/{sent['id']}") == sent


def test_a_stream_is_stored_as_its_last_response() -> None:
    talk = Talk()
    last = events_of(talk.stream("Hello"))[-1]["response"]
    assert talk.get(f"/responses/{last['id']}") == last


@pytest.mark.parametrize("parameters", [{"store": False}, {"store": False, "stream": True}])
def test_what_is_not_to_be_stored_is_not(parameters: dict[str, Any]) -> None:
    talk = Talk()
    talk.send("POST", "/responses", {"model": "gpt-5", "input": "Hello", **parameters})
    assert talk.app.store.records("response") == []


def test_an_answer_from_memory_is_stored_anew() -> None:
    talk = Talk()
    response = talk.send("POST", "/responses", {"model": "gpt-5", "input": "Hello"})
    again = response.rendering.response(talk.clock)
    assert len({record.id for record in talk.app.store.records("response")}) == 2
    assert again.body != response.body


def test_in_the_background_a_response_comes_about_on_the_clock() -> None:
    talk = Talk()
    created = talk.say("Slow", background=True)
    seen = []
    for _ in range(4):
        seen.append(talk.get(f"/responses/{created['id']}")["status"])
        talk.clock.advance(4)
    assert created["status"] == "queued"
    assert seen == ["queued", "queued", "in_progress", "completed"]
    finished = talk.get(f"/responses/{created['id']}")
    assert text_of(finished) == "At last."
    assert finished["completed_at"] == NOW + 10


def test_a_paced_response_is_queued_until_it_is_begun() -> None:
    talk = Talk()
    id_ = talk.say("Paced", background=True)["id"]
    assert talk.get(f"/responses/{id_}")["status"] == "queued"
    talk.clock.advance(4)
    assert talk.get(f"/responses/{id_}")["status"] == "in_progress"
    talk.clock.advance(60)
    assert talk.get(f"/responses/{id_}")["status"] == "completed"


def test_a_response_that_takes_no_time_is_queued_and_then_finished() -> None:
    talk = Talk()
    created = talk.say("Hello", background=True)
    assert (created["status"], created["output"]) == ("queued", [])
    assert talk.get(f"/responses/{created['id']}")["status"] == "completed"
