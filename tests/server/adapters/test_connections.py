"""Connections without a port: a client's protocol on one side, the server's on the other."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.server.adapters.connections import Connections
from openai_mock_api.server.runner import new_event_loop
from tests.script_of_tests import CONFIG
from tests.serving import app_of, chat, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.server.app import App


class Client(asyncio.Protocol):
    """A client that sees every piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.transport: asyncio.Transport
        self.came = asyncio.Event()
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.came.set()

    def connection_lost(self, _: Exception | None) -> None:
        self.lost.set()

    async def until(self, end: bytes) -> bytes:
        while not (data := b"".join(self.pieces)).endswith(end):
            await self.came.wait()
            self.came.clear()
        return data


@pytest.fixture(scope="module")
def app() -> App:
    return app_of(CONFIG)


@pytest.fixture(params=[asyncio.new_event_loop, new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest, app: App) -> asyncio.Runner:
    app.reset()
    return asyncio.Runner(loop_factory=request.param)


def run(runner: asyncio.Runner, main: Callable[[], object]) -> None:
    with runner:
        runner.run(main())  # type: ignore[arg-type]


def test_a_request_and_its_answer(runner: asyncio.Runner, app: App) -> None:
    async def main() -> None:
        client = await Connections(app).open(Client)
        client.transport.write(post(chat("Hello")))
        head, _, body = (await client.until(b"}")).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
        assert json.loads(body)["choices"][0]["message"]["content"] == "Hi there! How are you today?"
        client.transport.close()
        await client.lost.wait()

    run(runner, main)


def test_one_connection_takes_many_requests(runner: asyncio.Runner, app: App) -> None:
    async def main() -> None:
        client = await Connections(app).open(Client)
        for _ in range(3):
            client.transport.write(post(chat("Hello", stream=True)))
            await client.until(b"[DONE]\n\n\r\n0\r\n\r\n")
            client.pieces.clear()
        client.transport.close()
        await client.lost.wait()

    run(runner, main)
    assert [exchange.finished for exchange in app.journal] == [True] * 3


def test_a_client_that_closes_has_hung_up(runner: asyncio.Runner, app: App) -> None:
    async def main() -> None:
        client = await Connections(app).open(Client)
        client.transport.write(post(chat("endless", stream=True)))
        await client.until(b'"content":"one"},"logprobs":null,"finish_reason":null}]}\n\n\r\n')
        client.transport.close()
        while not next(iter(app.journal)).hung_up:  # noqa: ASYNC110 - nothing rings then
            await asyncio.sleep(0)

    run(runner, main)
    assert not next(iter(app.journal)).finished


def test_a_gate_cuts_the_connection(runner: asyncio.Runner, app: App) -> None:
    async def main() -> None:
        client = await Connections(app).open(Client)
        with app.gates.hold() as gate:
            client.transport.write(post(chat("Hello")))
            await gate.wait_async()
            gate.disconnect()
            await client.lost.wait()
        assert client.pieces == []

    run(runner, main)
