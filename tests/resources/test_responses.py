from __future__ import annotations

from itertools import accumulate

import pytest

from tests.resources.talking import Talk, events_of, output, user


def test_a_response_is_forgotten() -> None:
    talk = Talk()
    id_ = talk.say("Hello")["id"]
    assert talk.ask("DELETE", f"/responses/{id_}") == {"id": id_, "object": "response", "deleted": True}
    unknown = (404, f"Response with id '{id_}' not found.", None, None)
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")):
        assert talk.error(method, f"/responses/{id_}{path}") == unknown


def test_input_items_are_those_of_the_whole_conversation() -> None:
    talk = Talk()
    first = talk.say("Weather?")
    second = talk.say([output()], previous_response_id=first["id"])
    listed = talk.get(f"/responses/{second['id']}/input_items", "order=asc")
    kinds = [item["type"] for item in listed["data"]]
    assert kinds == ["message", "reasoning", "function_call", "function_call_output"]
    question, *_, result = listed["data"]
    assert question.items() >= {"role": "user", "status": "completed", "content": [text("Weather?")]}.items()
    assert result.items() >= {"call_id": "call_1", "output": "20 degrees", "status": "completed"}.items()
    assert len({item["id"] for item in listed["data"]}) == 4
    assert (listed["first_id"], listed["last_id"], listed["has_more"]) == (question["id"], result["id"], False)


def text(said: str) -> dict[str, str]:
    return {"type": "input_text", "text": said}


def test_input_items_come_in_pages_the_last_ones_first() -> None:
    talk = Talk(unmatched="echo")
    id_ = talk.say([user("a"), user("b"), user("c")])["id"]
    path = f"/responses/{id_}/input_items"
    page = talk.get(path, "limit=2")
    assert [item["content"][0]["text"] for item in page["data"]] == ["c", "b"]
    assert page["has_more"]
    rest = talk.get(path, f"limit=2&after={page['last_id']}")
    assert [item["content"][0]["text"] for item in rest["data"]] == ["a"]
    assert talk.error("GET", path, None, "after=msg_1") == (404, "Item with id 'msg_1' not found.", "after", None)


def test_images_of_input_items_are_shown_on_request() -> None:
    talk = Talk(unmatched="echo")
    image = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}
    id_ = talk.say([{"role": "user", "content": [text("Look"), image]}])["id"]
    (hidden,) = talk.get(f"/responses/{id_}/input_items")["data"]
    assert hidden["content"][1] == {"type": "input_image", "detail": "auto", "file_id": None}
    (shown,) = talk.get(f"/responses/{id_}/input_items", "include[]=message.input_image.image_url")["data"]
    assert shown["content"][1]["image_url"] == image["image_url"]
    refusal = talk.error("GET", f"/responses/{id_}/input_items", None, "include=x")
    assert refusal[2:] == ("include[0]", "invalid_value")


def test_a_response_in_the_background_can_be_cancelled() -> None:
    talk = Talk()
    id_ = talk.say("Slow", background=True)["id"]
    cancelled = talk.ask("POST", f"/responses/{id_}/cancel")
    assert (cancelled["status"], cancelled["output"]) == ("cancelled", [])
    talk.clock.advance(60)
    assert talk.get(f"/responses/{id_}") == talk.ask("POST", f"/responses/{id_}/cancel") == cancelled


def test_the_stream_of_a_cancelled_response_ends_where_it_was_cancelled() -> None:
    talk = Talk()
    events = events_of(talk.stream("Paced", background=True))
    id_ = events[0]["response"]["id"]
    talk.clock.advance(4)
    cancelled = talk.ask("POST", f"/responses/{id_}/cancel")
    told = events_of(talk.send("GET", f"/responses/{id_}", None, "stream=true"))
    assert told == events[: len(told)]
    assert 3 <= len(told) < len(events)
    talk.clock.advance(60)
    assert events_of(talk.send("GET", f"/responses/{id_}", None, "stream=true")) == told
    assert talk.get(f"/responses/{id_}") == talk.ask("POST", f"/responses/{id_}/cancel") == cancelled


def test_a_finished_response_is_not_cancelled() -> None:
    talk = Talk()
    id_ = talk.say("Hello", background=True)["id"]
    assert talk.ask("POST", f"/responses/{id_}/cancel")["status"] == "completed"
    other = talk.say("Hello")["id"]
    refusal = (400, "Cannot cancel a synchronous response.", None, None)
    assert talk.error("POST", f"/responses/{other}/cancel") == refusal


def test_the_stream_of_a_response_in_the_background_can_be_taken_up_again() -> None:
    talk = Talk()
    events = events_of(talk.stream("Hello", background=True))
    id_ = events[0]["response"]["id"]
    assert [event["type"] for event in events[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert events_of(talk.send("GET", f"/responses/{id_}", None, "stream=true")) == events
    assert events_of(talk.send("GET", f"/responses/{id_}", None, "stream=true&starting_after=3")) == events[4:]


def test_events_that_are_not_due_yet_are_waited_for() -> None:
    talk = Talk()
    sent = talk.stream("Paced", background=True)
    assert sent.stream is not None
    due = [sent.delay + wait for wait in accumulate(wait for wait, _ in sent.stream.frames())]
    id_ = events_of(sent)[0]["response"]["id"]
    talk.clock.advance(5)
    again = talk.send("GET", f"/responses/{id_}", None, "stream=true&starting_after=2").stream
    assert again is not None
    expected = [max(0.0, moment - 5) for moment in due[3:]]
    assert list(accumulate(wait for wait, _ in again.frames())) == pytest.approx(expected)


def test_streams_that_cannot_be_taken_up_again() -> None:
    talk = Talk()
    plain = talk.say("Hello", background=True)["id"]
    assert talk.error("GET", f"/responses/{plain}", None, "stream=true") == (
        400,
        "This response cannot be streamed because it was not created with background=true and stream=true.",
        None,
        None,
    )
    streamed = events_of(talk.stream("Hello", background=True))[0]["response"]["id"]
    talk.clock.advance(301)
    message = "This response can no longer be streamed because it is more than 5 minutes old."
    assert talk.error("GET", f"/responses/{streamed}", None, "stream=true")[:2] == (400, message)
