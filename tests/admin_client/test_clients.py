"""The verbs of a mock server, from another process. Here the process is the same, and the socket real.

Every test passes through both clients, but for those that are about one of them.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, cast

import msgspec
import openai
import pytest

from openai_mock_api.admin_client import clients, clock, gates
from openai_mock_api.admin_client.clients import AdminClient, AsyncAdminClient
from openai_mock_api.admin_client.plans import Verb, View
from openai_mock_api.errors import AdminError, ServerError
from tests.admin_client.awaited import Awaited
from tests.serving import chat, eventually, flow, post, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.serving import Served

MOMENT = datetime(2025, 1, 31, 12, tzinfo=UTC)
COUNTED = {
    "id": "counted",
    "messages": [
        {"role": "user", "content": "next"},
        {"role": "assistant", "sequence": [{"content": "one"}, {"content": "two"}]},
    ],
}
RESPONSES = [flow("Hello", content="Hi"), COUNTED]
BYE = flow("Bye", content="See you")


@pytest.fixture
def running() -> Iterator[Served]:
    with serving({"responses": RESPONSES, "admin_key": "secret"}) as served:
        yield served


def awaited(url: str, **options: Any) -> AdminClient:
    return cast("AdminClient", Awaited(AsyncAdminClient(url, **options)))


@pytest.fixture(params=[AdminClient, awaited])
def client(request: pytest.FixtureRequest) -> Callable[..., AdminClient]:
    """What makes a client: the blocking one, then the other."""
    made: Callable[..., AdminClient] = request.param
    return made


@pytest.fixture
def admin(running: Served, client: Callable[..., AdminClient]) -> AdminClient:
    return client(running.url)


def said(running: Served, text: str, **options: Any) -> str | None:
    with running.client(**options) as client:
        answer: str | None = client.chat.completions.create(**chat(text)).choices[0].message.content
        return answer


# -- what happened


def test_requests_are_seen_with_their_answers(running: Served, admin: AdminClient) -> None:
    assert (admin.requests, admin.last_request) == ([], None)
    said(running, "Hello")
    said(running, "next")
    assert [request.matched for request in admin.requests] == ["Hello", "counted"]
    last = admin.last_request
    assert last is not None
    assert (last.method, last.path, last.status, last.text) == ("POST", "/v1/chat/completions", 200, "one")
    assert (last.model, last.messages) == ("gpt-4o", [{"role": "user", "content": "next"}])
    assert repr(last) == "<Recorded POST /v1/chat/completions 200 counted>"


def test_what_is_no_chat_has_no_model_and_no_messages(running: Served, admin: AdminClient) -> None:
    with running.wire() as wire:
        wire.ask(post(b"[]"))
        wire.ask(post({"model": 5, "messages": "none"}))
    assert [(request.model, request.messages) for request in admin.requests] == [(None, []), (None, [])]
    assert repr(admin.requests[0]) == "<Recorded POST /v1/chat/completions 400>"


def test_requests_are_found_by_what_holds_for_them(running: Served, admin: AdminClient) -> None:
    for text in ("Hello", "next", "Hello"):
        said(running, text)
    assert len(admin.find_requests(matched="Hello", missed=False)) == 2
    assert len(admin.find_requests(matched="Hello", limit=1)) == 1
    assert admin.find_requests(model="o1*") == []
    with pytest.raises(AdminError, match="unknown field `colour`") as caught:
        admin.find_requests(colour="red")
    assert (caught.value.status, caught.value.code) == (400, "invalid_value")


def test_more_requests_than_one_answer_usually_holds(running: Served, admin: AdminClient) -> None:
    with running.wire() as wire:
        for _ in range(120):
            wire.ask(post(chat("Hello")))
    assert len(admin.requests) == 120


def test_a_request_is_waited_for(running: Served, admin: AdminClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(admin.wait_for_request, matched="Hello")
        said(running, "next")
        said(running, "Hello")
        assert waiting.result().matched == "Hello"
    with pytest.raises(TimeoutError, match=r"no request like \{'status': 500\} came within 0.01 s"):
        admin.wait_for_request("10ms", status=500)


def test_misses_and_what_was_not_used(running: Served, admin: AdminClient) -> None:
    admin.assert_no_misses()
    said(running, "Hello")
    with pytest.raises(AssertionError, match="responses that have answered nothing: counted"):
        admin.assert_all_used()
    with pytest.raises(openai.BadRequestError):
        said(running, "Hallo")
    assert admin.unused == ["counted"]
    assert [miss.json for miss in admin.misses] == [chat("Hallo")]
    with pytest.raises(AssertionError, match=r"^POST /v1/chat/completions: Nearest responses:\n1. Hello: parted at"):
        admin.assert_no_misses()
    said(running, "next")
    admin.assert_all_used()


def test_requests_are_cleared_and_all_is_reset(running: Served, admin: AdminClient) -> None:
    said(running, "next")
    admin.clear_requests()
    assert (admin.requests, said(running, "next")) == ([], "two")
    admin.add_responses(BYE)
    admin.reset()
    assert (admin.requests, said(running, "next"), len(admin.responses)) == ([], "one", 2)


# -- the script


@pytest.mark.parametrize("added", [BYE, [BYE], json.dumps(BYE), "- " + json.dumps(BYE)])
def test_responses_are_added(running: Served, admin: AdminClient, added: Any) -> None:
    admin.add_responses(added)
    assert (said(running, "Bye"), admin.responses) == ("See you", [BYE, *RESPONSES])


def test_responses_are_replaced_and_removed(running: Served, admin: AdminClient) -> None:
    admin.replace_response(flow("Hello", content="Moin"))
    assert said(running, "Hello") == "Moin"
    admin.replace_responses([{**BYE, "id": "a/b ü"}])
    assert said(running, "Bye") == "See you"
    admin.remove_response("a/b ü")
    assert admin.responses == []


def test_what_is_wrong_with_responses(admin: AdminClient) -> None:
    with pytest.raises(AdminError, match="unknown key; did you mean 'messages'") as caught:
        admin.add_responses({"id": "a", "mesages": []})
    assert (caught.value.status, caught.value.code) == (400, "invalid_config")


# -- the clock


def test_the_clock_is_told(running: Served, admin: AdminClient) -> None:
    clock = admin.clock
    clock.freeze(MOMENT)
    clock.advance("1h")
    clock.advance(timedelta(seconds=30))
    clock.advance(0.5)
    assert clock.now() == running.app.clock.now() == MOMENT.timestamp() + 3630.5
    clock.freeze(5)
    assert clock.now() == 5
    clock.resume()
    clock.scale(0.5)
    assert running.app.clock.speed == 2
    clock.reset()
    assert running.app.clock.speed == 1
    with pytest.raises(AdminError, match="expected a duration like"):
        clock.advance("soon")


# -- gates


def test_an_answer_is_kept_back_and_let_go(running: Served, admin: AdminClient) -> None:
    with ThreadPoolExecutor(2) as pool:
        with admin.hold("Hello", timeout="1m") as gate:
            asking = [pool.submit(said, running, "Hello") for _ in range(2)]
            first, second = gate.wait(), gate.wait()
            assert {first.id, second.id} == {request.id for request in gate.held}
            assert (first.matched, gate.cancelled) == ("Hello", None)
            gate.release(1)
            eventually(lambda: len(gate.held) == 1)
            assert said(running, "next") == "one"
        assert [asked.result() for asked in asking] == ["Hi", "Hi"]
    gate.close()
    with pytest.raises(AdminError, match="There is no gate"):
        gate.release()


def test_events_are_let_go_one_by_one(running: Served, admin: AdminClient) -> None:
    with admin.hold() as gate, running.wire() as wire:
        wire.send(post(chat("Hello", stream=True)))
        gate.wait()
        gate.release_chunks(1)
        assert wire.until(b"\n\n").count(b"data: ") == 1
        gate.release()
        assert b'"content":"Hi"' in wire.until(b"[DONE]")


def test_connections_are_cut(running: Served, admin: AdminClient) -> None:
    with admin.hold() as gate, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(said, running, "Hello")
        gate.wait()
        gate.disconnect()
        with pytest.raises(openai.APIConnectionError):
            asking.result()


def test_a_client_that_hangs_up_is_told_of(running: Served, admin: AdminClient) -> None:
    with admin.hold() as gate:
        with running.wire() as wire:
            wire.send(post(chat("Hello")))
            request = gate.wait()
        assert gate.wait_cancelled().request == request.id


def test_what_does_not_happen_at_a_gate_ends_the_waiting(running: Served, admin: AdminClient) -> None:
    with admin.hold() as gate:
        with pytest.raises(TimeoutError, match=r"^no request came to the gate of all responses within 0\.01 s\.$"):
            gate.wait(0.01)
        with pytest.raises(TimeoutError, match=r"no client hung up at the gate of all responses within 0\.01 s"):
            gate.wait_cancelled(timedelta(milliseconds=10))
    with admin.hold("Hello", "counted") as gate:
        with pytest.raises(openai.BadRequestError):
            said(running, "missed", max_retries=0)
        admin.clock.reset()
        with pytest.raises(TimeoutError) as late:
            gate.wait(0.01)
    assert str(late.value) == (
        "no request came to the gate of 'Hello', 'counted' within 0.01 s. "
        "Answered meanwhile: POST /v1/chat/completions (400)."
    )


def test_only_what_the_script_has_can_be_held(admin: AdminClient) -> None:
    with pytest.raises(AdminError, match=r"There is no response 'Helo'\. There are: Hello, counted\.") as refused:
        admin.hold("Hello", "Helo")
    assert (refused.value.status, refused.value.code) == (404, "response_not_found")


def test_what_has_passed_a_gate_may_be_forgotten(running: Served, admin: AdminClient) -> None:
    with admin.hold("counted") as gate:
        said(running, "Hello")
        admin.clear_requests()
        said(running, "Hello")
        with pytest.raises(TimeoutError, match=r"Answered meanwhile: POST /v1/chat/completions \(Hello\)\.$"):
            gate.wait(0)


def test_an_answer_that_nobody_released_is_warned_of(running: Served, admin: AdminClient) -> None:
    gate = admin.hold(timeout="10ms")
    assert said(running, "Hello") == "Hi"
    with pytest.warns(UserWarning, match="The gate let 1 answers go by itself"):
        gate.close()


def test_a_gate_that_cannot_be_closed(running: Served, admin: AdminClient) -> None:
    gate = admin.hold()
    running.thread.stop()
    with pytest.raises(ServerError):
        gate.close()


def test_a_gate_that_may_not_be_closed(running: Served, client: Callable[..., AdminClient]) -> None:
    gate = client(running.url, admin_key="secret").hold()
    settings = running.app.settings
    running.app.settings = msgspec.structs.replace(settings, admin_key="another")
    with pytest.raises(AdminError, match="x-mock-admin-key"):
        gate.close()
    running.app.gates.close()


def test_a_gate_that_a_reset_has_closed(running: Served, admin: AdminClient) -> None:
    with admin.hold():
        admin.reset()
        assert said(running, "Hello", timeout=5) == "Hi"


# -- namespaces


def test_a_namespace_has_the_same_verbs(running: Served, admin: AdminClient) -> None:
    with admin.namespace("a") as space:
        assert (space.name, space.base_url) == ("a", f"{running.url}/ns/a/v1")
        space.add_responses(flow("Hello", id="own", content="Moin"))
        assert said(running, "Hello", base_url=space.base_url) == "Moin"
        assert said(running, "Hello", api_key=space.api_key) == "Moin"
        assert (len(space.requests), admin.requests, len(admin.responses)) == (2, [], 2)
        assert AdminClient(space.base_url).requests == space.requests
    with pytest.raises(openai.BadRequestError):
        said(running, "Hello", api_key=space.api_key)
    assert [late.namespace for late in space.late] == ["a"]
    space.close()


def test_a_namespace_with_a_configuration_and_without_a_name(running: Served, admin: AdminClient) -> None:
    for config in ({"responses": [BYE]}, "responses: " + json.dumps([BYE])):
        with admin.namespace(config=config) as space:
            assert said(running, "Bye", api_key=space.api_key) == "See you"


def test_a_namespace_that_cannot_be_opened(admin: AdminClient) -> None:
    with admin.namespace("a"), pytest.raises(AdminError, match="is open already") as caught:
        admin.namespace("a")
    assert (caught.value.status, caught.value.code) == (409, "namespace_exists")


# -- the way there


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
def test_every_way_to_write_the_url(running: Served, client: Callable[..., AdminClient], end: str) -> None:
    admin = client(running.url + end)
    assert (admin.url, admin.base_url) == (running.url, f"{running.url}/v1")
    assert len(admin.responses) == 2


def test_the_key_is_sent_also_for_namespaces(running: Served, client: Callable[..., AdminClient]) -> None:
    with client(running.url, admin_key="secret").namespace() as space:
        assert space.requests == []
    with pytest.raises(AdminError, match="x-mock-admin-key") as caught:
        _ = client(running.url, admin_key="wrong").requests
    assert (caught.value.status, caught.value.code) == (403, "admin_forbidden")


def test_no_proxy_is_asked(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert len(AdminClient(running.url).responses) == 2


def test_nobody_answers(running: Served, admin: AdminClient) -> None:
    running.thread.stop()
    with pytest.raises(ServerError, match=f"no mock server answers at {running.url}: "):
        _ = admin.requests


class Stranger(BaseHTTPRequestHandler):
    """Another program's server."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "kind", "text"), [(200, ServerError, "no mock server answers"), (404, AdminError, "answered 404")]
)
def test_somebody_else_answers(monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception], text: str) -> None:
    monkeypatch.setattr(Stranger, "status", status)
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(kind, match=text):
            _ = AdminClient(f"http://127.0.0.1:{server.server_port}").requests
        thread.join()


# -- the asynchronous client


@pytest.mark.parametrize(
    ("blocking", "other"),
    [
        (clients.AdminClient, clients.AsyncAdminClient),
        (clients.AdminNamespace, clients.AsyncAdminNamespace),
        (gates.AdminGate, gates.AsyncAdminGate),
        (clock.AdminClock, clock.AsyncAdminClock),
    ],
)
def test_both_clients_have_the_same_verbs(blocking: type, other: type) -> None:
    names = [name for name in dir(blocking) if not name.startswith("_")]
    assert [name for name in dir(other) if not name.startswith("_")] == names
    assert all(inspect.getdoc(getattr(blocking, name)) for name in names)
    assert any(isinstance(getattr(blocking, name), Verb | View) for name in names)


def test_a_verb_tells_what_it_takes(admin: AdminClient) -> None:
    hold = AdminClient(admin.url).hold
    assert (hold.__name__, hold.__doc__) == ("hold", AdminClient.hold.__doc__)
    assert [*inspect.signature(hold).parameters] == ["responses", "timeout"]


async def test_waiting_does_not_hold_up_the_event_loop(running: Served) -> None:
    admin = AsyncAdminClient(running.url)
    async with await admin.hold("Hello") as gate:
        asking = asyncio.ensure_future(asyncio.to_thread(said, running, "Hello"))
        held = await gate.wait()
        assert (held.matched, asking.done()) == ("Hello", False)
        await gate.release()
        assert await asking == "Hi"
    assert (await admin.wait_for_request(matched="Hello")).id == held.id


async def test_requests_at_the_same_time(running: Served) -> None:
    admin = AsyncAdminClient(running.url)
    spaces = await asyncio.gather(*(admin.namespace(f"n{number}") for number in range(5)))
    assert sorted(space.name for space in spaces) == ["n0", "n1", "n2", "n3", "n4"]
    assert await asyncio.gather(*(space.requests for space in spaces)) == [[]] * 5


async def test_who_stops_waiting_waits_no_longer(running: Served) -> None:
    waiting = asyncio.ensure_future(AsyncAdminClient(running.url).wait_for_request("1h"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_the_warning_names_the_line_that_closes_the_gate(running: Served) -> None:
    gate = await AsyncAdminClient(running.url).hold(timeout="1ms")
    await asyncio.to_thread(said, running, "Hello")
    with pytest.warns(UserWarning, match="The gate let 1 answers go") as warned:
        await gate.close()
    assert warned[0].filename == __file__
