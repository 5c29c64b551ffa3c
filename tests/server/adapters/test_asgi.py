from __future__ import annotations

import asyncio
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
import uvicorn

from openai_mock_api.http import Request
from openai_mock_api.server.adapters.asgi import AsgiAdapter
from openai_mock_api.server.adapters.sending import CUT
from openai_mock_api.server.app import App
from tests.script_of_tests import CONFIG
from tests.serving import KEY, Wire, app_of, chat, eventually, head, post

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from openai_mock_api.journal import Journal
    from tests.serving import Served


class Client:
    """The server's side of one ASGI call: what the app receives, and what it has sent."""

    def __init__(self, *messages: dict[str, Any], failing: type[Exception] | None = None) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self.gone = asyncio.Event()
        self.got_piece = asyncio.Event()
        self._messages = list(messages)
        self._failing = failing

    async def receive(self) -> MutableMapping[str, Any]:
        if self._messages:
            return self._messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if self._failing is not None:
            raise self._failing
        self.sent.append(message)
        if message.get("body"):
            self.got_piece.set()


def body(document: Any) -> dict[str, Any]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {"type": "http.request", "body": data, "more_body": False}


def scope(**more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat/completions",
        "query_string": b"a=b",
        "headers": [(b"Authorization", f"Bearer {KEY}".encode())],
        **more,
    }


@pytest.fixture
def adapter() -> AsgiAdapter:
    return AsgiAdapter(app_of(CONFIG))


def journal_of(adapter: AsgiAdapter) -> Journal:
    assert isinstance(adapter.core, App)
    return adapter.core.journal


async def test_a_call_is_answered(adapter: AsgiAdapter) -> None:
    client = Client(body(chat("Hello")))
    await adapter(scope(), client.receive, client.send)
    start, answer = client.sent
    assert start["status"] == 200
    assert (b"content-length", str(len(answer["body"])).encode()) in start["headers"]
    assert json.loads(answer["body"])["object"] == "chat.completion"
    (kept,) = journal_of(adapter)
    assert (kept.finished, kept.hung_up, kept.request.query) == (True, False, "a=b")


async def test_a_body_may_come_in_pieces(adapter: AsgiAdapter) -> None:
    data = json.dumps(chat("Hello")).encode()
    pieces = [{"type": "http.request", "body": data[at : at + 5], "more_body": True} for at in range(0, len(data), 5)]
    client = Client(*pieces, {"type": "http.request"})
    await adapter(scope(), client.receive, client.send)
    assert client.sent[0]["status"] == 200


async def test_a_client_that_goes_while_sending_is_not_answered(adapter: AsgiAdapter) -> None:
    client = Client({"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"})
    await adapter(scope(), client.receive, client.send)
    assert client.sent == []
    assert len(journal_of(adapter)) == 0


async def test_a_body_over_the_limit_is_read_no_further(adapter: AsgiAdapter) -> None:
    client = Client(*[{"type": "http.request", "body": b"x" * 2_000_000, "more_body": True}] * 4)
    await adapter(scope(), client.receive, client.send)
    assert client.sent[0]["status"] == 413
    (kept,) = journal_of(adapter)
    assert len(kept.body) == 4_000_000


async def test_a_client_that_goes_ends_a_paced_stream(adapter: AsgiAdapter) -> None:
    client = Client(body(chat("endless", stream=True)))
    answering = asyncio.create_task(adapter(scope(), client.receive, client.send))
    await client.got_piece.wait()
    client.gone.set()
    await answering
    (kept,) = journal_of(adapter)
    assert (kept.hung_up, kept.finished, kept.chunks_sent) == (True, False, 2)


async def test_a_client_that_goes_before_a_late_answer(adapter: AsgiAdapter) -> None:
    client = Client(body(chat("never")))
    client.gone.set()
    await adapter(scope(), client.receive, client.send)
    assert client.sent == []
    (kept,) = journal_of(adapter)
    assert kept.hung_up


async def test_servers_that_raise_when_the_client_has_gone(adapter: AsgiAdapter) -> None:
    client = Client(body(chat("Hello")), failing=BrokenPipeError)
    await adapter(scope(), client.receive, client.send)
    (kept,) = journal_of(adapter)
    assert (kept.hung_up, kept.finished) == (True, False)


class Transport(asyncio.Transport):
    def __init__(self, *, closing: bool) -> None:
        super().__init__()
        self._closing = closing

    def is_closing(self) -> bool:
        return self._closing


async def test_a_connection_that_breaks_while_it_is_written_to(adapter: AsgiAdapter) -> None:
    client = Client(body(chat("Hello")), failing=RuntimeError)
    extensions = {CUT: {"transport": Transport(closing=True)}}
    answering = asyncio.create_task(adapter(scope(extensions=extensions), client.receive, client.send))
    asyncio.get_running_loop().call_later(0.01, client.gone.set)
    await answering
    assert client.gone.is_set()  # not before the server knows of it too
    (kept,) = journal_of(adapter)
    assert (kept.hung_up, kept.finished) == (True, False)


@pytest.mark.parametrize(
    ("error", "extensions"),
    [
        (ZeroDivisionError, {}),
        (RuntimeError, {}),
        (RuntimeError, {CUT: {"transport": Transport(closing=False)}}),
    ],
)
async def test_faults_of_the_server_are_not_hidden(
    adapter: AsgiAdapter, error: type[Exception], extensions: dict[str, Any]
) -> None:
    client = Client(body(chat("Hello")), failing=error)
    before = asyncio.all_tasks()
    with pytest.raises(error):
        await adapter(scope(extensions=extensions), client.receive, client.send)
    assert asyncio.all_tasks() == before


async def test_a_cancelled_call_leaves_no_task(adapter: AsgiAdapter) -> None:
    client = Client(body(chat("endless", stream=True)))
    before = asyncio.all_tasks()
    answering = asyncio.create_task(adapter(scope(), client.receive, client.send))
    await client.got_piece.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert asyncio.all_tasks() == before
    (kept,) = journal_of(adapter)
    assert (kept.hung_up, kept.finished) == (False, False)


@pytest.mark.parametrize(
    ("root", "path", "status"),
    [
        ("", "/v1/models", 200),
        ("/mock", "/mock/v1/models", 200),
        ("/v1", "/v1/models", 200),
        ("/mock", "/v1/models", 200),
        ("/v", "/v1/models", 200),
        ("/mock", "/mock", 404),
    ],
)
async def test_where_it_is_mounted(adapter: AsgiAdapter, root: str, path: str, status: int) -> None:
    client = Client(body(b""))
    await adapter(scope(method="GET", path=path, root_path=root), client.receive, client.send)
    assert client.sent[0]["status"] == status


@pytest.mark.parametrize("text", ["Hello", "paced"])
def test_a_client_of_http_1_0_gets_a_stream_without_chunks(served: Served, text: str) -> None:
    with served.wire() as wire:
        answer = wire.ask(post(chat(text, stream=True), version="1.0"))
        assert wire.rest() == b""
    assert "transfer-encoding" not in answer.headers
    assert answer.events[-1] == "[DONE]"


async def test_lifespan_and_other_scopes(adapter: AsgiAdapter) -> None:
    client = Client({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await adapter({"type": "lifespan"}, client.receive, client.send)
    assert [message["type"] for message in client.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    client = Client()
    await adapter({"type": "carrier pigeon"}, client.receive, client.send)
    assert client.sent == []


async def test_the_sdk_without_a_socket(adapter: AsgiAdapter) -> None:
    async with (
        httpx2.AsyncClient(transport=httpx2.ASGITransport(adapter)) as http,
        openai.AsyncOpenAI(
            base_url="http://mock/v1", api_key=KEY, http_client=http, _strict_response_validation=True
        ) as client,
    ):
        answer = await client.chat.completions.create(**chat("Hello"))
        assert answer.choices[0].message.content == "Hi there! How are you today?"
        stream = await client.chat.completions.create(**chat("paced"), stream=True)
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "one two three four"
        assert (await client.models.retrieve("ft:gpt-4o/mine")).id == "ft:gpt-4o/mine"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("100%25")
    assert journal_of(adapter).exchanges()[-1].path == "/v1/models/100%25"


def other_server(adapter: AsgiAdapter, implementation: Any) -> tuple[uvicorn.Server, threading.Thread, int]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(adapter, http=implementation, log_config=None, lifespan="on", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    eventually(lambda: server.started)
    return server, thread, listener.getsockname()[1]


@pytest.mark.parametrize("implementation", ["h11", "httptools"])
def test_under_a_server_of_somebody_else(adapter: AsgiAdapter, implementation: str) -> None:
    server, thread, port = other_server(adapter, implementation)
    try:
        with Wire(port) as wire:
            assert wire.ask(post(chat("Hello"))).status == 200
            assert wire.ask(post(chat("paced", stream=True))).events[-1] == "[DONE]"
            assert wire.ask(head("HEAD", "/v1/models"), "HEAD").status == 200
            wire.send(post(chat("endless", stream=True)))
            wire.until(b'"content":"one"')
        eventually(lambda: journal_of(adapter).exchanges()[-1].hung_up)
    finally:
        server.should_exit = True
        thread.join()


async def test_a_request_of_any_shape_of_path(adapter: AsgiAdapter) -> None:
    client = Client(body(b""))
    await adapter(scope(method="GET", path="/v1/models/a%2Fb"), client.receive, client.send)
    (kept,) = journal_of(adapter)
    assert isinstance(kept.request, Request)
    assert kept.path == "/v1/models/a%2Fb"  # servers have decoded it already
