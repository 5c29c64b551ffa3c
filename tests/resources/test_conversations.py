from __future__ import annotations

from typing import Any

import pytest

from tests.resources.talking import NOW, Talk, text_of, user
from tests.serving import flow


def created(talk: Talk, **document: Any) -> str:
    id_: str = talk.ask("POST", "/conversations", document)["id"]
    return id_


def texts(talk: Talk, conversation: str, query: str = "order=asc") -> list[str]:
    data = talk.get(f"/conversations/{conversation}/items", query)["data"]
    return [item["content"][0]["text"] for item in data]


def test_a_conversation_and_its_metadata() -> None:
    talk = Talk()
    conversation = talk.ask("POST", "/conversations", {"metadata": {"a": "b"}})
    path = f"/conversations/{conversation['id']}"
    assert conversation == {
        "id": conversation["id"],
        "object": "conversation",
        "created_at": NOW,
        "metadata": {"a": "b"},
    }
    assert talk.get(path) == conversation
    assert talk.ask("POST", path, {"metadata": {"c": "d"}})["metadata"] == {"c": "d"}
    assert talk.ask("POST", path, {"metadata": None})["metadata"] == {}
    deleted = {"id": conversation["id"], "object": "conversation.deleted", "deleted": True}
    assert talk.ask("DELETE", path) == deleted
    assert talk.error("GET", path) == (404, f"Conversation with id '{conversation['id']}' not found.", None, None)


def test_a_conversation_needs_no_body() -> None:
    talk = Talk()
    assert talk.ask("POST", "/conversations")["metadata"] == {}


def test_a_conversation_is_forgotten_with_its_items() -> None:
    talk = Talk()
    conversation = created(talk, items=[user("a"), user("b")])
    assert len(talk.app.store) == 3
    talk.ask("DELETE", f"/conversations/{conversation}")
    assert len(talk.app.store) == 0


def test_items_are_added_and_listed_in_pages() -> None:
    talk = Talk()
    conversation = created(talk, items=[user("a")])
    path = f"/conversations/{conversation}/items"
    added = talk.ask("POST", path, {"items": [user("b"), {"role": "assistant", "content": "c"}]})
    assert [item["content"][0]["type"] for item in added["data"]] == ["input_text", "output_text"]
    assert (added["first_id"], added["last_id"]) == (added["data"][0]["id"], added["data"][1]["id"])
    assert texts(talk, conversation) == ["a", "b", "c"]
    assert texts(talk, conversation, "limit=2") == ["c", "b"]
    assert texts(talk, conversation, f"after={added['first_id']}") == ["a"]


def test_one_item() -> None:
    talk = Talk()
    conversation = created(talk, items=[user("a"), user("b")])
    listed = talk.get(f"/conversations/{conversation}/items")["data"]
    path = f"/conversations/{conversation}/items/{listed[0]['id']}"
    assert talk.get(path) == listed[0]
    assert talk.ask("DELETE", path)["object"] == "conversation"
    assert texts(talk, conversation) == ["a"]
    gone = f"Item with id '{listed[0]['id']}' not found in conversation with id '{conversation}'."
    assert talk.error("GET", path) == talk.error("DELETE", path) == (404, gone, None, None)


def test_what_is_secret_or_long_is_shown_on_request() -> None:
    talk = Talk()
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
    conversation = created(talk, items=[thought])
    path = f"/conversations/{conversation}/items"
    assert "encrypted_content" not in talk.get(path)["data"][0]
    assert "encrypted_content" not in talk.get(f"{path}/rs_1")
    query = "include=reasoning.encrypted_content"
    assert talk.get(path, query)["data"][0] == talk.get(f"{path}/rs_1", query) == thought


def test_responses_take_a_conversation_further() -> None:
    talk = Talk()
    conversation = created(talk)
    first = talk.say("Hello", conversation=conversation)
    second = talk.say("And now?", conversation={"id": conversation}, store=False)
    assert [text_of(first), text_of(second)] == ["Hi there!", "You said hello."]
    assert first["conversation"] == second["conversation"] == {"id": conversation}
    assert texts(talk, conversation) == ["Hello", "Hi there!", "And now?", "You said hello."]
    assert [record.id for record in talk.app.store.records("response")] == [first["id"]]


def test_a_stream_takes_a_conversation_further() -> None:
    talk = Talk()
    conversation = created(talk)
    talk.stream("Hello", conversation=conversation)
    assert texts(talk, conversation) == ["Hello", "Hi there!"]


def test_a_reference_is_the_item_that_it_is_about() -> None:
    talk = Talk()
    said = talk.say("Hello")["output"][0]
    conversation = created(talk, items=[{"type": "item_reference", "id": said["id"]}, user("And?")])
    assert talk.get(f"/conversations/{conversation}/items", "order=asc")["data"][0] == said
    assert talk.error("POST", "/conversations", {"items": [{"type": "item_reference", "id": "msg_1"}]})[0] == 404


def test_a_wish_to_compact_is_no_item() -> None:
    talk = Talk(unmatched="echo")
    conversation = created(talk, items=[user("a"), {"type": "compaction_trigger"}])
    assert texts(talk, conversation) == ["a"]
    id_ = talk.say([user("a"), {"type": "compaction_trigger"}, user("b")])["id"]
    assert len(talk.get(f"/responses/{id_}/input_items")["data"]) == 2


# -- in the background

BUSY = (
    400,
    "Another process is currently operating on this conversation. Please retry in a few seconds.",
    "conversation",
    "conversation_locked",
)


@pytest.mark.parametrize("stream", [True, False])
def test_a_response_in_the_background_enters_its_conversation_when_it_is_completed(stream: bool) -> None:
    talk = Talk()
    conversation = created(talk)
    talk.send("POST", "/responses", request_of("Slow", conversation, stream=stream))
    assert texts(talk, conversation) == []
    assert talk.refusal("Hello", conversation=conversation) == BUSY
    assert talk.ask("POST", "/responses/input_tokens", {"model": "gpt-5", "input": "x", "conversation": conversation})
    talk.clock.advance(10)
    assert texts(talk, conversation) == ["Slow", "At last."]
    assert talk.refusal("Hello", conversation=conversation)[3] == "no_match"
    assert texts(talk, conversation) == ["Slow", "At last."]


def request_of(text: str, conversation: str, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-5", "input": text, "conversation": conversation, "background": True, **more}


def test_a_response_that_takes_no_time_enters_its_conversation_at_once() -> None:
    talk = Talk()
    conversation = created(talk)
    talk.say("Hello", conversation=conversation, background=True)
    assert text_of(talk.say("And now?", conversation=conversation)) == "You said hello."


def test_a_cancelled_response_never_enters_its_conversation() -> None:
    talk = Talk()
    conversation = created(talk)
    id_ = talk.say("Slow", conversation=conversation, background=True)["id"]
    talk.ask("POST", f"/responses/{id_}/cancel")
    talk.clock.advance(60)
    assert texts(talk, conversation) == []
    assert text_of(talk.say("Hello", conversation=conversation)) == "Hi there!"


@pytest.mark.parametrize("background", [True, False])
def test_a_response_that_fails_never_enters_its_conversation(background: bool) -> None:
    talk = Talk(responses=[flow("Fails", content="Hm", fault="failed", delay=1)])
    conversation = created(talk)
    talk.say("Fails", conversation=conversation, background=background)
    talk.clock.advance(60)
    assert texts(talk, conversation) == []


def test_a_deleted_conversation_expects_nothing_any_more() -> None:
    talk = Talk()
    conversation = created(talk)
    id_ = talk.say("Slow", conversation=conversation, background=True)["id"]
    talk.ask("DELETE", f"/conversations/{conversation}")
    assert [record.id for record in talk.app.store.records("response")] == [id_]
    assert len(talk.app.store) == 1


def test_what_is_refused_leaves_a_conversation_as_it_was() -> None:
    talk = Talk()
    conversation = created(talk)
    assert talk.refusal("Nobody knows this", conversation=conversation)[0] == 400
    assert texts(talk, conversation) == []


REFUSALS: list[tuple[str, str, Any, str, str]] = [
    ("POST", "", {"surprise": 1}, "surprise", "unknown_parameter"),
    ("POST", "", {"items": [user("x")] * 21}, "items", "array_above_max_length"),
    ("POST", "", {"items": [{"role": "tool", "content": "x"}]}, "items[0].role", "invalid_value"),
    ("POST", "", {"metadata": 3}, "metadata", "invalid_type"),
    ("POST", "/ID", {}, "metadata", "missing_required_parameter"),
    ("POST", "/ID/items", {}, "items", "missing_required_parameter"),
    ("GET", "/ID/items", None, "limit", "integer_above_max_value"),
]


@pytest.mark.parametrize(("method", "path", "document", "param", "code"), REFUSALS)
def test_what_is_refused(method: str, path: str, document: Any, param: str, code: str) -> None:
    talk = Talk()
    path = path.replace("ID", created(talk))
    query = "limit=101" if method == "GET" else ""
    assert talk.error(method, f"/conversations{path}", document, query)[2:] == (param, code)


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("GET", "", None),
        ("POST", "", {"metadata": {}}),
        ("DELETE", "", None),
        ("GET", "/items", None),
        ("POST", "/items", {"items": []}),
        ("GET", "/items/msg_1", None),
        ("DELETE", "/items/msg_1", None),
    ],
)
def test_a_conversation_that_nobody_knows(method: str, path: str, document: Any) -> None:
    talk = Talk()
    unknown = (404, "Conversation with id 'conv_1' not found.", None, None)
    assert talk.error(method, f"/conversations/conv_1{path}", document) == unknown
    assert talk.refusal("Hello", conversation="conv_1") == unknown


def test_unknown_ones_are_made_up_where_that_is_asked_for() -> None:
    talk = Talk(resources={"missing": "synthesize"}, validation="off")
    assert talk.get("/conversations/conv_1")["id"] == "conv_1"
    assert talk.get("/conversations/conv_1/items/msg_1")["id"] == "msg_1"
    assert talk.ask("POST", "/conversations/conv_2", {"surprise": 1})["metadata"] == {}
    assert talk.ask("POST", "/conversations/conv_2/items", {})["first_id"] is None
