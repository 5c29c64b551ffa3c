"""Conversations as the SDK has them, over a socket and in strict validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai
import pytest

from tests.adapters import ADAPTERS
from tests.resources.talking import GREETING, SLOW, WEATHER, output
from tests.serving import KEY, Served, app_of, flow, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


#: One error of the server, and one of who asks.
ERRORS = [flow("Broken", error="server_error"), flow("Too much", error="rate_limit")]


@pytest.fixture(scope="module", params=ADAPTERS)
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    config = {"api_key": KEY, "responses": [GREETING, WEATHER, {**SLOW, "id": "slow"}, *ERRORS]}
    with serving(app_of(config), request.param) as served:
        yield served


@pytest.fixture
def client(server: Served) -> openai.OpenAI:
    server.app.reset()
    return server.client()


def test_responses_follow_each_other(client: openai.OpenAI) -> None:
    first = client.responses.create(model="gpt-5", input="Hello")
    with client.responses.stream(model="gpt-5", input="And now?", previous_response_id=first.id) as stream:
        second = stream.get_final_response()
    third = client.responses.create(model="gpt-5", input="And now?", previous_response_id=second.id)
    assert [turn.output_text for turn in (first, second, third)] == [
        "Hi there!",
        "You said hello.",
        "You repeat yourself.",
    ]
    listed = list(client.responses.input_items.list(third.id, order="asc", limit=2))
    assert [item.type for item in listed] == ["message"] * 5
    assert client.responses.retrieve(third.id) == third
    client.responses.delete(third.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(third.id)


def test_the_same_request_is_stored_every_time(client: openai.OpenAI) -> None:
    ids = [client.responses.create(model="gpt-5", input="Hello").id for _ in range(3)]
    assert len({client.responses.retrieve(id_).id for id_ in ids}) == 3


def test_tools_are_called_and_answered(client: openai.OpenAI) -> None:
    call = client.responses.create(model="gpt-5", input="Weather?")
    assert [item.type for item in call.output] == ["reasoning", "function_call"]
    answer = client.responses.create(model="gpt-5", input=[output()], previous_response_id=call.id)  # type: ignore[list-item]
    assert answer.output_text == "Sunny."
    whole = [{"role": "user", "content": "Weather?"}, *call.output, output()]
    assert client.responses.create(model="gpt-5", input=whole).output_text == "Sunny."  # type: ignore[arg-type]


def test_a_conversation(client: openai.OpenAI) -> None:
    conversation = client.conversations.create(metadata={"a": "b"})
    client.responses.create(model="gpt-5", input="Hello", conversation=conversation.id)
    answer = client.responses.create(model="gpt-5", input="And now?", conversation=conversation.id)
    assert answer.output_text == "You said hello."
    items = list(client.conversations.items.list(conversation.id, limit=3))
    assert [item.type for item in items] == ["message"] * 4
    assert client.conversations.items.delete(items[0].id or "", conversation_id=conversation.id) == conversation
    assert client.conversations.delete(conversation.id).deleted


def test_a_response_in_the_background(client: openai.OpenAI) -> None:
    created = client.responses.create(model="gpt-5", input="Hello", background=True)
    assert created.status == "queued"
    assert client.responses.retrieve(created.id).output_text == "Hi there!"
    slow = client.responses.create(model="gpt-5", input="Slow", background=True)
    assert client.responses.cancel(slow.id).status == "cancelled"


def test_a_response_fails_in_the_background(client: openai.OpenAI) -> None:
    created = client.responses.create(model="gpt-5", input="Broken", background=True)
    assert (created.status, created.error) == ("queued", None)
    failed = client.responses.retrieve(created.id)
    assert (failed.status, failed.output, failed.usage, failed.completed_at) == ("failed", [], None, None)
    assert failed.error is not None
    assert failed.error.code == "server_error"
    events = list(client.responses.create(model="gpt-5", input="Broken", background=True, stream=True))
    assert [event.type.removeprefix("response.") for event in events] == ["created", "queued", "in_progress", "failed"]
    assert events[-1].response.error == failed.error  # type: ignore[union-attr]


@pytest.mark.parametrize("background", [True, False])
def test_what_is_refused_is_refused_at_once(client: openai.OpenAI, background: bool) -> None:
    with pytest.raises(openai.RateLimitError):
        client.responses.create(model="gpt-5", input="Too much", background=background)


def test_a_response_that_is_waited_for_fails_at_once(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="gpt-5", input="Broken")


def test_a_stream_that_is_taken_up_again(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="gpt-5", input="Hello", background=True, stream=True))
    assert events[0].type == "response.created"
    rest = list(client.responses.retrieve(events[0].response.id, stream=True, starting_after=4))
    assert rest == events[5:]


def test_a_stream_that_is_taken_up_behind_its_end_is_empty(client: openai.OpenAI) -> None:
    """The connection stays good for what comes next."""
    events = list(client.responses.create(model="gpt-5", input="Hello", background=True, stream=True))
    id_ = events[0].response.id  # type: ignore[union-attr]
    assert list(client.responses.retrieve(id_, stream=True, starting_after=1000)) == []
    assert client.responses.retrieve(id_).output_text == "Hi there!"


def test_inputs_are_counted_and_compacted(client: openai.OpenAI) -> None:
    first = client.responses.create(model="gpt-5", input="Hello")
    assert first.usage is not None
    assert client.responses.input_tokens.count(model="gpt-5", input="Hello").input_tokens == first.usage.input_tokens
    compacted = client.responses.compact(model="gpt-5", previous_response_id=first.id)
    following = [*compacted.output, {"role": "user", "content": "And now?"}]
    answer = client.responses.create(model="gpt-5", input=following)  # type: ignore[arg-type]
    assert answer.output_text == "You said hello."
