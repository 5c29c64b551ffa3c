"""The endpoints, through the app and with OpenAI's SDK over a socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.config.model import Resources
from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.resources.chat_completions import ChatCompletions
from openai_mock_api.resources.store import Store
from tests.script_of_tests import CONFIG
from tests.serving import Served, app_of, chat, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = "No chat completion found with id 'x'."


def create(client: openai.OpenAI, text: str = "Hello", **parameters: Any) -> str:
    created: str = client.chat.completions.create(**chat(text, store=True, **parameters)).id
    return created


# -- in the SDK's eyes


def test_a_stored_completion_is_retrieved(served: Served) -> None:
    client = served.client()
    created = client.chat.completions.create(**chat("Hello", store=True, metadata={"a": "b"}))
    found = client.chat.completions.retrieve(created.id)
    assert found.metadata == {"a": "b"}
    assert found.to_dict().items() >= created.to_dict().items()


def test_a_stored_stream_is_retrieved(served: Served) -> None:
    client = served.client()
    with client.chat.completions.stream(**chat("both", store=True)) as stream:
        final = stream.get_final_completion()
    found = client.chat.completions.retrieve(final.id)
    assert found.choices[0].message.content == final.choices[0].message.content == "Let me look."
    assert found.choices[0].message.tool_calls
    assert found.usage is not None


def test_completions_are_listed_in_pages_oldest_first(served: Served) -> None:
    client = served.client()
    ids = [create(client) for _ in range(5)]
    assert [completion.id for completion in client.chat.completions.list(limit=2)] == ids
    assert [completion.id for completion in client.chat.completions.list(limit=2, order="desc")] == ids[::-1]
    assert client.chat.completions.list(limit=2).has_more


def test_a_loop_may_delete_what_it_lists(fast: Served) -> None:
    client = fast.client()
    ids = [create(client) for _ in range(5)]
    seen = []
    for completion in client.chat.completions.list(limit=2):
        client.chat.completions.delete(completion.id)
        seen.append(completion.id)
    assert seen == ids
    assert client.chat.completions.list().data == []


def test_completions_are_listed_by_model_and_metadata(fast: Served) -> None:
    client = fast.client()
    first = create(client, metadata={"a": "1", "b": "2"})
    second = create(client, metadata={"a": "1"})
    third = create(client, "other")  # answers as another model
    found = {
        "all": client.chat.completions.list(),
        "a": client.chat.completions.list(metadata={"a": "1"}),
        "a, b": client.chat.completions.list(metadata={"a": "1", "b": "2"}),
        "none": client.chat.completions.list(metadata={"a": "2"}),
        "model": client.chat.completions.list(model="gpt-x"),
        "both": client.chat.completions.list(model="gpt-x", metadata={"a": "1"}),
    }
    assert {name: [completion.id for completion in page] for name, page in found.items()} == {
        "all": [first, second, third],
        "a": [first, second],
        "a, b": [first],
        "none": [],
        "model": [third],
        "both": [],
    }


def test_metadata_is_replaced(served: Served) -> None:
    client = served.client()
    created = create(client, metadata={"a": "1"})
    assert client.chat.completions.update(created, metadata={"b": "2"}).metadata == {"b": "2"}
    assert client.chat.completions.retrieve(created).metadata == {"b": "2"}
    assert client.chat.completions.update(created, metadata=None).metadata == {}


def test_a_completion_is_deleted(served: Served) -> None:
    client = served.client()
    created = create(client)
    deleted = client.chat.completions.delete(created)
    assert (deleted.id, deleted.deleted, deleted.object) == (created, True, "chat.completion.deleted")
    with pytest.raises(openai.NotFoundError, match=f"No chat completion found with id '{created}'"):
        client.chat.completions.retrieve(created)


def test_a_completion_that_was_not_to_be_stored_is_not_found(served: Served) -> None:
    client = served.client()
    created = client.chat.completions.create(**chat("Hello", store=False)).id
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(created)


def test_messages_of_a_completion(fast: Served) -> None:
    client = fast.client().with_options()
    client._strict_response_validation = False  # the SDK's type knows no role but the assistant's
    created = client.chat.completions.create(
        model="gpt-4o",
        store=True,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        ],
    ).id
    messages = list(client.chat.completions.messages.list(created, limit=1))
    assert [(message.id, message.role, message.content) for message in messages] == [
        (f"{created}-0", "system", "Be brief."),
        (f"{created}-1", "user", None),
    ]
    assert messages[1].content_parts is not None
    assert messages[1].content_parts[0].to_dict() == {"type": "text", "text": "Hello"}
    assert [m.id for m in client.chat.completions.messages.list(created, order="desc")] == [
        f"{created}-1",
        f"{created}-0",
    ]


# -- on the wire


def test_a_stored_completion_shows_what_the_reference_shows(fast: Served) -> None:
    with fast.wire() as wire:
        created = wire.ask(post(chat("Hello", store=True, user="me", seed=7))).json["id"]
        found = wire.ask(head("GET", f"/v1/chat/completions/{created}")).json
        listed = wire.ask(head("GET", "/v1/chat/completions")).json
    assert found["object"] == "chat.completion"
    assert (found["input_user"], found["seed"], found["temperature"], found["tools"]) == ("me", 7, 1.0, None)
    assert listed == {"object": "list", "data": [found], "first_id": created, "last_id": created, "has_more": False}


def test_messages_as_the_reference_shows_them(fast: Served) -> None:
    with fast.wire() as wire:
        created = wire.ask(post(chat("Hello", store=True))).json["id"]
        listed = wire.ask(head("GET", f"/v1/chat/completions/{created}/messages")).json
    id_ = f"{created}-0"
    assert listed == {
        "object": "list",
        "data": [{"id": id_, "role": "user", "name": None, "content": "Hello", "content_parts": None}],
        "first_id": id_,
        "last_id": id_,
        "has_more": False,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/chat/completions/x"),
        ("GET", "/v1/chat/completions?after=x"),
        ("GET", "/v1/chat/completions/x/messages"),
        ("DELETE", "/v1/chat/completions/x"),
    ],
)
def test_an_unknown_id_is_not_found(fast: Served, method: str, path: str) -> None:
    with fast.wire() as wire:
        answer = wire.ask(head(method, path))
    assert (answer.status, answer.error["message"], answer.error["type"]) == (404, UNKNOWN, "invalid_request_error")


def test_an_unknown_id_is_not_updated(fast: Served) -> None:
    with fast.wire() as wire:
        answer = wire.ask(post({"metadata": {}}, target="/v1/chat/completions/x"))
    assert (answer.status, answer.error["message"]) == (404, UNKNOWN)


def test_an_unknown_message_is_no_cursor(fast: Served) -> None:
    with fast.wire() as wire:
        created = wire.ask(post(chat("Hello", store=True))).json["id"]
        answer = wire.ask(head("GET", f"/v1/chat/completions/{created}/messages?after=x"))
    assert (answer.status, answer.error["message"]) == (404, "No message found with id 'x'.")


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "metadata", "missing_required_parameter"),
        ({"metadata": {}, "model": "x"}, "model", "unknown_parameter"),
        ({"metadata": []}, "metadata", "invalid_type"),
        ({"metadata": {"a": 1}}, "metadata.a", "invalid_type"),
        ({"metadata": {"a": "x" * 513}}, "metadata.a", "string_above_max_length"),
        ({"metadata": {str(i): "" for i in range(17)}}, "metadata", "object_above_max_properties"),
    ],
)
def test_updates_that_are_refused(body: dict[str, Any], param: str, code: str) -> None:
    completions = ChatCompletions(Store(Resources()))
    with pytest.raises(ApiError) as caught:
        completions.update(Request("POST", "/", [], json.dumps(body).encode()), "x")
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, param, code)


@pytest.mark.parametrize("path", ["/chat/completions", "/chat/completions/{id}/messages"])
def test_lists_refuse_limits_that_are_too_high(fast: Served, path: str) -> None:
    with fast.wire() as wire:
        created = wire.ask(post(chat("Hello", store=True))).json["id"]
        answer = wire.ask(head("GET", path.format(id=created) + "?limit=101"))
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, "integer_above_max_value", "limit")


@pytest.mark.parametrize("id_", ["%FF", "%00", "a%2Fb", "%ED%A0%80", "../x", "x" * 5000])
def test_strange_ids_are_unknown(fast: Served, id_: str) -> None:
    with fast.wire() as wire:
        assert wire.ask(head("GET", f"/v1/chat/completions/{id_}")).status == 404
        assert wire.ask(head("GET", f"/v1/chat/completions?after={id_}")).status == 404


# -- objects that are made up


@pytest.fixture(scope="module")
def synthesizing_server() -> Iterator[Served]:
    with serving(app_of({**CONFIG, "resources": {"missing": "synthesize"}})) as served:
        yield served


@pytest.fixture
def synthesizing(synthesizing_server: Served) -> Served:
    synthesizing_server.app.reset()
    return synthesizing_server


def test_an_unknown_id_gets_a_completion_that_stays(synthesizing: Served) -> None:
    client = synthesizing.client()
    assert client.chat.completions.retrieve("x").id == "x"
    assert client.chat.completions.update("x", metadata={"a": "b"}).metadata == {"a": "b"}
    assert [c.metadata for c in client.chat.completions.list()] == [{"a": "b"}]
    assert [message.role for message in client.chat.completions.messages.list("y")] == ["assistant"]
    assert client.chat.completions.delete("z").deleted


def test_unknown_cursors_are_before_everything(synthesizing: Served) -> None:
    client = synthesizing.client()
    created = create(client)
    assert [c.id for c in client.chat.completions.list(after="x")] == [created]
    assert len(client.chat.completions.messages.list("x", after="y").data) == 1
