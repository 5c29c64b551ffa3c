"""Servers to test against, through each of the adapters, and a client that sees every byte."""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import openai
import pytest

from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.server import runner
from openai_mock_api.server.app import App
from openai_mock_api.server.runner import ServerThread
from tests.adapters import ADAPTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_mock_api.journal import Exchange

KEY = "test-key"


def app_of(config: dict[str, Any]) -> App:
    return App(Settings.of(load_config(config).config))


def flow(user: str, id: str | None = None, **turn: Any) -> dict[str, Any]:  # noqa: A002
    """A response of the configuration: one exact question and its answer."""
    return {"id": id or user, "messages": [{"role": "user", "content": user}, {"role": "assistant", **turn}]}


class Served:
    """A running server and what it remembers."""

    def __init__(self, app: App, thread: ServerThread) -> None:
        self.app = app
        self.thread = thread
        self.port = thread.port
        self.url = f"http://127.0.0.1:{thread.port}"
        self._clients: list[openai.OpenAI] = []

    def client(self, **options: Any) -> openai.OpenAI:
        """Return a client that is closed with the server, or after the test that shares the server with others."""
        options = {"api_key": KEY, "base_url": f"{self.url}/v1", "max_retries": 0, **options}
        client = openai.OpenAI(_strict_response_validation=True, **options)
        self._clients.append(client)
        return client

    def close_clients(self) -> None:
        while self._clients:
            self._clients.pop().close()

    def wire(self) -> Wire:
        return Wire(self.port)

    @property
    def last(self) -> Exchange:
        return self.app.journal.exchanges()[-1]


@contextmanager
def serving(app: App | dict[str, Any], adapter: str | None = None) -> Iterator[Served]:
    """Serve, through an adapter or the one that the run was told to use."""
    app = app if isinstance(app, App) else app_of(app)
    with pytest.MonkeyPatch.context() as patch:
        if adapter is not None:
            patch.setattr(runner, "FastProtocol", ADAPTERS[adapter])
        thread = ServerThread(app, "127.0.0.1", 0)
    served = Served(app, thread)
    try:
        yield served
    finally:
        served.close_clients()
        thread.stop()


def eventually(holds: Callable[[], object], seconds: float = 10) -> None:
    """Wait until something holds that another thread brings about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.001)


class Answer(NamedTuple):
    """A response as it came. ``raw`` is all of it; ``body`` has no chunk frames."""

    raw: bytes
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.json["error"]
        assert {"message", "type", "param", "code"} <= error.keys()
        return error

    @property
    def events(self) -> list[Any]:
        """Events of a stream, decoded; ``[DONE]`` stands for itself."""
        lines = [line.removeprefix("data: ") for line in self.body.decode().split("\n\n") if line]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


class Wire:
    """One plain connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._data = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> Wire:
        self.socket.sendall(data)
        return self

    def ask(self, data: bytes, method: str = "GET") -> Answer:
        return self.send(data).answer(method)

    def reset(self) -> None:
        """Go away without a word."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def is_gone(self) -> bool:
        """Whether the server takes nothing more."""
        try:
            self.socket.sendall(b"x")
        except ConnectionError:
            return True
        return False

    def answer(self, method: str = "GET") -> Answer:
        """Read one response to a request of ``method``."""
        head = self.until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
        status = int(lines[0].split(" ")[1])
        raw, body = b"", b""
        if method != "HEAD" and status >= 200:
            raw, body = self._chunked() if "transfer-encoding" in headers else self._sized(headers)
        return Answer(head + raw, status, headers, body)

    def _sized(self, headers: dict[str, str]) -> tuple[bytes, bytes]:
        data = self.exactly(int(headers["content-length"]))
        return data, data

    def _chunked(self) -> tuple[bytes, bytes]:
        raw, body = b"", b""
        while True:
            line = self.until(b"\r\n")
            data = self.exactly(int(line, 16) + 2)
            raw, body = raw + line + data, body + data[:-2]
            if len(data) == 2:
                return raw, body

    def until(self, end: bytes) -> bytes:
        while end not in self._data:
            self._read()
        data, _, self._data = self._data.partition(end)
        return data + end

    def exactly(self, size: int) -> bytes:
        while len(self._data) < size:
            self._read()
        data, self._data = self._data[:size], self._data[size:]
        return data

    def rest(self) -> bytes:
        """Read until the server closes."""
        try:
            while True:
                self._read()
        except ConnectionError:
            data, self._data = self._data, b""
            return data

    def _read(self) -> None:
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        self._data += piece


def head(method: str, target: str, *lines: str, key: str | None = KEY, version: str = "1.1") -> bytes:
    """Write the head of a request."""
    given = [
        f"{method} {target} HTTP/{version}",
        "host: mock",
        *([f"authorization: Bearer {key}"] if key else []),
        *lines,
    ]
    return "\r\n".join([*given, "", ""]).encode("latin-1")


def post(document: Any, *lines: str, target: str = "/v1/chat/completions", **more: Any) -> bytes:
    """Write a request with a JSON body; bytes are sent as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return head("POST", target, "content-type: application/json", f"content-length: {len(body)}", *lines, **more) + body


def chat(text: str, **parameters: Any) -> dict[str, Any]:
    """A body that says one text as the user."""
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **parameters}


_CHANGING = (
    rb"(date|x-request-id|openai-processing-ms): [^\r]*",
    rb'"(created)":\d+',
    rb'"(id)":"chatcmpl-[^"]*"',
    rb'"(timestamp)":"[^"]*"',
)


def constant(raw: bytes) -> bytes:
    """Blot out what differs from answer to answer."""
    for pattern in _CHANGING:
        raw = re.sub(pattern, rb"\1=", raw)
    return raw
