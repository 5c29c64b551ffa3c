"""The libraries through which a client reaches the mock without a port: httpx, aiohttp, Starlette and FastAPI."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest

from openai_mock_api import MockServer
from tests.clients.conftest import CONFIG, GREETING
from tests.serving import chat, eventually, flow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

REASON = "make test-clients installs it"
aiohttp = pytest.importorskip("aiohttp", reason=REASON)
httpx = pytest.importorskip("httpx", reason=REASON)
applications = pytest.importorskip("starlette.applications", reason=REASON)
fastapi = pytest.importorskip("fastapi", reason=REASON)
testclient = pytest.importorskip("starlette.testclient", reason=REASON)
httpx_aiohttp = pytest.importorskip("openai._vendor.httpx_aiohttp", reason=REASON)

URL = "http://mock/v1"
LATE = flow("later", content=GREETING, delay=3600)
CREATE = {"type": "response.create", "model": "gpt-4o", "input": "Hello"}
SLOW = flow("slow", content="one two three", pacing={"inter_token": 0.002})


@pytest.fixture
def mock() -> MockServer:
    """A server that is never started."""
    return MockServer({**CONFIG, "responses": [*CONFIG["responses"], LATE, SLOW]}, port=0)


@pytest.fixture
def headers(mock: MockServer) -> dict[str, str]:
    return {"authorization": f"Bearer {mock.api_key}"}


def parameters(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}


def strict(mock: MockServer, http: Any, base_url: str = URL) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=base_url, api_key=mock.api_key, http_client=http, max_retries=0, _strict_response_validation=True
    )


async def use(client: openai.AsyncOpenAI, mock: MockServer) -> None:
    """Ask, plainly and for a stream, and once more than is allowed."""
    answer = await client.chat.completions.create(**parameters("Hello"))
    assert answer.choices[0].message.content == GREETING
    stream = await client.chat.completions.create(**parameters("slow"), stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "one two three"
    with pytest.raises(openai.RateLimitError):
        await client.chat.completions.create(**parameters("limit"))
    assert [exchange.matched for exchange in mock.requests] == ["Hello", "slow", "limit"]
    eventually(lambda: all(exchange.finished for exchange in mock.requests))


# -- httpx


def test_a_blocking_client_of_httpx(mock: MockServer, headers: dict[str, str]) -> None:
    with httpx.Client(transport=mock.transport("httpx"), base_url=URL, headers=headers) as http:
        answer = http.post("/chat/completions", json=chat("Hello"))
        assert answer.json()["choices"][0]["message"]["content"] == GREETING
        with http.stream("POST", "/chat/completions", json=chat("slow", stream=True)) as stream:
            assert len(list(stream.iter_raw())) == 5
        with pytest.raises(httpx.ReadTimeout) as caught:
            http.post("/chat/completions", json=chat("later"), timeout=0.01)
        assert caught.value.request.url.path == "/v1/chat/completions"
    assert [exchange.hung_up for exchange in mock.requests] == [False, False, True]


async def test_an_asynchronous_client_of_httpx(mock: MockServer, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(transport=mock.async_transport("httpx"), base_url=URL, headers=headers) as http:
        assert (await http.post("/chat/completions", json=chat("Hello"))).status_code == 200
        async with http.stream("POST", "/chat/completions", json=chat("slow", stream=True)) as stream:
            assert len([chunk async for chunk in stream.aiter_raw()]) == 5
        with mock.hold() as gate:
            asking = asyncio.ensure_future(http.post("/chat/completions", json=chat("Hello")))
            await gate.wait_async()
            gate.disconnect()
            with pytest.raises(httpx.RemoteProtocolError):
                await asking


# -- aiohttp


async def test_a_session_of_aiohttp(mock: MockServer, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession(connector=mock.aiohttp_connector(), headers=headers) as session:
        for url in ("http://mock/v1/chat/completions", "https://api.openai.com/v1/chat/completions"):
            async with session.post(url, json=chat("Hello")) as answer:
                assert (await answer.json())["choices"][0]["message"]["content"] == GREETING
        async with session.post(url, json=chat("slow", stream=True)) as answer:
            assert len([piece async for piece, _ in answer.content.iter_chunks()]) == 5
        with pytest.raises(TimeoutError):
            await session.post(url, json=chat("later"), timeout=aiohttp.ClientTimeout(total=0.02))
        await asyncio.to_thread(eventually, lambda: mock.requests[-1].hung_up)


async def test_a_session_whose_connection_is_cut(mock: MockServer, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession(connector=mock.aiohttp_connector(limit=1), headers=headers) as session:
        with mock.hold() as gate:
            asking = asyncio.ensure_future(session.post(f"{URL}/chat/completions", json=chat("Hello")).__aenter__())
            await gate.wait_async()
            gate.disconnect()
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await asking


async def test_a_websocket_of_aiohttp(mock: MockServer, headers: dict[str, str]) -> None:
    async with (
        aiohttp.ClientSession(connector=mock.aiohttp_connector(), headers=headers) as session,
        session.ws_connect("http://mock/v1/responses") as socket,
    ):
        await socket.send_json(CREATE)
        assert (await socket.receive_json())["type"] == "response.created"
    assert mock.requests[0].matched == "Hello"


async def test_the_sdk_with_aiohttp(mock: MockServer) -> None:
    session = aiohttp.ClientSession(connector=mock.aiohttp_connector())
    http = openai.DefaultAioHttpClient(transport=httpx_aiohttp.AiohttpTransport(client=session))
    async with strict(mock, http) as client:
        await use(client, mock)


async def test_the_sdks_client_of_aiohttp_takes_any_transport(mock: MockServer) -> None:
    async with strict(mock, openai.DefaultAioHttpClient(transport=mock.async_transport())) as client:
        await use(client, mock)


# -- mounted in other applications


def starlette_app(mock: MockServer, lifespan: Any) -> Any:
    app = applications.Starlette(lifespan=lifespan)
    app.mount("/openai", mock.asgi)
    return app


def fastapi_app(mock: MockServer, lifespan: Any) -> Any:
    app = fastapi.FastAPI(lifespan=lifespan)
    app.mount("/openai", mock.asgi)
    return app


def fastapi_app_in_another(mock: MockServer, lifespan: Any) -> Any:
    app = fastapi.FastAPI(lifespan=lifespan)
    app.mount("/inner", fastapi_app(mock, None))
    return app


#: How an application is built, the root path that its server is told, and what a client puts before ``/v1``.
MOUNTED: dict[str, tuple[Callable[[MockServer, Any], Any], str, str]] = {
    "Starlette": (starlette_app, "", "/openai"),
    "FastAPI": (fastapi_app, "", "/openai"),
    "FastAPI in FastAPI behind a proxy": (fastapi_app_in_another, "/proxy", "/proxy/inner/openai"),
}


@pytest.mark.parametrize("name", MOUNTED)
async def test_mounted_in(mock: MockServer, name: str) -> None:
    build, root, prefix = MOUNTED[name]
    lived = []

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        lived.append("begun")
        yield
        lived.append("ended")

    app = build(mock, lifespan)
    async with app.router.lifespan_context(app):
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app, root_path=root))
        async with strict(mock, http, f"http://app{prefix}/v1") as client:
            await use(client, mock)
            assert (await http.get("http://app/nothing")).status_code == 404
    assert {exchange.path for exchange in mock.requests} == {"/v1/chat/completions"}
    assert lived == ["begun", "ended"]


@pytest.mark.parametrize("build", [starlette_app, fastapi_app])
def test_a_websocket_of_a_mounted_mock(mock: MockServer, headers: dict[str, str], build: Callable[..., Any]) -> None:
    with testclient.TestClient(build(mock, None), headers=headers) as client:
        with client.websocket_connect("/openai/v1/responses") as socket:
            socket.send_json(CREATE)
            assert socket.receive_json()["type"] == "response.created"
        refused = pytest.raises(testclient.WebSocketDenialResponse)
        with refused as answer, client.websocket_connect("/openai/v1/responses", headers={"authorization": "Bearer x"}):
            pass
    assert answer.value.status_code == 401


async def test_a_namespace_is_mounted(mock: MockServer) -> None:
    with mock.namespace("a", config={"responses": [flow("Hello", content="room")]}) as room:
        app = applications.Starlette()
        app.mount("/a", room.asgi)
        async with strict(mock, httpx2.AsyncClient(transport=httpx2.ASGITransport(app)), "http://app/a/v1") as client:
            answer = await client.chat.completions.create(**parameters("Hello"), extra_headers={"x": "y"})
        assert answer.choices[0].message.content == "room"
        assert mock.requests == []
