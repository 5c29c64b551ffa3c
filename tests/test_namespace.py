"""Namespaces as tests in Python use them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.errors import ConfigError, ServerError
from openai_mock_api.mock import MockServer, Namespace
from tests.serving import chat, flow

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG: dict[str, Any] = {"responses": [flow("Hello", content="Hi")]}


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with MockServer(CONFIG, port=0) as mock:
        yield mock


def said(base_url: str, api_key: str, text: str = "Hello") -> str | None:
    with openai.OpenAI(base_url=base_url, api_key=api_key, max_retries=0) as client:
        answer: str | None = client.chat.completions.create(**chat(text)).choices[0].message.content
        return answer


def test_a_namespace_is_reached_by_its_url_or_its_key(mock: MockServer) -> None:
    with mock.namespace("a") as space:
        assert (space.name, space.url, space.base_url) == ("a", f"{mock.url}/ns/a", f"{mock.url}/ns/a/v1")
        assert space.api_key.startswith("sk-mock-a-")
        assert [said(space.base_url, mock.api_key), said(mock.base_url, space.api_key)] == ["Hi", "Hi"]
        assert (len(space.requests), mock.requests) == (2, [])
        assert repr(space) == "<Namespace a>"


def test_it_has_the_verbs_of_a_server(mock: MockServer) -> None:
    with mock.namespace() as space:
        said(space.base_url, space.api_key)
        assert space.last_request is not None
        assert (space.last_request.matched, space.last_request.namespace) == ("Hello", space.name)
        assert space.clock is mock.clock
        space.reset()
        assert space.requests == []
        with space.hold("Hello") as gate:
            assert gate.held == []


def test_a_configuration_of_its_own(mock: MockServer) -> None:
    written = "responses:\n- id: a\n  messages: [{role: user, content: Hello}, {role: assistant, content: Moin}]"
    for config in ({"responses": [flow("Hello", content="Moin")]}, written):
        with mock.namespace(config=config) as space:
            assert (said(space.base_url, space.api_key), said(mock.base_url, mock.api_key)) == ("Moin", "Hi")


def test_what_comes_late_is_told_to_the_owner(mock: MockServer) -> None:
    with mock.namespace("a") as space:
        assert space.is_open
    with pytest.raises(openai.BadRequestError, match="The namespace 'a' is closed"):
        said(space.base_url, space.api_key)
    assert ([late.status for late in space.late], space.requests, space.is_open) == ([400], [], False)


def test_closing_twice_does_not_close_the_next_of_that_name(mock: MockServer) -> None:
    first = mock.namespace("a")
    first.close()
    with mock.namespace("a") as second:
        first.close()
        assert said(second.base_url, second.api_key) == "Hi"


def test_in_asynchronous_tests(mock: MockServer) -> None:
    async def use() -> Namespace:
        async with (
            mock.namespace() as space,
            openai.AsyncOpenAI(base_url=space.base_url, api_key=space.api_key) as client,
        ):
            answers = await asyncio.gather(*[client.chat.completions.create(**chat("Hello")) for _ in range(5)])
            assert {answer.choices[0].message.content for answer in answers} == {"Hi"}
        return space

    space = asyncio.run(use())
    assert (len(space.requests), space.is_open) == (5, False)


def test_in_this_process_too() -> None:
    """Without a port: the transport of a namespace leads there, whatever key is sent."""
    httpx2 = pytest.importorskip("httpx2")
    mock = MockServer(CONFIG)
    with (
        mock.namespace() as space,
        httpx2.Client(transport=space.transport()) as http,
        openai.OpenAI(base_url="http://mock/v1", api_key=mock.api_key, http_client=http) as client,
    ):
        client.chat.completions.create(**chat("Hello"))
        assert (len(space.requests), mock.requests) == (1, [])


@pytest.mark.parametrize(("name", "said"), [("a", "is open already"), ("a b", "cannot be the name")])
def test_names_that_cannot_be_used(mock: MockServer, name: str, said: str) -> None:
    with mock.namespace("a"), pytest.raises(ServerError, match=said):
        mock.namespace(name)


def test_a_configuration_that_cannot_be_used(mock: MockServer) -> None:
    with pytest.raises(ConfigError, match="at least one response"):
        mock.namespace("a", config={"responses": []})
    assert mock.namespace("a").is_open


def test_stopping_the_server_opens_every_gate() -> None:
    with MockServer(CONFIG, port=0) as mock:
        gate = mock.namespace().hold()
        url = mock.url
    assert gate.held == []
    assert "127.0.0.1" in url


def test_where_it_is_before_the_server_runs() -> None:
    with pytest.raises(ServerError, match="port is not known"):
        _ = MockServer(CONFIG, port=0).namespace().base_url
