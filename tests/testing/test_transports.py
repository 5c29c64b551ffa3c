"""Clients of httpx2 in the process of the mock, blocking and asynchronous. Nothing here opens a port."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest

from openai_mock_api import MockServer
from openai_mock_api.errors import ServerError
from openai_mock_api.testing import transports
from openai_mock_api.testing.background import BACKGROUND
from tests.script_of_tests import CONFIG
from tests.serving import KEY, chat, constant, eventually, flow, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from openai_mock_api.journal import Exchange
    from tests.serving import Served

URL = "http://mock/v1"
HELLO = "Hi there! How are you today?"


@pytest.fixture(scope="module")
def never_started() -> MockServer:
    """One script for all tests of the module."""
    return MockServer(CONFIG, port=0)


@pytest.fixture
def mock(never_started: MockServer) -> Iterator[MockServer]:
    never_started.reset()
    yield never_started
    never_started.reset()
    assert not never_started.running


@pytest.fixture
def http(mock: MockServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(transport=mock.transport(), base_url=URL, headers={"authorization": f"Bearer {KEY}"}) as http:
        yield http


@pytest.fixture
def client(http: httpx2.Client) -> openai.OpenAI:
    return openai.OpenAI(base_url=URL, api_key=KEY, http_client=http, max_retries=0, _strict_response_validation=True)


@pytest.fixture
async def aclient(mock: MockServer) -> AsyncIterator[openai.AsyncOpenAI]:
    http = httpx2.AsyncClient(transport=mock.async_transport())
    async with openai.AsyncOpenAI(
        base_url=URL, api_key=KEY, http_client=http, max_retries=0, _strict_response_validation=True
    ) as client:
        yield client


@pytest.fixture(params=["blocking", "async"])
def ask(request: pytest.FixtureRequest, client: openai.OpenAI, aclient: openai.AsyncOpenAI) -> Callable[..., Any]:
    """Ask for a plain answer, through a client of either kind."""
    if request.param == "async":
        return lambda text, **parameters: aclient.chat.completions.create(**chat(text), **parameters)
    create: Callable[..., Any] = client.chat.completions.create
    return lambda text, **parameters: asyncio.to_thread(create, **chat(text), **parameters)


def last(mock: MockServer) -> Exchange:
    assert mock.last_request is not None
    return mock.last_request


async def asked(mock: MockServer) -> None:
    """Wait until a request has come."""
    while not mock.requests:  # noqa: ASYNC110 - nothing rings here
        await asyncio.sleep(0)


# -- plain answers


async def test_an_answer(mock: MockServer, ask: Callable[..., Any]) -> None:
    assert (await ask("Hello")).choices[0].message.content == HELLO
    assert (last(mock).matched, last(mock).finished, last(mock).hung_up) == ("Hello", True, False)


async def test_tool_calls(ask: Callable[..., Any]) -> None:
    calls = (await ask("weather")).choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_time"]


async def test_a_miss_explains_itself(mock: MockServer, ask: Callable[..., Any]) -> None:
    with pytest.raises(openai.BadRequestError, match="Hello"):
        await ask("Hallo")
    assert last(mock).missed


async def test_a_scripted_error(ask: Callable[..., Any]) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        await ask("limit")
    assert caught.value.response.headers["retry-after"] == "1"


def test_a_wrong_key(mock: MockServer) -> None:
    with (
        httpx2.Client(transport=mock.transport()) as http,
        openai.OpenAI(base_url=URL, api_key="sk-wrong", http_client=http) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.models.list()


CASES: dict[str, tuple[str, str, Any]] = {
    "chat": ("POST", "/v1/chat/completions", chat("Hello")),
    "stream": ("POST", "/v1/chat/completions", chat("Hello", stream=True)),
    "paced stream": ("POST", "/v1/chat/completions", chat("paced", stream=True)),
    "delay": ("POST", "/v1/chat/completions", chat("later")),
    "miss": ("POST", "/v1/chat/completions", chat("nobody says this")),
    "error": ("POST", "/v1/chat/completions", chat("teapot")),
    "late error": ("POST", "/v1/chat/completions", chat("late error")),
    "status of nobody": ("POST", "/v1/chat/completions", chat("unusual")),
    "own headers": ("POST", "/v1/chat/completions", chat("named")),
    "no body": ("POST", "/v1/chat/completions", None),
    "body over the limit": ("POST", "/v1/chat/completions", chat("x" * 3_100_000)),
    "escaped path": ("GET", "/v1/models/ft%3Agpt-4o%2Fmine", None),
    "query": ("GET", "/v1/models?limit=2&a=%20", None),
    "404": ("GET", "/v1/nothing", None),
    "405": ("PUT", "/v1/chat/completions", None),
    "HEAD": ("HEAD", "/v1/models", None),
    "OPTIONS": ("OPTIONS", "/v1/chat/completions", None),
}


@pytest.fixture(scope="module")
def over_a_socket() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


def seen(response: httpx2.Response) -> bytes:
    """Return all that a client sees of an answer, without what differs from one to the next."""
    lines = [b"%b: %b\r\n" % (name.lower(), value) for name, value in response.headers.raw]
    return constant(b"%d\r\n%b%b" % (response.status_code, b"".join(sorted(lines)), response.content))


@pytest.mark.parametrize("name", CASES)
def test_a_client_sees_what_it_sees_over_a_socket(
    mock: MockServer, http: httpx2.Client, over_a_socket: Served, name: str
) -> None:
    method, target, body = CASES[name]
    with httpx2.Client(headers={"authorization": f"Bearer {KEY}"}) as other:
        expected = other.request(method, f"{over_a_socket.url}{target}", json=body)
    answer = http.request(method, f"http://mock{target}", json=body)
    assert seen(answer) == seen(expected)
    sent, there = last(mock), over_a_socket.last
    assert (sent.path, sent.request.query) == (there.path, there.request.query)
    assert sent.body.startswith(there.body)  # a server does not read all of what is too large
    assert (sent.finished, sent.chunks_sent, sent.request.peer) == (True, there.chunks_sent, "")


def test_an_upload_in_pieces(http: httpx2.Client) -> None:
    answer = http.post("/chat/completions", content=iter([b'{"model": "gpt-4o", "messages": [', b"]}"]))
    assert answer.json()["error"]["param"] == "messages"


async def test_two_transports_share_script_and_journal(
    mock: MockServer, client: openai.OpenAI, aclient: openai.AsyncOpenAI
) -> None:
    client.models.list()
    await aclient.models.list()
    assert [exchange.path for exchange in mock.requests] == ["/v1/models", "/v1/models"]


def test_a_blocking_client_among_many_threads_takes_each_answer_once() -> None:
    script = {"role": "assistant", "sequence": [{"content": str(i)} for i in range(200)], "then": "miss"}
    mock = MockServer({"responses": [{"id": "count", "messages": [{"role": "user", "content": "next"}, script]}]})
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with httpx2.Client(transport=mock.transport(), base_url=URL) as http, ThreadPoolExecutor(8) as pool:
            headers = {"authorization": f"Bearer {mock.api_key}"}
            post = lambda _: http.post("/chat/completions", json=chat("next"), headers=headers).json()  # noqa: E731
            answers = [answer["choices"][0]["message"]["content"] for answer in pool.map(post, range(200))]
    finally:
        sys.setswitchinterval(interval)
    assert sorted(map(int, answers)) == list(range(200))


# -- streams


def test_each_event_of_a_stream_is_a_chunk(mock: MockServer, http: httpx2.Client) -> None:
    for text in ("Hello", "paced"):
        with http.stream("POST", "/chat/completions", json=chat(text, stream=True)) as answer:
            chunks = list(answer.iter_raw())
        assert all(chunk.startswith(b"data: {") for chunk in chunks)
        assert chunks[-1].endswith(b"data: [DONE]\n\n")
        assert last(mock).chunks_sent == len(chunks) > 4
        assert last(mock).finished


async def test_a_stream_of_the_sdk(client: openai.OpenAI, aclient: openai.AsyncOpenAI) -> None:
    blocking = client.chat.completions.create(**chat("paced"), stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in blocking) == "one two three four"
    stream = await aclient.chat.completions.create(**chat("paced"), stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "one two three four"


def test_events_leave_as_they_are_read(mock: MockServer, http: httpx2.Client) -> None:
    with http.stream("POST", "/chat/completions", json=chat("Hello", stream=True)) as answer:
        chunks = answer.iter_raw()
        assert last(mock).chunks_sent == 0
        next(chunks)
        next(chunks)
        assert last(mock).chunks_sent == 2
        assert not last(mock).finished


def test_what_is_read_after_the_end_is_empty(mock: MockServer, http: httpx2.Client) -> None:
    """As the SDK does, to see whether there is more."""
    with http.stream("POST", "/chat/completions", json=chat("paced", stream=True)) as answer:
        assert len(list(answer.stream)) > 4  # type: ignore[arg-type]
        assert list(answer.stream) == []  # type: ignore[arg-type]
    assert last(mock).finished


def test_pacing_goes_by_the_clock(mock: MockServer, client: openai.OpenAI) -> None:
    with mock.clock.scale(1e-6):
        chunks = list(client.chat.completions.create(**chat("endless"), stream=True, timeout=None))
    assert len(chunks) == 8
    assert last(mock).finished


async def test_pacing_of_a_clock_that_stands_still(mock: MockServer, aclient: openai.AsyncOpenAI) -> None:
    mock.clock.freeze()
    stream = await aclient.chat.completions.create(**chat("endless"), stream=True, timeout=None)
    assert [(await anext(stream)).choices[0].delta.content for _ in range(2)] == ["", "one"]
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.wait([reading], timeout=0.01)
    assert not reading.done()
    mock.clock.advance("1h")
    assert (await reading).choices[0].delta.content == " two"
    await stream.close()


@pytest.mark.parametrize("text", ["Hello", "endless"])
def test_closing_a_stream_early_is_hanging_up(mock: MockServer, client: openai.OpenAI, text: str) -> None:
    with client.chat.completions.create(**chat(text), stream=True) as stream:
        next(stream)
    assert (last(mock).hung_up, last(mock).finished, last(mock).chunks_sent) == (True, False, 1)


async def test_closing_an_asynchronous_stream_early_is_hanging_up(
    mock: MockServer, aclient: openai.AsyncOpenAI
) -> None:
    async with await aclient.chat.completions.create(**chat("endless"), stream=True) as stream:
        await anext(stream)
    assert (last(mock).hung_up, last(mock).finished, last(mock).chunks_sent) == (True, False, 1)


def test_closing_after_the_last_event_is_not_hanging_up(mock: MockServer, http: httpx2.Client) -> None:
    with http.stream("POST", "/chat/completions", json=chat("Hello", stream=True)) as answer:
        next(chunk for chunk in answer.iter_raw() if b"[DONE]" in chunk)
    assert (last(mock).hung_up, last(mock).finished) == (False, True)


async def test_a_request_that_is_cancelled_has_hung_up(mock: MockServer, aclient: openai.AsyncOpenAI) -> None:
    asking = asyncio.ensure_future(aclient.chat.completions.create(**chat("never")))
    await asked(mock)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert last(mock).hung_up


# -- how long a client waits


async def test_a_delay_longer_than_the_timeout(mock: MockServer, ask: Callable[..., Any]) -> None:
    with pytest.raises(openai.APITimeoutError) as caught:
        await ask("never", timeout=0.01)
    assert isinstance(caught.value.__cause__, httpx2.ReadTimeout)
    assert "nothing came within 0.01 s" in str(caught.value.__cause__)
    assert caught.value.request.url.path == "/v1/chat/completions"
    assert (last(mock).hung_up, last(mock).finished) == (True, False)


async def test_without_a_timeout_a_delay_is_waited_for(mock: MockServer, ask: Callable[..., Any]) -> None:
    mock.clock.scale(1e-6)
    assert (await ask("never", timeout=None)).choices[0].message.content == "Hi"


@pytest.mark.parametrize(("seconds", "in_time"), [(3500, False), (3600, True), (3700, True)])
@pytest.mark.parametrize("moved", ["scaled", "advanced"])
async def test_a_timeout_goes_by_the_clock(
    mock: MockServer,
    ask: Callable[..., Any],
    seconds: float,
    in_time: bool,
    moved: str,
) -> None:
    """The answer to "never" comes after an hour."""
    if moved == "scaled":
        mock.clock.scale(1e-6)
    else:
        mock.clock.freeze()
    asking = asyncio.ensure_future(ask("never", timeout=seconds))
    if moved == "advanced":
        await asked(mock)
        mock.clock.advance("2h")
    if in_time:
        assert (await asking).choices[0].message.content == "Hi"
    else:
        with pytest.raises(openai.APITimeoutError):
            await asking
    assert last(mock).finished is in_time


async def test_a_clock_that_stands_still_does_not_hang_a_client(mock: MockServer, ask: Callable[..., Any]) -> None:
    with mock.clock.freeze(), pytest.raises(openai.APITimeoutError):
        await ask("never", timeout=0.01)


@pytest.mark.parametrize(("seconds", "in_time"), [(3500, False), (3700, True)])
async def test_a_timeout_within_a_stream(
    mock: MockServer, aclient: openai.AsyncOpenAI, seconds: float, in_time: bool
) -> None:
    mock.clock.freeze()
    stream = await aclient.chat.completions.create(**chat("endless"), stream=True, timeout=seconds)
    assert [(await anext(stream)).choices[0].delta.content for _ in range(2)] == ["", "one"]
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.wait([reading], timeout=0.01)
    mock.clock.advance("2h")
    if in_time:
        assert (await reading).choices[0].delta.content == " two"
    else:
        with pytest.raises(openai.APITimeoutError):
            await reading
    await stream.close()
    assert (last(mock).hung_up, last(mock).chunks_sent) == (True, 2 + in_time)


def test_a_pace_within_the_timeout(mock: MockServer, client: openai.OpenAI) -> None:
    mock.clock.scale(1e-6)
    chunks = list(client.chat.completions.create(**chat("endless"), stream=True, timeout=3700))
    assert len(chunks) == 8  # which takes five hours, but the timeout is for each of them


# -- gates


async def test_a_gate_keeps_an_answer_back(mock: MockServer, ask: Callable[..., Any]) -> None:
    with mock.hold("Hello") as gate:
        asking = asyncio.ensure_future(ask("Hello"))
        await gate.wait_async()
        assert not asking.done()
    assert (await asking).choices[0].message.content == HELLO


async def test_a_gate_lets_events_go(mock: MockServer, aclient: openai.AsyncOpenAI) -> None:
    with mock.hold("Hello") as gate:
        asking = asyncio.ensure_future(aclient.chat.completions.create(**chat("Hello"), stream=True))
        await gate.wait_async()
        gate.release_chunks(2)
        stream = await asking
        assert [(await anext(stream)).choices[0].delta.content for _ in range(2)] == ["", "Hi"]
        third = asyncio.ensure_future(anext(stream))
        await asyncio.wait([third], timeout=0.01)
        assert not third.done()
        gate.release()
        assert (await third).choices[0].delta.content == " there"
        await stream.close()


async def test_a_gate_cuts_what_it_keeps_back(mock: MockServer, ask: Callable[..., Any]) -> None:
    with mock.hold() as gate:
        asking = asyncio.ensure_future(ask("Hello"))
        await gate.wait_async()
        gate.disconnect()
        with pytest.raises(openai.APIConnectionError) as caught:
            await asking
    assert isinstance(caught.value.__cause__, httpx2.RemoteProtocolError)
    assert (last(mock).hung_up, last(mock).finished) == (False, False)


async def test_a_gate_cuts_a_stream(mock: MockServer, aclient: openai.AsyncOpenAI) -> None:
    with mock.hold() as gate:
        asking = asyncio.ensure_future(aclient.chat.completions.create(**chat("Hello"), stream=True))
        await gate.wait_async()
        gate.release_chunks(1)
        stream = await asking
        await anext(stream)
        second = asyncio.ensure_future(anext(stream))
        await asyncio.wait([second], timeout=0)
        gate.disconnect()
        with pytest.raises(openai.APIConnectionError) as caught:
            await second
    assert "incomplete chunked read" in str(caught.value.__cause__)
    await stream.close()
    assert not last(mock).hung_up


async def test_a_gate_hears_of_a_client_that_gives_up(mock: MockServer, ask: Callable[..., Any]) -> None:
    with mock.hold() as gate:
        with pytest.raises(openai.APITimeoutError):
            await ask("Hello", timeout=0.01)
        assert gate.cancelled


# -- functions that answer


async def test_a_function_answers(mock: MockServer, ask: Callable[..., Any]) -> None:
    mock.reply(lambda call: f"You said {call.last_user}", to="blocking")

    async def answer(call: Any) -> str:
        await asyncio.sleep(0)
        return f"You asked {call.model}"

    mock.reply(answer, to="async")
    assert (await ask("blocking")).choices[0].message.content == "You said blocking"
    assert (await ask("async")).choices[0].message.content == "You asked gpt-4o"
    assert [exchange.finished for exchange in mock.requests] == [True, True]


async def test_a_function_that_takes_too_long(mock: MockServer, ask: Callable[..., Any]) -> None:
    cancelled = threading.Event()

    async def answer(_: Any) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return "never"

    mock.reply(answer, to="wait")
    with pytest.raises(openai.APITimeoutError):
        await ask("wait", timeout=0.01)
    await asyncio.to_thread(cancelled.wait)
    assert last(mock).hung_up


# -- other surroundings


def test_a_blocking_client_in_a_running_loop(client: openai.OpenAI) -> None:
    async def main() -> openai.types.chat.ChatCompletion:
        answer: openai.types.chat.ChatCompletion = client.chat.completions.create(**chat("later"))
        return answer

    assert asyncio.run(main()).choices[0].message.content == "Hi"


async def test_clients_of_several_loops(mock: MockServer) -> None:
    async def answer() -> int:
        async with httpx2.AsyncClient(transport=mock.async_transport()) as http:
            headers = {"authorization": f"Bearer {KEY}"}
            return (await http.post(f"{URL}/chat/completions", json=chat("later"), headers=headers)).status_code

    assert set(await asyncio.gather(answer(), asyncio.to_thread(lambda: asyncio.run(answer())))) == {200}


def test_without_an_event_loop_of_asyncio_only_what_takes_time_is_refused(mock: MockServer) -> None:
    transport = mock.async_transport()

    def request(text: str) -> httpx2.Request:
        headers = {"authorization": f"Bearer {KEY}"}
        return httpx2.Request("POST", f"{URL}/chat/completions", json=chat(text), headers=headers)

    with pytest.raises(StopIteration) as stopped:
        transport.handle_async_request(request("Hello")).send(None)
    assert stopped.value.value.status_code == 200
    with pytest.raises(RuntimeError, match=r"takes time .* use its base_url"):
        transport.handle_async_request(request("later")).send(None)
    assert last(mock).hung_up


@pytest.mark.skipif(sys.platform == "win32", reason="there one thread cannot interrupt another")
def test_a_blocking_client_that_is_interrupted(mock: MockServer, client: openai.OpenAI) -> None:
    """As Ctrl-C does."""

    BACKGROUND.run(asyncio.sleep(0))

    def interrupt() -> None:
        eventually(lambda: len(asyncio.all_tasks(BACKGROUND._loop)) > 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            client.chat.completions.create(**chat("never"))
    eventually(lambda: last(mock).hung_up)


# -- namespaces


def test_the_transport_of_a_namespace_leads_to_it() -> None:
    server = MockServer({"responses": [flow("Hello", content="main")]}, port=0)
    with (
        server.namespace("a", config={"responses": [flow("Hello", content="room")]}) as room,
        httpx2.Client(transport=room.transport()) as http,
    ):
        client = openai.OpenAI(base_url=URL, api_key=room.api_key, http_client=http, max_retries=0)
        answer = client.chat.completions.create(**chat("Hello"))
        assert answer.choices[0].message.content == "room"
        with pytest.raises(ServerError):
            _ = room.base_url  # there is no port
        client = openai.OpenAI(base_url="http://mock/ns/a/v1", api_key=room.api_key, http_client=http)
        assert client.chat.completions.create(**chat("Hello")).choices[0].message.content == "room"
        room.close()
        with pytest.raises(openai.BadRequestError, match="closed"):
            client.chat.completions.create(**chat("Hello"))
    assert (len(room.requests), len(room.late), server.requests) == (2, 1, [])


def test_a_namespace_can_be_reached_by_its_key_through_the_servers_transport() -> None:
    server = MockServer({"responses": [flow("Hello", content="main")]})
    with (
        server.namespace(config={"responses": [flow("Hello", content="room")]}) as room,
        httpx2.Client(transport=server.transport()) as http,
    ):
        client = openai.OpenAI(base_url=URL, api_key=room.api_key, http_client=http)
        assert client.chat.completions.create(**chat("Hello")).choices[0].message.content == "room"


# -- which library


def test_a_transport_is_one_of_the_library(mock: MockServer) -> None:
    assert isinstance(mock.transport(), httpx2.BaseTransport)
    assert isinstance(mock.async_transport("httpx2"), httpx2.AsyncBaseTransport)


def test_a_library_that_there_is_not(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ModuleNotFoundError, match="pip install httpx"):
        mock.transport("httpx")
    with pytest.raises(ValueError, match="'httpx2' or 'httpx', got 'requests'"):
        mock.transport("requests")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("requirements", "name"),
    [
        (["anyio", "httpx2<3,>=2.12.0", 'httpx-aiohttp; extra == "aiohttp"'], "httpx2"),
        (["anyio<5,>=3.5.0", "httpx<1,>=0.23.0"], "httpx"),
        ([], "httpx2"),
        (None, "httpx2"),
    ],
)
def test_the_library_is_the_one_that_the_sdk_wants(
    monkeypatch: pytest.MonkeyPatch, requirements: list[str] | None, name: str
) -> None:
    modules = {"httpx2": ModuleType("httpx2"), "httpx": ModuleType("httpx")}
    monkeypatch.setattr(metadata, "requires", lambda _: requirements)
    monkeypatch.setattr(transports, "metadata", metadata)
    for module in modules.items():
        monkeypatch.setitem(sys.modules, *module)
    assert transports.library(None) is modules[name]


def test_without_the_sdk_the_library_is_httpx2(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(transports, "metadata", metadata)
    monkeypatch.setattr(metadata, "requires", requires)
    assert transports.library(None) is httpx2
