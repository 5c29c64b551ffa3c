"""What was seen before is answered from memory, and nobody can tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request, Response
from openai_mock_api.server import app as app_module
from openai_mock_api.server import memory
from openai_mock_api.server.adapters import fast, heads
from openai_mock_api.server.adapters.heads import Heads
from tests.serving import KEY, app_of, chat, flow, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.server.app import App
    from tests.serving import Served

pytestmark = pytest.mark.usefixtures("the_fast_path")

ASKED = post(chat("Hello"))

COUNTED = {
    "id": "counted",
    "messages": [
        {"role": "user", "content": "next"},
        {"role": "assistant", "sequence": [{"content": "one"}, {"content": "two"}]},
    ],
}
TENANT = {
    **flow("tenant", content="acme"),
    "when": {"headers": {"x-tenant": "acme"}},
}


@pytest.fixture(autouse=True)
def no_known_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "_heads", Heads())


@pytest.fixture
def recalled(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The requests that were answered from memory."""
    asked: list[bytes] = []
    recall = app_module.App.recall

    def watched(self: App, data: bytes) -> Response | None:
        response = recall(self, data)
        if response is not None:
            asked.append(data)
        return response

    monkeypatch.setattr(app_module.App, "recall", watched)
    return asked


@pytest.fixture
def served() -> Iterator[Served]:
    responses = [flow("Hello", content="Hi"), flow("paced", content="a b", pacing={"ttft": 0.01})]
    with serving({"responses": responses}) as running:
        yield running


def without_ids(raw: bytes) -> bytes:
    return re.sub(rb'chatcmpl-\w+|req_\w+|"created":\d+|date: [^\r]+|processing-ms: \d+', b"", raw)


@pytest.mark.parametrize(
    "asked",
    [
        ASKED,
        post(chat("Hello", stream=True)),
        post(chat("Hello", stream=True, stream_options={"include_usage": True})),
        post(chat("paced", stream=True)),
        post(chat("paced")),
        post(chat("Hello", temperature=1, seed=3)),
    ],
)
def test_the_same_request_gets_the_same_answer_with_an_id_of_its_own(
    served: Served, recalled: list[bytes], asked: bytes
) -> None:
    with served.wire() as wire:
        answers = [wire.ask(asked) for _ in range(5)]
    assert len(recalled) == 3  # the first was parsed, the second had a head that was known
    assert len({without_ids(answer.raw) for answer in answers}) == 1
    assert len({answer.headers["x-request-id"] for answer in answers}) == 5
    assert len({re.findall(rb'"id":"(chatcmpl-\w+)"', answer.body)[0] for answer in answers}) == 5


def test_every_answer_is_in_the_journal(served: Served, recalled: list[bytes]) -> None:
    with served.wire() as wire:
        ids = [wire.ask(ASKED).headers["x-request-id"] for _ in range(4)]
    assert recalled
    exchanges = served.app.journal.exchanges()
    assert [exchange.id for exchange in exchanges] == ids
    assert [exchange.matched for exchange in exchanges] == ["Hello"] * 4
    assert all(exchange.finished and exchange.messages[0]["content"] == "Hello" for exchange in exchanges)


def test_another_connection_is_answered_from_the_same_memory(served: Served, recalled: list[bytes]) -> None:
    for _ in range(3):
        with served.wire() as wire:
            assert wire.ask(ASKED).json["choices"][0]["message"]["content"] == "Hi"
    assert len(recalled) == 1


def test_a_changed_configuration_is_not_answered_from_memory(served: Served) -> None:
    with served.wire() as wire:
        for _ in range(3):
            wire.ask(ASKED)
        config = {"api_key": "other", "responses": [flow("Hello", content="Ho")]}
        served.app.load(Settings.of(load_config(config).config))
        assert wire.ask(ASKED).status == 401
        answer = wire.ask(post(chat("Hello"), key="other"))
    assert answer.json["choices"][0]["message"]["content"] == "Ho"


def test_sequences_go_on() -> None:
    with serving({"responses": [COUNTED]}) as served, served.wire() as wire:
        answers = [wire.ask(post(chat("next"))).json["choices"][0]["message"]["content"] for _ in range(4)]
    assert answers == ["one", "two", "two", "two"]


def test_conditions_on_headers_are_looked_at_every_time() -> None:
    with serving({"responses": [TENANT]}) as served, served.wire() as wire:
        for _ in range(3):
            assert wire.ask(post(chat("tenant"), "x-tenant: acme")).status == 200
            assert wire.ask(post(chat("tenant"), "x-tenant: none")).status == 400


@pytest.mark.parametrize(
    ("other", "status"),
    [
        (post(chat("Hello"), key="wrong"), 401),
        (ASKED.replace(b"content-type: application/json", b"content-type: text/plain"), 400),
        (post(chat("Hello"), "connection: close"), 200),
    ],
)
def test_another_head_is_another_request(served: Served, other: bytes, status: int) -> None:
    with served.wire() as wire:
        for _ in range(3):
            wire.ask(ASKED)
        assert wire.ask(other).status == status


def test_misses_and_errors_are_not_remembered(served: Served, recalled: list[bytes]) -> None:
    with served.wire() as wire:
        statuses = [wire.ask(post(chat("nobody knows"))).status for _ in range(4)]
    assert statuses == [400] * 4
    assert not recalled


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", 3)
    app = app_of({"responses": [flow("Hello", content="Hi")]})
    request = Request("POST", "/v1/chat/completions", [(b"authorization", f"Bearer {KEY}".encode())], chat_body())
    response = app.handle(request)
    for number in range(10):
        app.keep(b"%d" % number, request, response)
        assert app.recall(b"%d" % number) is not None
    app.keep(b"x" * 10_000, request, response)
    assert len(app._memory) <= 3
    assert app.recall(b"x" * 10_000) is None


def chat_body() -> bytes:
    return ASKED.partition(b"\r\n\r\n")[2]


def request_of(body: bytes) -> Request:
    return Request("POST", "/", [(b"host", b"a")], body)


@pytest.mark.parametrize(
    ("learned", "body", "asked", "found"),
    [
        (b"POST / HTTP/1.1\r\n\r\nabc", b"abc", b"POST / HTTP/1.1\r\n\r\nxyz", b"xyz"),
        (b"POST / HTTP/1.1\r\n\r\nabc", b"abc", b"POST / HTTP/1.1\r\n\r\nxy", None),
        (b"POST / HTTP/1.1\r\n\r\nabc", b"abc", b"POST / HTTP/1.1\r\n\r\nwxyz", None),
        (b"POST / HTTP/1.1\r\n\r\nabc", b"abc", b"POST /x HTTP/1.1\r\n\r\nxyz", None),
        (b"GET / HTTP/1.1\r\n\r\n", b"", b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b"abc", b"POST / HTTP/1.1\r\n\r\nxyz", None),
    ],
)
def test_a_head_is_known_by_its_bytes(learned: bytes, body: bytes, asked: bytes, found: bytes | None) -> None:
    known = Heads()
    known.learn(learned, request_of(body))
    request = known.request(asked)
    assert (request and request.body) == found
    assert request is None or request.headers == [(b"host", b"a")]


def test_heads_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "REMEMBERED", 3)
    known = Heads()
    for number in range(10):
        known.learn(b"GET /%d\r\n\r\n" % number, request_of(b""))
    known.learn(b"GET /" + b"x" * 5000 + b"\r\n\r\n", request_of(b""))
    assert len(known._known) <= 3
    assert known.request(b"GET /9\r\n\r\n") is not None


def test_requests_in_one_piece_are_told_apart(served: Served) -> None:
    with served.wire() as wire:
        for _ in range(3):
            wire.ask(ASKED)
        wire.send(ASKED + ASKED + ASKED[:20])
        wire.send(ASKED[20:])
        answers: list[Any] = [wire.answer() for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
