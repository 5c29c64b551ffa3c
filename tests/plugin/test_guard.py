"""The escape guard: which hosts are real, which ways to them are watched, and what the test is told."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest
import uvloop

from openai_mock_api.pytest_plugin.guard import Guard, call_site, real_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.plugin.conftest import Run

HOST = "api.openai.com"
URL = f"https://{HOST}/v1/models"


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    guard = Guard()
    guard.watch(monkeypatch)
    return guard


# -- hosts


@pytest.mark.parametrize(
    "host",
    [
        "api.openai.com",
        b"api.openai.com",
        bytearray(b"api.openai.com"),
        "API.OpenAI.com.",
        "openai.com",
        "eu.api.openai.com",
        "mine.openai.azure.com",
        "mine.openai.azure.us",
        "mine.cognitiveservices.azure.com",
        "mine.services.ai.azure.com",
    ],
)
def test_real_hosts(host: Any) -> None:
    assert real_host(host) == (host if isinstance(host, str) else host.decode())


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "notopenai.com",
        "api.openai.com.example.org",
        "openai.azure.com.example.org",
        "",
        None,
        443,
    ],
)
def test_other_hosts(host: Any) -> None:
    assert real_host(host) is None


# -- ways


async def create_connection() -> None:
    await asyncio.get_running_loop().create_connection(asyncio.Protocol, HOST, 443)


async def getaddrinfo() -> None:
    await asyncio.get_running_loop().getaddrinfo(HOST, 443)


async def start_tls() -> None:
    loop, context = asyncio.get_running_loop(), ssl.create_default_context()
    await loop.start_tls(asyncio.Transport(), asyncio.Protocol(), context, server_hostname=HOST)


async def httpx_async() -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.get(URL)


async def openai_async() -> None:
    async with openai.AsyncOpenAI(api_key="any", base_url=f"https://{HOST}/v1") as client:
        await client.models.list()


ASYNC = [create_connection, getaddrinfo, start_tls, httpx_async, openai_async]
LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("way", ASYNC)
def test_ways_of_event_loops_are_watched(guard: Guard, way: Any, loop: Any) -> None:
    with pytest.raises(pytest.fail.Exception, match=HOST), asyncio.Runner(loop_factory=loop) as runner:
        runner.run(way())
    assert [escape.host for escape in guard.escapes] == [HOST]
    assert f"in {way.__name__}: " in guard.escapes[0].site


def plain_socket() -> None:
    socket.create_connection((HOST, 443))


def wrap_socket() -> None:
    with socket.socket() as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)


def wrap_bio() -> None:
    ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=HOST)


def urlopen() -> None:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(URL)


def httpx() -> None:
    with httpx2.Client(trust_env=False) as client:
        client.get(URL)


def sdk() -> None:
    with openai.OpenAI(api_key="any", base_url=f"https://{HOST}/v1") as client:
        client.models.list()


@pytest.mark.parametrize("way", [plain_socket, wrap_socket, wrap_bio, urlopen, httpx, sdk])
def test_ways_of_blocking_code_are_watched(guard: Guard, way: Callable[[], None]) -> None:
    with pytest.raises(pytest.fail.Exception, match=HOST):
        way()
    assert f"in {way.__name__}: " in guard.escapes[0].site


@pytest.fixture
def proxy() -> Iterator[int]:
    """A proxy that says it is connected, and is not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                while b"\r\n\r\n" not in connection.recv(4096):
                    pass
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                connection.recv(1)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def test_the_way_through_a_proxy_is_watched(guard: Guard, proxy: int) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", proxy)
    connection.set_tunnel(HOST)
    with pytest.raises(pytest.fail.Exception, match=HOST):
        connection.request("GET", "/v1/models")
    connection.close()
    assert len(guard.escapes) == 1


def test_other_ways_are_free(guard: Guard) -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)
    assert ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="example.org")
    assert asyncio.run(asyncio.wait_for(resolved(), 10))
    assert guard.escapes == []


async def resolved() -> Any:
    return await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)


def test_afterwards_everything_is_as_before() -> None:
    before = (socket.getaddrinfo, vars(ssl.SSLContext)["wrap_bio"], vars(uvloop.Loop).get("getaddrinfo"))
    with pytest.MonkeyPatch.context() as patch:
        Guard().watch(patch)
        assert socket.getaddrinfo is not before[0]
    assert (socket.getaddrinfo, vars(ssl.SSLContext)["wrap_bio"], vars(uvloop.Loop).get("getaddrinfo")) == before


def test_without_code_of_its_own_the_thread_is_named() -> None:
    found: list[str] = []
    namespace: dict[str, Any] = {"found": found, "call_site": call_site}
    exec("def work():\n    found.append(call_site())", namespace)
    thread = threading.Thread(target=namespace["work"], name="worker")
    thread.start()
    thread.join()
    assert found == ["in thread 'worker', from no code of the project's own"]


# -- in a test

LEAVES = """
def leave():
    return OpenAI(base_url="https://api.openai.com/v1").models.list()
"""


def test_a_test_that_leaves_the_mock_fails_with_the_line_that_does(run: Run) -> None:
    result = run(
        """
from service import leave
def test_swallows(openai_mock):
    try:
        leave()
    except BaseException:
        pass

def test_does_not(openai_mock):
    leave()

def test_in_a_thread(openai_mock):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor() as pool:
        pool.submit(leave)
""",
        service=f"from app import *\n{LEAVES}",
    )
    result.assert_outcomes(failed=3)
    told = [line for line in result.outlines if line.startswith("openai-mock: something connects")]
    line = 'service.py:4 in leave: return OpenAI(base_url="https://api.openai.com/v1").models.list()'
    assert told == [f"openai-mock: something connects to api.openai.com while the mock is active: {line}"] * 3


@pytest.mark.parametrize(("ini", "marker"), [("openai_mock_escape_guard = false", ""), ("", "escape_guard=False")])
def test_the_guard_can_be_turned_off(run: Run, ini: str, marker: str) -> None:
    run(
        f"""
import socket
before = socket.getaddrinfo
@pytest.mark.openai_mock({marker})
def test_it(openai_mock):
    assert socket.getaddrinfo is before
""",
        ini=ini,
    ).assert_outcomes(passed=1)


def test_tests_without_the_mock_are_not_guarded(run: Run) -> None:
    run("""
import socket
before = socket.getaddrinfo
def test_with(openai_mock):
    assert socket.getaddrinfo is not before

def test_without():
    assert socket.getaddrinfo is before
""").assert_outcomes(passed=2)
