"""Answers that break off after they have begun, in each family of the API, as the SDK meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import openai
import pytest

from tests.adapters import ADAPTERS
from tests.serving import KEY, Served, chat, flow, post, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CALL = {"id": "call_1", "function": {"name": "f", "arguments": {"a": 1}}}
TEXT = "One two three."
CONFIG: dict[str, Any] = {
    "api_key": KEY,
    "responses": [
        flow("event", content=TEXT, fault={"type": "error_event", "after": 2}, error="rate_limit"),
        flow("event at the end", content=TEXT, fault="error_event"),
        flow("event at once", fault={"type": "error_event", "after": 0}),
        flow("failed", content=TEXT, fault="failed", error={"code": "invalid_prompt", "message": "No."}),
        flow("failed at once", fault="failed"),
        flow("failed in a call", content="Hm", tool_calls=[CALL], fault={"type": "failed", "after": 2}),
        flow("choices", choices=[{"content": TEXT}, {"content": "Hi"}], fault={"type": "error_event", "after": 1}),
    ],
}


class Family(NamedTuple):
    """How a family is asked, and what an event of its stream says."""

    ask: Callable[..., Any]
    said: Callable[[Any], str]


def asked_chat(client: openai.OpenAI, text: str, **more: Any) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}], **more)


def asked_responses(client: openai.OpenAI, text: str, **more: Any) -> Any:
    return client.responses.create(model="gpt-4o", input=text, **more)


def asked_completions(client: openai.OpenAI, text: str, **more: Any) -> Any:
    return client.completions.create(model="gpt-3.5-turbo-instruct", prompt=text, **more)


FAMILIES: Final = {
    "chat": Family(asked_chat, lambda event: event.choices[0].delta.content or ""),
    "responses": Family(asked_responses, lambda event: getattr(event, "delta", "")),
    "completions": Family(asked_completions, lambda event: event.choices[0].text),
}
SPOKEN_OF: Final = [pytest.param(family, id=name) for name, family in FAMILIES.items()]


@pytest.fixture(scope="module", params=ADAPTERS)
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(CONFIG, request.param) as served:
        yield served


@pytest.fixture
def client(server: Served) -> Iterator[openai.OpenAI]:
    """A client that validates nothing: the SDK's strict model of a text completion has to end."""
    with openai.OpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0) as client:
        yield client


def heard(stream: Iterable[Any]) -> tuple[list[Any], openai.APIError]:
    """Return the events of a stream, and the error that ends it."""
    events: list[Any] = []
    with pytest.raises(openai.APIError) as raised:
        events.extend(stream_into(events, stream))
    return events, raised.value


def stream_into(events: list[Any], stream: Iterable[Any]) -> list[Any]:
    for event in stream:
        events.append(event)
    return []


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [("event", "One two", "rate_limit_exceeded"), ("event at the end", TEXT, None), ("event at once", "", None)],
)
@pytest.mark.parametrize("family", SPOKEN_OF)
def test_a_stream_ends_with_an_error(
    client: openai.OpenAI, family: Family, text: str, said: str, code: str | None
) -> None:
    events, error = heard(family.ask(client, text, stream=True))
    assert "".join(map(family.said, events)) == said
    assert (type(error), error.code) == (openai.APIError, code)


@pytest.mark.parametrize("family", SPOKEN_OF)
def test_a_body_is_the_error(client: openai.OpenAI, family: Family) -> None:
    with pytest.raises(openai.RateLimitError):
        family.ask(client, "event")
    with pytest.raises(openai.InternalServerError):
        family.ask(client, "event at once")


@pytest.mark.parametrize("family", [FAMILIES["chat"], FAMILIES["completions"]])
def test_what_cannot_say_that_it_has_failed_ends_with_an_error(client: openai.OpenAI, family: Family) -> None:
    events, error = heard(family.ask(client, "failed", stream=True))
    assert "".join(map(family.said, events)) == TEXT
    assert error.code == "invalid_prompt"
    with pytest.raises(openai.InternalServerError, match="No"):
        family.ask(client, "failed")


def test_nothing_follows_the_error_of_a_completion(server: Served) -> None:
    with server.wire() as wire:
        answer = wire.ask(post(chat("event", stream=True, stream_options={"include_usage": True})))
    *_, before, last = answer.body.decode().removesuffix("\n\n").split("\n\n")
    assert '"finish_reason":null' in before
    assert last.startswith('data: {"error":{"message":"Rate limit reached')


def test_each_choice_is_cut(client: openai.OpenAI) -> None:
    events, _ = heard(asked_chat(client, "choices", n=2, stream=True))
    said = [(event.choices[0].index, event.choices[0].delta.content) for event in events]
    assert sorted(said) == [(0, ""), (0, "One"), (1, ""), (1, "Hi")]


def test_a_completion_that_breaks_off_is_not_stored(server: Served, client: openai.OpenAI) -> None:
    server.app.reset()
    heard(asked_chat(client, "event", stream=True, store=True))
    assert not list(client.chat.completions.list())


# -- responses


@pytest.mark.parametrize(
    ("text", "types", "code"),
    [
        ("failed", ["message"], "invalid_prompt"),
        ("failed at once", [], "server_error"),
        ("failed in a call", ["message"], "server_error"),
    ],
)
def test_a_response_says_that_it_has_failed(server: Served, text: str, types: list[str], code: str) -> None:
    client = server.client()
    whole = asked_responses(client, text)
    *_, last = asked_responses(client, text, stream=True)
    polled = client.responses.retrieve(asked_responses(client, text, background=True).id)
    with client.responses.connect() as connection:
        connection.response.create(model="gpt-4o", input=text)
        while (event := connection.recv()).type != "response.failed":
            pass
    assert last.type == event.type == "response.failed"
    for response in (whole, last.response, polled, event.response):
        assert (response.status, response.usage) == ("failed", None)
        assert response.error is not None
        assert response.error.code == code
        assert [item.type for item in response.output] == types
    assert client.responses.retrieve(whole.id) == whole


def test_the_error_is_told_before_the_response_has_failed(server: Served) -> None:
    with server.client().responses.connect() as connection:
        connection.response.create(model="gpt-4o", input="event")
        events: list[Any] = [connection.recv()]
        while events[-1].type != "response.failed":
            events.append(connection.recv())
    error, failed = events[-2:]
    assert type(error).__name__ == "ResponseWsError"
    assert (error.error.type, error.error.code) == ("requests", "rate_limit_exceeded")
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert (failed.response.output, failed.response.error.code) == ([], "rate_limit_exceeded")


def test_the_error_has_both_forms(server: Served) -> None:
    with server.wire() as wire:
        document = {"model": "gpt-4o", "input": "event at once", "stream": True}
        answer = wire.ask(post(document, target="/v1/responses"))
    (error,) = [event for event in answer.body.decode().split("\n\n") if event.startswith("event: error\n")]
    message = "The server had an error while processing your request. Sorry about that!"
    assert error.partition("data: ")[2] == (
        '{"type":"error","sequence_number":2,'
        f'"code":null,"message":"{message}","param":null,'
        f'"error":{{"type":"server_error","code":null,"message":"{message}","param":null}}}}'
    )
