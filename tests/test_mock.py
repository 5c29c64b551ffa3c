from __future__ import annotations

import gc
import logging
import socket
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest

from openai_mock_api import ConfigError, MockServer, PortInUseError, ServerError
from tests.serving import chat, eventually, flow

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: dict[str, Any] = {
    "responses": [flow("Hello", content="Hi"), flow("slow", content="a b", pacing={"ttft": 3600})]
}
YAML = """
api_key: my-key
port: 0
responses:
  - id: hello
    messages:
      - {role: user, content: Hello}
      - {role: assistant, content: Hi}
"""


def ask(mock: Any, text: str = "Hello") -> str | None:
    with openai.OpenAI(base_url=mock.base_url, api_key=mock.api_key, max_retries=0) as client:
        answer: str | None = client.chat.completions.create(**chat(text)).choices[0].message.content
    return answer


async def ask_async(mock: Any) -> str | None:
    async with openai.AsyncOpenAI(base_url=mock.base_url, api_key=mock.api_key, max_retries=0) as client:
        answer: str | None = (await client.chat.completions.create(**chat("Hello"))).choices[0].message.content
        return answer


# -- lifetime


def test_a_with_block_serves() -> None:
    with MockServer(CONFIG, port=0) as mock:
        assert mock.running
        assert ask(mock) == "Hi"
        port = mock.port
    assert not mock.running
    with socket.socket() as connection:
        assert connection.connect_ex(("127.0.0.1", port)) != 0


async def test_an_async_with_block_serves_blocking_and_async_clients() -> None:
    async with MockServer(CONFIG, port=0) as mock:
        assert await ask_async(mock) == "Hi"
        assert ask(mock) == "Hi"  # the loop of the test is blocked meanwhile
    assert not mock.running


def test_start_and_stop_may_be_repeated() -> None:
    mock = MockServer(CONFIG, port=0)
    mock.stop()
    assert mock.start() is mock
    port = mock.port
    assert mock.start().port == port
    mock.stop()
    mock.stop()
    assert not mock.running
    mock.start()
    try:
        assert ask(mock) == "Hi"
    finally:
        mock.stop()


def test_a_stopped_server_can_be_started_on_the_same_port() -> None:
    with MockServer(CONFIG, port=0) as mock:
        port = mock.port
    for _ in range(3):
        with MockServer(CONFIG, port=port) as again:
            assert again.port == port
            assert ask(again) == "Hi"


def test_threads_that_start_it_together_start_it_once() -> None:
    mock = MockServer(CONFIG, port=0)
    ports: list[int] = []
    threads = [threading.Thread(target=lambda: ports.append(mock.start().port)) for _ in range(8)]
    before = threading.active_count()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ports)) == 1
    assert sum(thread.name == "openai-mock-api" for thread in threading.enumerate()) <= before + 1
    mock.stop()


def test_a_taken_port(tmp_path: Path) -> None:
    with MockServer(CONFIG, port=0) as mock:
        other = MockServer(CONFIG, port=mock.port, log_file=tmp_path / "log")
        with pytest.raises(PortInUseError, match=f"EADDRINUSE.*{mock.port}") as caught:
            other.start()
        assert isinstance(caught.value, OSError)
        assert not other.running
        assert ask(mock) == "Hi"
    assert not logging.getLogger("openai_mock_api").handlers


def test_a_log_that_cannot_be_written_leaves_no_server(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="directory"):
        MockServer(CONFIG, port=0, log_file=tmp_path / "no" / "such" / "log").start()
    assert threading.active_count() == before


def test_an_address_that_cannot_be_used() -> None:
    with pytest.raises(ServerError, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        MockServer(CONFIG, port=0, host="192.0.2.1").start()


def test_stopping_cuts_a_stream() -> None:
    with (
        MockServer(CONFIG, port=0) as mock,
        openai.OpenAI(base_url=mock.base_url, api_key=mock.api_key, max_retries=0) as client,
        client.chat.completions.create(**chat("slow"), stream=True) as stream,
    ):
        mock.stop()
        with pytest.raises(openai.APIConnectionError):
            next(iter(stream))
    exchange = mock.last_request
    assert exchange is not None
    assert not exchange.finished


def test_a_stopped_server_is_forgotten() -> None:
    mock = MockServer(CONFIG, port=0)
    mock.start()
    mock.stop()
    gone = weakref.ref(mock)
    del mock
    gc.collect()
    assert gone() is None


# -- where it is


def test_the_port_is_known_when_it_runs() -> None:
    mock = MockServer(CONFIG, port=0)
    assert mock.port == 0
    with pytest.raises(ServerError, match="start it first"):
        _ = mock.url
    with mock:
        assert mock.port > 0


@pytest.mark.parametrize(
    ("config", "options", "url"),
    [
        (CONFIG, {}, "http://127.0.0.1:3000"),
        (CONFIG, {"port": 3001}, "http://127.0.0.1:3001"),
        ({**CONFIG, "port": 3002}, {}, "http://127.0.0.1:3002"),
        ({**CONFIG, "port": 3002}, {"port": 3003}, "http://127.0.0.1:3003"),
        ({**CONFIG, "host": "0.0.0.0"}, {}, "http://127.0.0.1:3000"),
        (CONFIG, {"host": "::1"}, "http://[::1]:3000"),
        (CONFIG, {"host": "::"}, "http://[::1]:3000"),
        (CONFIG, {"host": "localhost"}, "http://localhost:3000"),
    ],
)
def test_the_address(config: dict[str, Any], options: dict[str, Any], url: str) -> None:
    mock = MockServer(config, **options)
    assert (mock.url, mock.base_url) == (url, f"{url}/v1")
    assert mock.host == options.get("host", config.get("host", "127.0.0.1"))


@pytest.mark.parametrize(
    ("config", "key"),
    [(CONFIG, "test-key"), ({**CONFIG, "api_keys": ["a", "b"]}, "a"), ({**CONFIG, "api_key": None}, "test-key")],
)
def test_the_key(config: dict[str, Any], key: str) -> None:
    assert MockServer(config).api_key == key


def test_without_a_configuration_everything_is_answered() -> None:
    with MockServer(port=0) as mock:
        assert ask(mock, "Who are you?") == 'This is a mock answer to "Who are you?" from gpt-4o.'


def test_another_policy_for_what_nothing_matches() -> None:
    for mock in (MockServer(unmatched="error", port=0), MockServer(CONFIG, unmatched="error", port=0)):
        with mock, pytest.raises(openai.BadRequestError, match="No matching response found"):
            ask(mock, "Who are you?")
    with MockServer(CONFIG, unmatched="echo", port=0) as mock:
        assert (ask(mock), ask(mock, "Who are you?")) == ("Hi", "Who are you?")


@pytest.mark.parametrize("config", [None, YAML, CONFIG])
def test_only_files_can_be_watched(config: Any) -> None:
    with pytest.raises(ConfigError, match="watch=True needs a file to watch; pass the configuration as a path"):
        MockServer(config, watch=True)


def test_a_watched_configuration_follows_its_file_while_the_server_runs(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(YAML)
    mock = MockServer(file, port=0, unmatched="echo", watch=True)
    with mock:
        assert (ask(mock), ask(mock, "Bye")) == ("Hi", "Bye")
        file.write_text(YAML.replace("content: Hi}", "content: Moin}"))
        eventually(lambda: ask(mock) == "Moin")
        assert (ask(mock, "Bye"), len(mock.misses)) == ("Bye", 0)
    file.write_text(YAML.replace("content: Hi}", "content: Servus}"))
    with mock:
        eventually(lambda: ask(mock) == "Servus")


def test_a_watched_configuration_that_breaks_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(YAML)
    with MockServer(file, port=0, watch=True) as mock:
        file.write_text("responses: [")
        eventually(lambda: "The configuration is broken, and the one before is still served" in caplog.text)
        assert ask(mock) == "Hi"


def test_a_policy_that_there_is_not() -> None:
    policy: Any = "eror"
    with pytest.raises(ConfigError) as error:
        MockServer(unmatched=policy)
    assert str(error.value) == (
        "MockServer(): unmatched: 'eror' is not a policy for unmatched calls; did you mean 'error'? (error, echo, auto)"
    )


def test_it_listens_on_loopback_only() -> None:
    with MockServer(CONFIG, port=0) as mock:
        assert mock.host == "127.0.0.1"
        with socket.socket() as other:
            other.bind(("127.0.0.2", mock.port))  # would be taken, were it open to all


# -- what happened


def test_the_journal() -> None:
    with MockServer(CONFIG, port=0) as mock:
        assert mock.last_request is None
        ask(mock)
        assert [exchange.matched for exchange in mock.requests] == ["Hello"]
        assert mock.last_request is mock.requests[0]
    assert len(mock.requests) == 1  # it outlives the server
    mock.reset()
    assert mock.requests == []


# -- time


def test_the_clock_moves_what_waits() -> None:
    with MockServer(CONFIG, port=0) as mock, ThreadPoolExecutor(1) as pool:
        with mock.hold("slow") as gate:
            asked = pool.submit(ask, mock, "slow")
            gate.wait()
        mock.clock.advance("1h")
        assert asked.result(10) == "a b"


def test_a_reset_closes_gates_and_shows_the_systems_time() -> None:
    with MockServer(CONFIG, port=0) as mock:
        mock.clock.freeze(at=0)
        mock.hold()
        mock.reset()
        assert ask(mock) == "Hi"
        assert mock.last_request is not None
        assert mock.last_request.started > 0


def test_a_stop_waits_for_no_gate() -> None:
    with ThreadPoolExecutor(1) as pool:
        with MockServer(CONFIG, port=0) as mock:
            gate = mock.hold(timeout="1h")
            asked = pool.submit(ask, mock)
            gate.wait()
        assert isinstance(asked.exception(10), openai.APIConnectionError)
        with mock:
            assert ask(mock) == "Hi"


@pytest.mark.parametrize(
    ("config", "seed", "same"),
    [(CONFIG, 7, True), ({**CONFIG, "seed": 7}, None, True), ({**CONFIG, "seed": 1}, 7, True), (CONFIG, None, False)],
)
def test_a_seed_makes_runs_alike(config: dict[str, Any], seed: int | None, same: bool) -> None:
    ids = []
    for chosen in (7, seed):
        with MockServer(CONFIG if chosen == 7 else config, port=0, seed=chosen) as mock:
            ask(mock)
            ids.append(mock.requests[0].id)
    assert (ids[0] == ids[1]) == same


async def test_the_same_mock_as_an_asgi_application() -> None:
    mock = MockServer(CONFIG)
    transport = httpx2.ASGITransport(mock.asgi)
    async with (
        httpx2.AsyncClient(transport=transport) as http,
        openai.AsyncOpenAI(base_url="http://mock/v1", api_key="test-key", http_client=http) as client,
    ):
        assert (await client.chat.completions.create(**chat("Hello"))).choices[0].message.content == "Hi"
    assert len(mock.requests) == 1


def test_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer(CONFIG, port=0, verbose=True, log_file=tmp_path / "log") as mock:
        ask(mock)
    assert "POST /v1/chat/completions 200" in capsys.readouterr().out
    assert '"response":"Hello"' in (tmp_path / "log").read_text()
    assert not logging.getLogger("openai_mock_api").handlers
