"""Who may use the admin routes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.server.adapters.heads import Heads
from openai_mock_api.server.admin.access import check
from tests.serving import app_of, flow, head, serving

if TYPE_CHECKING:
    from tests.serving import Served

CONFIG = {"responses": [flow("Hello", content="Hi")]}


def lets_in(peer: str, admin_key: str | None = None, **headers: str) -> bool:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    try:
        check(Request("GET", "/_mock/clock", lines, peer=peer), admin_key)
    except ApiError:
        return False
    return True


@pytest.mark.parametrize(
    ("peer", "is_let_in"),
    [
        ("127.0.0.1", True),
        ("127.9.8.7", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("", True),
        ("10.0.0.1", False),
        ("192.168.0.2", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("testclient", False),
    ],
)
def test_programs_of_this_machine_are_let_in(peer: str, is_let_in: bool) -> None:
    assert lets_in(peer, host="127.0.0.1:3000") is is_let_in


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.1"])
@pytest.mark.parametrize(("sent", "is_let_in"), [("secret", True), ("Secret", False), ("", False)])
def test_a_key_decides_when_it_is_sent(peer: str, sent: str, is_let_in: bool) -> None:
    assert lets_in(peer, "secret", x_mock_admin_key=sent) is is_let_in


def test_a_key_that_is_not_configured_opens_nothing() -> None:
    assert not lets_in("127.0.0.1", None, x_mock_admin_key="secret")


def test_a_configured_key_is_not_asked_of_this_machine() -> None:
    assert lets_in("127.0.0.1", "secret")
    assert not lets_in("10.0.0.1", "secret")


@pytest.mark.parametrize(
    ("host", "is_let_in"),
    [
        ("localhost", True),
        ("LOCALHOST:3000", True),
        ("mock.localhost:3000", True),
        ("127.0.0.1:3000", True),
        ("[::1]:3000", True),
        ("192.168.0.2:3000", True),
        ("rebound.example:3000", False),
        ("notlocalhost:3000", False),
        ("", False),
    ],
)
def test_a_server_that_is_called_by_another_name_is_closed(host: str, is_let_in: bool) -> None:
    assert lets_in("127.0.0.1", host=host) is is_let_in


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("http://localhost:3000", True),
        ("http://localhost:8080", False),
        ("https://other.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_pages_of_other_sites_are_kept_out(origin: str, is_let_in: bool) -> None:
    assert lets_in("127.0.0.1", host="localhost:3000", origin=origin) is is_let_in


@pytest.mark.parametrize("configured", [True, False])
def test_the_refusal_says_what_to_do(configured: bool) -> None:
    with pytest.raises(ApiError) as caught:
        check(Request("GET", "/_mock/clock", [], peer="10.0.0.1"), "secret" if configured else None)
    said = caught.value.message
    assert (caught.value.status, caught.value.code) == (403, "admin_forbidden")
    assert ("Set `admin_key` in the configuration" in said) is not configured
    assert said.endswith("in the header x-mock-admin-key to use them from elsewhere.")
    assert "secret" not in said


def test_the_address_of_the_client_comes_from_the_connection(served: Served) -> None:
    """Through every adapter, also when the bytes of the head are known from another connection."""
    for _ in range(3):
        with served.wire() as wire:
            answers = [wire.ask(head("GET", "/_mock/clock", "host: localhost")) for _ in range(2)]
            assert [answer.status for answer in answers] == [403, 403]  # the first line says that it is called "mock"
            assert wire.ask(b"GET /_mock/clock HTTP/1.1\r\nhost: localhost\r\n\r\n").status == 200


def test_a_known_head_lets_nobody_in_from_elsewhere() -> None:
    known = Heads()
    data = b"GET /_mock/clock HTTP/1.1\r\n\r\n"
    known.learn(data, Request("GET", "/_mock/clock", [], peer="127.0.0.1"))
    again = known.request(data, "10.0.0.1")
    assert again is not None
    assert app_of(CONFIG).handle(again).status == 403


def test_the_key_is_masked_where_it_is_kept() -> None:
    app = app_of({**CONFIG, "admin_key": "secret"})
    app.handle(Request("GET", "/v1/models", [(b"x-mock-admin-key", b"secret")]))
    assert app.journal.exchanges()[0].headers == {"x-mock-admin-key": "********"}


def test_other_machines_may_with_the_key() -> None:
    with serving({**CONFIG, "admin_key": "secret"}) as served, served.wire() as wire:
        asked = head("GET", "/_mock/responses", "x-mock-admin-key: secret", key=None)
        answer = wire.ask(asked)
    assert [response["id"] for response in json.loads(answer.body)["responses"]] == ["Hello"]


@pytest.mark.usefixtures("the_fast_path")
def test_a_request_that_is_refused_does_nothing() -> None:
    with serving(CONFIG) as served, served.wire() as wire:
        served.app.handle(Request("GET", "/v1/models", []))
        large = f"x-large: {'x' * 70_000}"
        answer = wire.ask(f"POST /_mock/reset HTTP/1.1\r\nhost: localhost\r\n{large}\r\n\r\n".encode())
        assert answer.status == 431
        assert len(served.app.journal) == 1


@pytest.mark.parametrize("path", ["/_mock/reset", "/ns/a/_mock/reset"])
def test_a_refused_request_is_no_admin_request(path: str) -> None:
    app = app_of(CONFIG)
    room = app.open("a")
    for journal in (app, room):
        journal.handle(Request("GET", "/v1/models", []))
    refused = app.refuse(Request("POST", path, []), ApiError(413, "too large"))
    assert (refused.status, len(app.journal), len(room.journal)) == (413, 1, 1)
