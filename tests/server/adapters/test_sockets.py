"""WebSocket mode of responses, over each of the adapters, with the SDK's own connections."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

import openai
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from openai_mock_api.mock import MockServer
from openai_mock_api.server.adapters.asgi import AsgiAdapter
from openai_mock_api.server.adapters.sockets import FAILED
from tests.script_of_tests import CONFIG
from tests.serving import KEY, app_of, chat, eventually, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from openai.resources.responses.responses import ResponsesConnection
    from websockets.sync.client import ClientConnection
    from websockets.sync.connection import Connection

    from tests.serving import Served

HELLO = "Hi there! How are you today?"
LAST = ("response.completed", "response.incomplete", "error")
_IDS = re.compile(r'"[a-z]+_[0-9a-f]{40,}"|"(created|completed)_at":[0-9.]+')


@pytest.fixture
def connection(served: Served) -> Iterator[ResponsesConnection]:
    with served.client() as client, client.responses.connect() as connection:
        yield connection


def events(connection: ResponsesConnection) -> list[Any]:
    """Read the events of one response."""
    read: list[Any] = []
    while not read or read[-1].type not in LAST:
        read.append(connection.recv())
    return read


def said(connection: ResponsesConnection, text: str, **parameters: Any) -> Any:
    connection.response.create(model="gpt-4o", input=text, **parameters)
    return events(connection)[-1]


def raw(served: Served, path: str = "/v1/responses", key: str = KEY) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{served.port}{path}", additional_headers={"authorization": f"Bearer {key}"})


# -- what is answered


@pytest.mark.parametrize("text", ["Hello", "paced", "emoji", "refuse", "both", "later", "weather"])
def test_a_message_gets_the_events_of_a_stream(served: Served, text: str) -> None:
    with served.wire() as wire:
        answer = wire.ask(post({"model": "gpt-4o", "input": text, "stream": True}, target="/v1/responses"))
    streamed = [event.partition("data: ")[2] for event in answer.body.decode().split("\n\n") if event]
    with raw(served) as socket:
        socket.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": text}))
        messages = [socket.recv(timeout=10) for _ in streamed]
    assert [_IDS.sub("", str(message)) for message in messages] == [_IDS.sub("", event) for event in streamed]


def test_several_responses_on_one_connection(connection: ResponsesConnection, served: Served) -> None:
    first = said(connection, "Hello").response
    assert first.output_text == HELLO
    assert said(connection, "emoji").response.id != first.id
    assert said(connection, "limit").error.code == "rate_limit_exceeded"
    assert said(connection, "Hello").response.output_text == HELLO
    exchanges = served.app.journal.exchanges()
    assert [(e.method, e.path, e.status) for e in exchanges] == [
        ("POST", "/v1/responses", status) for status in (200, 200, 429, 200)
    ]
    eventually(lambda: all(e.finished for e in exchanges))
    assert exchanges[0].text == HELLO


async def test_the_async_client(served: Served) -> None:
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{served.url}/v1")
    texts: list[str] = []
    async with client, client.responses.connect() as connection:
        for text in ("Hello", "paced"):
            await connection.response.create(model="gpt-4o", input=text)
            async for event in connection:
                if event.type == "response.completed":
                    texts.append(event.response.output_text)
                    break
        assert texts == [HELLO, "one two three four"]


def test_a_response_follows_another(connection: ResponsesConnection) -> None:
    called = said(connection, "weather").response
    outputs = [{"type": "function_call_output", "call_id": item.call_id, "output": "20"} for item in called.output]
    connection.response.create(model="gpt-4o", previous_response_id=called.id, input=outputs)  # type: ignore[arg-type]
    response = events(connection)[-1].response
    assert (response.output_text, response.previous_response_id) == ("It is sunny in Paris.", called.id)


def test_handlers_of_the_sdk(connection: ResponsesConnection) -> None:
    heard: list[str] = []
    connection.on("response.output_text.delta", lambda event: heard.append(event.delta))
    connection.on("response.completed", lambda _: connection.close())
    connection.response.create(model="gpt-4o", input="Hello")
    connection.dispatch_events()
    assert "".join(heard) == HELLO


@pytest.mark.parametrize(
    ("parameters", "status", "param", "code"),
    [
        ({"input": "Hi", "model": "gpt-4o", "temperature": 7}, 400, "temperature", "decimal_above_max_value"),
        ({"input": "nobody said this", "model": "gpt-4o"}, 400, None, None),
        ({"input": "quota", "model": "gpt-4o"}, 429, None, "insufficient_quota"),
        ({"input": "Hello", "model": "gpt-4o", "background": True}, 400, "background", "unsupported_parameter"),
        (
            {"input": "Hello", "model": "gpt-4o", "previous_response_id": "resp_0"},
            400,
            "previous_response_id",
            "previous_response_not_found",
        ),
    ],
)
def test_errors(
    connection: ResponsesConnection, parameters: dict[str, Any], status: int, param: str | None, code: str | None
) -> None:
    connection.response.create(stream_id="a", **parameters)
    error: Any = connection.recv()
    assert error.type == "error"
    assert type(error).__name__ == "ResponseWsError"
    assert (error.status, error.stream_id, error.error.param) == (status, "a", param)
    assert code is None or error.error.code == code
    assert said(connection, "Hello").response.output_text == HELLO


def test_what_is_no_event_gets_an_error_too(served: Served) -> None:
    with raw(served) as socket:
        socket.send("nothing")
        assert json.loads(socket.recv(timeout=10))["status"] == 400
        socket.send(b'{"type": "response.create", "model": "gpt-4o", "input": "Hello"}')
        assert json.loads(socket.recv(timeout=10))["type"] == "response.created"
    assert served.app.journal.exchanges()[0].status == 400


# -- lanes


def test_lanes_do_not_wait_for_each_other(connection: ResponsesConnection, served: Served) -> None:
    with served.app.gates.hold("Hello") as gate:
        connection.response.create(model="gpt-4o", input="Hello", stream_id="slow")
        gate.wait()
        connection.response.create(model="gpt-4o", input="emoji", stream_id="fast")
        assert {event.stream_id for event in events(connection)} == {"fast"}
        gate.release()
        assert {event.stream_id for event in events(connection)} == {"slow"}


def test_on_one_lane_one_waits_for_the_other(connection: ResponsesConnection, served: Served) -> None:
    with served.app.gates.hold("Hello") as gate:
        connection.response.create(model="gpt-4o", input="Hello")
        connection.response.create(model="gpt-4o", input="emoji")
        gate.wait()
        gate.release()
        assert events(connection)[-1].response.output_text == HELLO
        assert events(connection)[-1].response.output_text != HELLO
    assert [exchange.matched for exchange in served.app.journal.exchanges()] == ["Hello", "emoji"]


def test_there_are_only_so_many_lanes(connection: ResponsesConnection) -> None:
    for lane in range(32):
        assert said(connection, "Hello", stream_id=f"lane{lane}").type == "response.completed"
    refusal = said(connection, "Hello", stream_id="one more")
    assert (refusal.stream_id, refusal.error.code) == (None, "invalid_stream_id")
    refusal = said(connection, "Hello", stream_id="one.more")
    assert (refusal.stream_id, refusal.error.code) == ("one.more", "websocket_stream_limit_reached")
    assert said(connection, "Hello", stream_id="lane7").type == "response.completed"
    assert said(connection, "Hello").type == "response.completed"


# -- what a connection remembers


def output_of(response: Any) -> list[dict[str, Any]]:
    return [{"type": "function_call_output", "call_id": item.call_id, "output": "20"} for item in response.output]


def followed(connection: ResponsesConnection, response: Any, **parameters: Any) -> Any:
    """Follow a response that calls tools with what they have returned."""
    connection.response.create(
        model="gpt-4o",
        input=output_of(response),  # type: ignore[arg-type]
        previous_response_id=response.id,
        **{"store": False, **parameters},
    )
    return events(connection)[-1]


SUNNY = "It is sunny in Paris."
MISSING = "previous_response_not_found"


def test_a_response_follows_one_that_is_not_stored(connection: ResponsesConnection, served: Served) -> None:
    called = said(connection, "weather", store=False).response
    assert followed(connection, called).response.output_text == SUNNY
    assert not served.app.store.records("response")


def test_a_chain_of_them_is_remembered_as_a_whole() -> None:
    turns = [{"role": role, "content": text} for text in "abcd" for role in ("user", "assistant")]
    with serving({"api_key": KEY, "responses": [{"id": "a", "messages": turns}]}) as served:
        client = served.client()
        with client.responses.connect() as connection:
            last = None
            for text in "abc":
                answer = said(connection, text, store=False, previous_response_id=last and last.id).response
                assert answer.output_text == text
                last = answer
            stored = said(connection, "d", previous_response_id=answer.id).response
        assert stored.output_text == "d"
        listed = list(client.responses.input_items.list(stored.id, order="asc"))
        assert [item.content[0].text for item in listed] == list("aabbccd")  # type: ignore[index, union-attr]


def test_another_connection_does_not_remember_it(connection: ResponsesConnection, served: Served) -> None:
    called = said(connection, "weather", store=False).response
    with served.client() as client:
        with client.responses.connect() as other:
            assert followed(other, called).error.code == MISSING
        with pytest.raises(openai.BadRequestError, match="not found"):
            client.responses.create(model="gpt-4o", input="x", previous_response_id=called.id)


def test_a_lane_remembers_its_latest_response(connection: ResponsesConnection) -> None:
    called = said(connection, "weather", store=False, stream_id="a").response
    assert followed(connection, called, stream_id="b").response.output_text == SUNNY
    said(connection, "Hello", store=False, stream_id="a")
    assert followed(connection, called, stream_id="b").error.code == MISSING


def test_what_fails_is_forgotten_on_its_lane(connection: ResponsesConnection) -> None:
    called = said(connection, "weather", store=False, stream_id="a").response
    for lane, code in (("b", "no_match"), ("a", "no_match"), ("a", MISSING)):
        refusal = said(connection, "nobody said this", previous_response_id=called.id, stream_id=lane, store=False)
        assert refusal.error.code in (code, None if code == "no_match" else code)
    assert followed(connection, called, stream_id="a").error.code == MISSING


def test_a_request_may_be_remembered_before_it_is_answered() -> None:
    messages = [*({"role": "user", "content": text} for text in "ab"), {"role": "assistant", "content": "c"}]
    with serving({"api_key": KEY, "models": ["m"], "responses": [{"id": "a", "messages": messages}]}) as served:
        with served.client().responses.connect() as connection:
            asked = {"type": "response.create", "model": "m", "input": "a", "store": False, "generate": False}
            connection.send(asked)  # type: ignore[arg-type]
            read = events(connection)
            assert [event.type for event in read] == ["response.created", "response.in_progress", "response.completed"]
            prepared = read[-1].response
            assert (prepared.output, prepared.usage.output_tokens) == ([], 0)
            connection.response.create(model="m", input="b", previous_response_id=prepared.id)
            assert events(connection)[-1].response.output_text == "c"
            connection.send({**asked, "model": "x"})  # type: ignore[arg-type]
            assert events(connection)[-1].error.code == "model_not_found"
        assert [exchange.matched for exchange in served.app.journal.exchanges()] == [None, "a", None]


def test_a_response_is_not_steered(connection: ResponsesConnection) -> None:
    connection.response.steer(input="Stop", previous_response_id="resp_1")
    event: Any = connection.recv()
    assert type(event).__name__ == "ResponseSteerFailedEvent"
    assert (event.error.code, event.steer.input) == ("steering_not_supported", "Stop")
    assert said(connection, "Hello").response.output_text == HELLO


# -- the clock and gates


def test_pacing_goes_by_the_clock() -> None:
    with MockServer(CONFIG, port=0) as mock:
        mock.clock.freeze()
        client = openai.OpenAI(base_url=mock.base_url, api_key=mock.api_key)
        with client, client.responses.connect() as connection:
            connection.response.create(model="gpt-4o", input="endless")
            while connection.recv().type != "response.content_part.added":
                pass
            mock.clock.advance(3600 * 10)
            assert events(connection)[-1].response.output_text == "one two three four five six"


def test_a_gate_cuts_the_connection(connection: ResponsesConnection, served: Served) -> None:
    with served.app.gates.hold("Hello") as gate:
        connection.response.create(model="gpt-4o", input="Hello")
        gate.wait()
        gate.disconnect()
        with pytest.raises(ConnectionClosed) as ended:
            connection.recv()
    assert ended.value.rcvd is None


# -- how connections end


def test_a_client_that_is_killed(served: Served) -> None:
    with raw(served) as socket:
        for text in ("endless", "never"):
            socket.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": text, "stream_id": text}))
        eventually(lambda: len(served.app.journal.exchanges()) == 2)
        socket.socket.shutdown(SHUT_RDWR)  # no farewell
        eventually(lambda: all(exchange.response.hung_up for exchange in served.app.journal.exchanges()))
    assert not any(exchange.finished for exchange in served.app.journal.exchanges())


def test_a_server_that_stops_says_so() -> None:
    with serving(CONFIG) as served, raw(served) as idle, raw(served) as busy:
        busy.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": "never"}))
        eventually(lambda: len(served.app.journal.exchanges()) == 1)
        served.thread.stop()
        for socket in (idle, busy):
            with pytest.raises(ConnectionClosed) as ended:
                socket.recv(timeout=10)
            assert ended.value.rcvd is not None
            assert ended.value.rcvd.code == 1012
        assert not served.thread.alive


@pytest.mark.parametrize(
    ("texts", "released", "said"),
    [
        (["Hello"], True, ["response.completed"]),
        (["Hello", "emoji"], True, ["response.completed", "response.completed"]),  # the second waits on its lane
        (["Hello"], False, []),
    ],
)
def test_a_server_that_stops_lets_answers_end_for_a_while(texts: list[str], released: bool, said: list[str]) -> None:
    with serving(CONFIG) as served, raw(served) as idle, raw(served) as busy, served.app.gates.hold("Hello") as gate:
        for text in texts:
            busy.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": text}))
        gate.wait()
        served.thread._service.stop(grace=60 if released else 0.05)
        assert closing(idle) == ([], 1012)
        busy.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": "paced"}))  # comes too late
        if released:
            gate.release()
        assert closing(busy) == (said, 1012)
        served.thread._thread.join()
        exchanges = served.app.journal.exchanges()
        assert [(e.finished, e.hung_up) for e in exchanges] == [(released, False)] * len(texts)


def closing(socket: Connection) -> tuple[list[str], int | None]:
    """Read until the connection is closed; return the last events of responses, and the code."""
    last: list[str] = []
    with suppress(ConnectionClosed):
        while True:
            kind = json.loads(socket.recv(timeout=10))["type"]
            last += [kind] if kind in LAST else []
    return last, socket.close_code


def test_a_connection_outlives_the_time_of_idle_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_mock_api.server.runner.KEEP_ALIVE", 0.01)
    with serving(CONFIG) as served, raw(served) as socket:
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.05)
        socket.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": "Hello"}))
        assert json.loads(socket.recv(timeout=10))["type"] == "response.created"


def test_a_message_that_is_too_large() -> None:
    with serving({**CONFIG, "max_body_bytes": 1000}) as served, raw(served) as socket:
        socket.send(json.dumps({"type": "response.create", "model": "gpt-4o", "input": "x" * 1000}))
        with pytest.raises(ConnectionClosed) as ended:
            socket.recv(timeout=10)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009


# -- who may open one


def test_a_wrong_key_is_refused(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused, raw(served, key="wrong"):
        pass
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body)["error"]["code"] == "invalid_api_key"
    assert [(e.method, e.path, e.status) for e in served.app.journal.exchanges()] == [("GET", "/v1/responses", 401)]
    eventually(lambda: served.last.finished)


def test_another_path_has_none(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused, raw(served, "/v2/responses"):
        pass
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body)["error"]["message"] == "Invalid URL (GET /v2/responses)"


def test_namespaces_by_path_and_by_key() -> None:
    with MockServer({"api_key": KEY, "responses": [flow("Hello", content="main")]}, port=0) as mock:
        space = mock.namespace("a", config={"responses": [flow("Hello", content="a")]})
        ways = [(space.base_url, space.api_key), (mock.base_url, space.api_key), (mock.base_url, mock.api_key)]
        texts = []
        for base_url, key in ways:
            client = openai.OpenAI(base_url=base_url, api_key=key)
            with client, client.responses.connect() as connection:
                texts.append(said(connection, "Hello").response.output_text)
        assert texts == ["a", "a", "main"]
        assert (len(space.requests), len(mock.requests)) == (2, 1)
        space.close()
        for path, status in (("/ns/a/v1", 400), ("/ns/b/v1", 404)):
            client = openai.OpenAI(base_url=mock.url + path, api_key=KEY)
            with client, pytest.raises(InvalidStatus) as refused, client.responses.connect():
                pass
            assert refused.value.response.status_code == status


def test_none_is_opened_behind_an_answer_under_way(the_fast_path: None) -> None:
    wish = head("GET", "/v1/responses", "connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13")
    with serving(CONFIG) as served, served.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + wish)
        assert wire.answer().status == 200
        assert wire.answer().status == 405


@pytest.mark.parametrize("where", [{"azure_endpoint": ""}, {"base_url": "/openai/v1"}])
def test_the_client_of_azure(served: Served, where: dict[str, str]) -> None:
    [(name, path)] = where.items()
    options: Any = {name: served.url + path, "api_key": KEY, "api_version": "2025-04-01-preview"}
    with openai.AzureOpenAI(**options) as client, client.responses.connect() as connection:
        assert said(connection, "Hello").response.output_text == HELLO
    assert served.last.headers["api-key"] == "********"


@pytest.mark.parametrize(
    ("target", "key", "status", "code"),
    [
        ("/openai/responses", KEY, 404, "404"),  # no version
        ("/openai/deployments/d/responses?api-version=1", KEY, 404, "404"),
        ("/openai/v1/chat/responses", KEY, 404, "404"),
        ("/openai/v1/responses", "wrong", 401, "401"),
    ],
)
def test_what_azure_refuses(served: Served, target: str, key: str, status: int, code: str) -> None:
    with pytest.raises(InvalidStatus) as refused, raw(served, target, key):
        pass
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body)["error"]["code"] == code


# -- other servers


def mounted(mock: MockServer) -> Any:
    """An application that hands all below ``/mock`` to the mock, as Starlette's ``Mount`` does."""

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await mock.asgi({**scope, "root_path": "/mock"}, receive, send)

    return app


class Foreign(uvicorn.Server):
    """Somebody else's server, in a thread. ``ready`` gets its port."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws="websockets-sansio"))
        self.ready: Future[int] = Future()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set_result(self.servers[0].sockets[0].getsockname()[1])


def test_mounted_in_an_application_of_another_server() -> None:
    mock = MockServer({"responses": [flow("Hello", content="Hi")], "api_key": KEY})
    server = Foreign(mounted(mock))
    thread = threading.Thread(target=server.run)
    thread.start()
    url = f"http://127.0.0.1:{server.ready.result(10)}/mock/v1"
    with openai.OpenAI(base_url=url, api_key=KEY) as client, client.responses.connect() as connection:
        assert said(connection, "Hello").response.output_text == "Hi"
        server.should_exit = True
    thread.join()
    assert [(e.path, e.finished) for e in mock.requests] == [("/v1/responses", True)]


class Server:
    """An ASGI server's side of one connection."""

    def __init__(self, *events: dict[str, Any], failing: bool = False) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self._events = [{"type": "websocket.connect"}, *events]
        self._failing = failing
        self.said = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self._events:
            return self._events.pop(0)
        await self.said.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)
        if message["type"] != "websocket.accept":
            self.said.set()
            if self._failing:
                raise OSError


def scope(key: str = KEY) -> dict[str, Any]:
    return {
        "type": "websocket",
        "path": "/v1/responses",
        "headers": [(b"authorization", f"Bearer {key}".encode())],
        "query_string": b"",
    }


def creating(text: str) -> dict[str, Any]:
    event = {"type": "response.create", "model": "gpt-4o", "input": text}
    return {"type": "websocket.receive", "text": json.dumps(event)}


async def test_a_server_that_cannot_say_why_closes() -> None:
    server = Server()
    await AsgiAdapter(app_of(CONFIG))(scope("wrong"), server.receive, server.send)
    assert server.sent == [{"type": "websocket.close", "code": 1008}]


async def test_a_server_that_raises_when_the_client_has_gone() -> None:
    app, server = app_of(CONFIG), Server(creating("Hello"), failing=True)
    await AsgiAdapter(app)(scope(), server.receive, server.send)
    assert app.journal.exchanges()[-1].response.hung_up


async def test_a_cut_without_a_transport_is_a_failure() -> None:
    app, server = app_of(CONFIG), Server(creating("Hello"))
    with app.gates.hold("Hello") as gate:
        serving_it = asyncio.ensure_future(AsgiAdapter(app)(scope(), server.receive, server.send))
        await gate.wait_async()
        gate.disconnect()
        await serving_it
    assert server.sent[-1] == {"type": "websocket.close", "code": FAILED}


def test_the_library_is_loaded_when_it_is_wanted() -> None:
    code = (
        "import sys; from openai_mock_api import MockServer\n"
        "with MockServer(None, port=0): sys.exit('websockets' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
