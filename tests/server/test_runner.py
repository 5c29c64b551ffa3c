from __future__ import annotations

import asyncio
import errno
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.errors import PortInUseError, ServerError
from openai_mock_api.server import runner
from openai_mock_api.server.runner import BACKLOG, ServerThread, Service, bind, new_event_loop, serve
from tests.adapters import ADAPTERS
from tests.script_of_tests import CONFIG
from tests.serving import Wire, app_of, chat, eventually, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# -- binding


def test_a_taken_port_is_named() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"EADDRINUSE.*{port}") as caught:
            bind("127.0.0.1", port)
    assert isinstance(caught.value, OSError)
    assert (caught.value.errno, caught.value.port) == (errno.EADDRINUSE, port)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("192.0.2.1", 0),
        ("no-such-host.invalid", 0),
        ("2001:db8::1", 0),
        ("127.0.0.1", 70_000),
        ("x" * 70, 0),
    ],
)
def test_an_address_that_cannot_be_used(host: str, port: int) -> None:
    with pytest.raises(ServerError, match="cannot listen on"):
        bind(host, port)


def test_a_port_is_free_again_at_once() -> None:
    with serving(CONFIG) as served, served.wire() as wire:
        assert wire.ask(post(chat("Hello"), "connection: close")).status == 200
    bind("127.0.0.1", served.port).close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a socket that listens cannot be shut down")
def test_what_was_forked_meanwhile_does_not_keep_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    inherited = []

    def fork(host: str, port: int) -> socket.socket:
        listener = bind(host, port)
        inherited.append(listener.dup())
        return listener

    monkeypatch.setattr(runner, "bind", fork)
    with serving(CONFIG) as served:
        pass
    with inherited[0]:
        bind("127.0.0.1", served.port).close()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6() -> None:
    thread = ServerThread(app_of(CONFIG), "::1", 0)
    try:
        with socket.create_connection(("::1", thread.port), timeout=5) as connection:
            connection.sendall(post(chat("Hello")))
            assert connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
    finally:
        thread.stop()


def test_many_may_wait_to_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Service(app_of(CONFIG)).config.backlog == BACKLOG


# -- the thread


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr(runner, "serve", fail)
    with pytest.raises(ServerError, match="the server did not start: no luck"):
        ServerThread(app_of(CONFIG), "127.0.0.1", 0)


def test_a_thread_may_be_stopped_twice_and_from_anywhere() -> None:
    thread = ServerThread(app_of(CONFIG), "127.0.0.1", 0)
    assert thread.alive
    stoppers = [threading.Thread(target=thread.stop) for _ in range(4)]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join()
    assert not thread.alive
    thread.stop()


def test_no_thread_is_left() -> None:
    before = {thread for thread in threading.enumerate() if thread.name == "openai-mock-api"}
    with serving(CONFIG):
        pass
    assert {thread for thread in threading.enumerate() if thread.name == "openai-mock-api"} == before


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("text", ["endless", "never"])
def test_stopping_cuts_what_is_under_way(adapter: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with serving(CONFIG, adapter) as served, served.wire() as wire:
        wire.send(post(chat(text, stream=True)))
        eventually(lambda: len(served.app.journal))
        begun = time.monotonic()
        served.thread.stop()
        assert time.monotonic() - begun < 2
        assert b"[DONE]" not in wire.rest()
    assert not served.last.finished
    assert "Exception" not in caplog.text


@pytest.mark.usefixtures("the_fast_path")  # ASGI does not tell who has ended a connection
def test_what_the_server_cut_was_not_hung_up_by_the_client() -> None:
    with serving(CONFIG) as served, served.wire() as wire:
        wire.send(post(chat("endless", stream=True)))
        wire.until(b'"content":"one"')
    exchange = served.last
    eventually(lambda: exchange.hung_up)
    with serving(CONFIG) as served, served.wire() as wire:
        wire.send(post(chat("endless", stream=True)))
        wire.until(b'"content":"one"')
        served.thread.stop()
    assert not served.last.hung_up


PROGRAM = """
from openai_mock_api.server.runner import ServerThread
from tests.script_of_tests import CONFIG
from tests.serving import Wire, app_of, chat, post
thread = ServerThread(app_of(CONFIG), "127.0.0.1", 0)
wire = Wire(thread.port).send(post(chat("endless", stream=True)))
wire.until(b"HTTP/1.1 200")
print("served", flush=True)
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)"])
def test_a_server_never_keeps_the_interpreter(end: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM + end], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.returncode) == ("served\n", 3 if end else 0)
    assert done.stderr == ""


# -- stopping with grace


class Run:
    """A service in a thread, which the test stops as the command does."""

    def __init__(self) -> None:
        self.app = app_of(CONFIG)
        self.ready = threading.Event()
        self.service = Service(self.app, self.ready.set)
        self.listener = bind("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=serve, args=(self.service, self.listener))
        self.thread.start()
        assert self.ready.wait(10)

    def join(self) -> None:
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run()
    yield run
    run.service.stop()
    run.service.cut()
    run.join()


@pytest.mark.parametrize("lines", [[], ["expect: 100-continue"]], ids=["fast", "replayed"])
def test_grace_lets_a_stream_finish_and_accepts_nobody(run: Run, lines: list[str]) -> None:
    with Wire(run.port) as streaming, Wire(run.port) as idle:
        streaming.send(post(chat("paced", stream=True), *lines))
        if lines:
            assert streaming.answer().status == 100
        streaming.until(b"\r\n\r\n")
        run.service.stop(grace=10)
        assert idle.rest() == b""
        assert b"[DONE]" in streaming.rest()
        run.join()
        with pytest.raises(ConnectionRefusedError):
            Wire(run.port)


def test_grace_ends(run: Run) -> None:
    with Wire(run.port) as wire:
        wire.send(post(chat("endless", stream=True)))
        wire.until(b'"content":"one"')
        run.service.stop(grace=0.05)
        run.join()
        assert b"[DONE]" not in wire.rest()


def test_impatience_ends_grace(run: Run) -> None:
    with Wire(run.port) as wire:
        wire.send(post(chat("endless", stream=True)))
        wire.until(b'"content":"one"')
        run.service.stop(grace=3600)
        run.service.cut()
        run.join()
        assert b"[DONE]" not in wire.rest()


def test_a_service_may_be_stopped_before_it_runs() -> None:
    service = Service(app_of(CONFIG))
    service.stop()
    listener = bind("127.0.0.1", 0)
    serve(service, listener)
    service.stop()
    assert listener.fileno() == -1


def test_the_date_is_renewed(run: Run) -> None:
    state = run.service.server_state
    state.default_headers = []
    eventually(lambda: state.default_headers, seconds=5)
    assert state.default_headers[0][0] == b"date"


def test_windows_has_asyncios_own_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    loop = new_event_loop()
    assert isinstance(loop, asyncio.SelectorEventLoop)
    loop.close()
    bind("127.0.0.1", 0).close()


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_everything_works_on_asyncios_own_event_loop(adapter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "new_event_loop", asyncio.new_event_loop)
    with serving(CONFIG, adapter) as served, served.wire() as wire:
        wire.send(post(chat("paced", stream=True)) + post(chat("Hello")))
        assert wire.answer().events[-1] == "[DONE]"
        assert wire.answer().status == 200
        assert len(wire.ask(post(chat("big"))).body) > 3_000_000
        if adapter != "plain":
            assert wire.ask(b"\0").status == 400
    assert served.last.method in ("POST", "?")
