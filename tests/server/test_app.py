from __future__ import annotations

import logging
import re
from datetime import datetime

import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.app import App
from tests.script_of_tests import CONFIG
from tests.serving import Served, app_of, chat, flow, head, post, serving

SETTINGS = Settings.of(load_config(CONFIG).config)


def test_headers_of_every_answer(served: Served) -> None:
    requests = [
        post(chat("Hello")),
        post(chat("Hello", stream=True)),
        post(chat("nobody says this")),
        post(b"{"),
        head("GET", "/v1/models", key=None),
        head("GET", "/nothing"),
        head("GET", "/health"),
        head("OPTIONS", "/v1/models"),
    ]
    with served.wire() as wire:
        answers = [wire.ask(request) for request in requests]
    for answer in answers:
        assert re.fullmatch("req_[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.headers["openai-processing-ms"].isdigit()
        assert answer.headers["openai-version"] == "2020-10-01"
        assert answer.headers["openai-organization"] == "test-org"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
        assert answer.headers["date"].endswith(" GMT")
        assert "server" not in answer.headers
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert [exchange.id for exchange in served.app.journal] == ids


def test_the_sdk_shows_the_request_id(fast: Served) -> None:
    answer = fast.client().chat.completions.create(**chat("Hello"))
    assert answer._request_id == fast.last.id


def test_preflight(fast: Served) -> None:
    with fast.wire() as wire:
        asked = wire.ask(head("OPTIONS", "/v1/chat/completions", "access-control-request-headers: x-stainless-os, x-b"))
        unasked = wire.ask(head("OPTIONS", "/v1/chat/completions"))
    assert (asked.status, asked.body) == (200, b"OK")
    assert asked.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, OPTIONS"
    assert asked.headers["access-control-allow-headers"] == "x-stainless-os, x-b"
    assert "Authorization" in unasked.headers["access-control-allow-headers"]


def test_health(fast: Served) -> None:
    with fast.wire() as wire:
        for path in ("/health", "/v1/health"):
            answer = wire.ask(head("GET", path, key=None))
            assert answer.json["status"] == "ok"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.json["timestamp"])
            assert datetime.fromisoformat(answer.json["timestamp"]).tzinfo is not None


@pytest.mark.parametrize("size", [2_999_999, 3_000_000, 3_000_001])
def test_the_limit_of_a_body(served: Served, size: int) -> None:
    with served.wire() as wire:
        answer = wire.ask(post(b"x" * size))
        assert answer.status == (413 if size > 3_000_000 else 400)
        if answer.status == 413:
            assert answer.error["message"] == "The request body is larger than the limit of 3000000 bytes."
        assert wire.ask(post(chat("Hello"))).status == 200


def test_a_small_limit_of_a_body() -> None:
    with serving(app_of({**CONFIG, "max_body_bytes": 100})) as served, served.wire() as wire:
        assert wire.ask(post(b"x" * 101)).error["code"] == "request_too_large"
        assert wire.ask(post(chat("Hello"))).status == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/health"])
def test_a_fault_of_the_mock_is_a_500_and_the_next_request_works(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with served.wire() as wire, monkeypatch.context() as patch:
        patch.setattr(served.app, "_dispatch", fail)
        answer = wire.ask(head("POST", path))
        assert (answer.status, answer.error["type"]) == (500, "server_error")
        assert "ZeroDivisionError" in caplog.text
        patch.undo()
        assert wire.ask(post(chat("Hello"))).status == 200


@pytest.mark.parametrize(
    ("target", "shown"), [("/%C3%BCber", "/über"), ("/a%0AINFO: b%1B[2J", "/a%0AINFO%3A%20b%1B%5B2J")]
)
def test_a_client_writes_no_lines_of_its_own_into_the_log(
    fast: Served, caplog: pytest.LogCaptureFixture, target: str, shown: str
) -> None:
    with caplog.at_level(logging.INFO), fast.wire() as wire:
        assert wire.ask(head("GET", target.replace(" ", "%20"))).status == 404
    assert caplog.messages[-1].startswith(f"GET {shown} 404 ")


def test_requests_are_logged_without_keys(fast: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), fast.wire() as wire:
        wire.ask(post(chat("Hello")))
        wire.ask(post(chat("Hello"), key="sk-a-wrong-key-of-somebody"))
    lines = [record.getMessage() for record in caplog.records if record.name == "openai_mock_api.requests"]
    assert re.fullmatch(r"POST /v1/chat/completions 200 \d+\.\d ms Hello", lines[0])
    assert re.fullmatch(r"POST /v1/chat/completions 401 \d+\.\d ms", lines[1])
    assert "test-key" not in caplog.text
    assert "somebody" not in caplog.text


def test_the_same_seed_gives_the_same_bytes() -> None:
    def bytes_of(seed: int) -> list[bytes]:
        clock = Clock(seed)
        clock.now = lambda: 1e9
        clock.monotonic = lambda: 0.0
        app = App(SETTINGS, clock)
        body = post(chat("Hello")).partition(b"\r\n\r\n")[2]
        request = Request("POST", "/v1/chat/completions", [(b"authorization", b"Bearer test-key")], body)
        return [response.head + response.body for response in (app.handle(request) for _ in range(3))]

    assert bytes_of(1) == bytes_of(1)
    assert bytes_of(1) != bytes_of(2)


def test_another_configuration_is_served_from_the_next_request_on() -> None:
    with serving(app_of({"responses": [flow("Hello", content="one")]})) as served, served.wire() as wire:
        request = post(chat("Hello"))
        assert wire.ask(request).json["choices"][0]["message"]["content"] == "one"
        served.app.load(Settings.of(load_config({"responses": [flow("Hello", content="two")]}).config))
        assert wire.ask(request).json["choices"][0]["message"]["content"] == "two"
        assert len(served.app.journal) == 2
