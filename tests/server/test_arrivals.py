from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest
from msgspec.structs import replace

from openai_mock_api.clock import Clock, Streams
from openai_mock_api.config.compiler import compile_script
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request, Response
from openai_mock_api.server import arrivals as arrivals_module
from openai_mock_api.server.app import App
from openai_mock_api.server.arrivals import Arrivals
from tests.serving import chat, flow, post, serving

ASKED = Request("POST", "/v1/chat/completions", [(b"x-tenant", b"acme"), (b"user-agent", b"a")], b"{}", "a=b")


class Drawing:
    """Draws a number for each request that arrives."""

    def __init__(self, *headers: str, place: str = "") -> None:
        self.streams = Streams(1)
        self.arrivals = Arrivals(self.streams, place)
        self._headers = headers

    def number(self, request: Request = ASKED) -> int:
        self.arrivals.begin(request, self._headers)
        return self.streams.getrandbits(64)


def test_each_request_has_randomness_of_its_own() -> None:
    first, second, third = (Drawing().number(asked) for asked in (ASKED, replace(ASKED, body=b"[]"), ASKED))
    assert first == third != second


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, method="GET"),
        replace(ASKED, path="/v1/completions"),
        replace(ASKED, query="a=c"),
        replace(ASKED, body=b"{ }"),
        replace(ASKED, headers=[(b"x-tenant", b"other")]),
        replace(ASKED, headers=[]),
    ],
)
def test_what_tells_requests_apart(other: Request) -> None:
    assert Drawing("x-tenant").number(other) != Drawing("x-tenant").number()


def test_headers_that_nobody_looks_at_do_not_count() -> None:
    other = replace(ASKED, headers=[(b"x-tenant", b"other"), (b"user-agent", b"b")])
    assert Drawing().number(other) == Drawing().number()


def test_places_tell_requests_apart() -> None:
    assert Drawing(place="a").number() != Drawing(place="b").number()


def test_the_same_request_gets_other_numbers_each_time_and_in_each_run_the_same() -> None:
    drawing = Drawing()
    numbers = [drawing.number() for _ in range(5)]
    assert len(set(numbers)) == 5
    drawing.arrivals.clear()
    assert [drawing.number() for _ in range(5)] == numbers


def test_what_is_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals_module, "KEPT", 3)
    drawing = Drawing()
    first = drawing.number()
    for number in range(10):
        drawing.number(replace(ASKED, body=b"%d" % number))
    assert len(drawing.arrivals._counts) == 3
    assert drawing.number() == first


# -- in an app

CONFIG: dict[str, Any] = {
    "api_key": None,
    "seed": 7,
    "responses": [
        flow("Hello", content="Hi"),
        flow("tools", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": "{}"}}]),
        flow("chance", content="{{ uuid() }} {{ random() }} {{ randint(1, 1000) }}", template=True),
        {**flow("tenant", content="{{ uuid() }}", template=True), "when": {"headers": {"X-Own": "a*"}}},
    ],
}


LATER = {**flow("later", content="Hi"), "when": {"headers": {"x-tenant": "*"}}}


def app_of(config: dict[str, Any], clock: Clock | None = None) -> App:
    return App(Settings.loaded(load_config(config)), clock)


def asking(body: dict[str, Any], tenant: str = "acme") -> Request:
    headers = [(b"x-tenant", tenant.encode()), (b"x-own", tenant.encode())]
    return Request("POST", "/v1/chat/completions", headers, json.dumps(body).encode())


REQUESTS = [
    asking(chat(text, stream=stream, user=str(number)))
    for number in range(5)
    for text in ("Hello", "tools", "chance", "nobody says this")
    for stream in (False, True)
] + [asking(chat("tenant"), tenant) for tenant in ("a", "b", "ab") for _ in range(2)]


def wire(response: Response) -> bytes:
    return response.head + (response.body if response.stream is None else response.stream.whole())


def answers(requests: list[Request], seed: int | None = 7) -> dict[str, list[bytes]]:
    """Answer requests at one moment, and return what each of them got, by what it was."""
    clock = Clock(seed)
    clock.freeze(at=1_700_000_000)
    app = app_of(CONFIG, clock)
    found: dict[str, list[bytes]] = {}
    for request in requests:
        found.setdefault(f"{request.headers} {request.body!r}", []).append(wire(app.handle(request)))
    return found


def test_fifty_requests_get_the_same_bytes_in_whatever_order_they_come() -> None:
    requests = (REQUESTS * 2)[:92]
    assert len(requests) > 50
    expected = answers(requests)
    for number in range(5):
        random.Random(number).shuffle(requests)
        assert answers(requests) == expected


def test_another_seed_gives_other_bytes_and_none_gives_others_each_time() -> None:
    assert answers(REQUESTS, 8) != answers(REQUESTS)
    assert answers(REQUESTS, None) != answers(REQUESTS, None)


def test_the_seed_of_the_configuration_counts_unless_there_is_a_clock() -> None:
    assert app_of(CONFIG).clock.seed == 7
    assert app_of({**CONFIG, "seed": 0}).clock.streams is not None
    assert app_of(CONFIG, Clock(8)).clock.seed == 8
    assert app_of(CONFIG, Clock()).clock.seed is None


def test_flows_that_are_added_may_look_at_other_headers() -> None:
    def ids(order: list[str]) -> dict[str, str]:
        app = app_of(CONFIG)
        added = compile_script(load_config({"responses": [LATER]}).config)
        app.add(added.flows)
        return {tenant: app.handle(asking(chat("later"), tenant)).head.decode() for tenant in order}

    assert ids(["a", "b"])["a"].split("x-request-id")[1][:40] == ids(["b", "a"])["a"].split("x-request-id")[1][:40]


def test_a_reset_begins_again() -> None:
    app = app_of(CONFIG)
    first = [app.handle(asking(chat("chance"))).body for _ in range(2)]
    app.reset()
    second = [app.handle(asking(chat("chance"))).body for _ in range(2)]
    texts = [[json.loads(body)["choices"][0]["message"]["content"] for body in bodies] for bodies in (first, second)]
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[0][1]


@pytest.mark.usefixtures("the_fast_path")
def test_what_is_answered_from_memory_goes_by_the_seed_too() -> None:
    def ids() -> list[str]:
        with serving({"seed": 1, "responses": [flow("Hello", content="Hi")]}) as served, served.wire() as wire_:
            answers = [wire_.ask(post(chat("Hello"))) for _ in range(4)]
        return [part for answer in answers for part in (answer.json["id"], answer.headers["x-request-id"])]

    first = ids()
    assert len(set(first)) == 8
    assert ids() == first


def test_fifty_clients_at_once_get_what_they_got_before() -> None:
    def round_trip(order: int) -> dict[int, tuple[str, str]]:
        found: dict[int, tuple[str, str]] = {}
        with serving({**CONFIG, "api_key": "test-key"}) as served:

            def ask(number: int) -> None:
                with served.wire() as wire_:
                    answer = wire_.ask(post(chat("chance", user=str(number))))
                found[number] = answer.headers["x-request-id"], answer.json["choices"][0]["message"]["content"]

            numbers = list(range(50))
            random.Random(order).shuffle(numbers)
            threads = [threading.Thread(target=ask, args=[number]) for number in numbers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return found

    assert round_trip(1) == round_trip(2)
