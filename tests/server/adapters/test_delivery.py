"""What waits follows the clock, on both adapters."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.http import Response, Stream
from openai_mock_api.server.adapters.delivery import in_one_chunk, pieces
from openai_mock_api.server.gates import Gates
from tests.serving import KEY, Served, app_of, chat, eventually, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.journal import Exchange
    from openai_mock_api.server.pacer import Pacer

CONFIG = {
    "limits": {"requests_per_minute": 2, "models": {"gpt-4o": {"requests_per_minute": None}}},
    "responses": [
        flow("hour", content="at last", delay=3600),
        flow("half", content="sooner", delay=1800),
        flow("stream", content="one two three", pacing={"ttft": 60, "inter_token": 60}),
        flow("Hello", content="Hi"),
    ],
}


@pytest.fixture(scope="module", params=["fast", "replayed", "plain"])
def every(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(app_of(CONFIG), request.param) as served:
        yield served


@pytest.fixture
def served(every: Served) -> Served:
    every.app.reset()
    return every


@pytest.fixture
def clock(served: Served) -> Clock:
    return served.app.clock


def arrived(served: Served, number: int = 1) -> None:
    """Wait until so many requests wait for their answers."""
    eventually(lambda: len(served.app.journal) == number)
    eventually(lambda: waiting(served) >= number)


def waiting(served: Served) -> int:
    pacer: Pacer | None = next(iter(served.app.pacers._pacers.values()), None)
    return 0 if pacer is None else sum(len(tick.waiting) for tick in tuple(pacer._ticks.values()))


# -- delays


def test_time_that_stands_still_holds_delays_up_until_it_is_advanced(served: Served, clock: Clock) -> None:
    clock.freeze()
    with served.wire() as wire:
        wire.send(post(chat("hour")))
        arrived(served)
        clock.advance("59m")
        assert not served.last.finished
        clock.advance("1m")
        assert wire.answer().json["choices"][0]["message"]["content"] == "at last"


def test_a_clock_that_runs_may_be_advanced_too(served: Served, clock: Clock) -> None:
    with served.wire() as wire:
        wire.send(post(chat("hour")))
        arrived(served)
        clock.advance("1h")
        assert wire.answer().status == 200


def test_a_delay_that_began_before_the_time_was_stopped(served: Served, clock: Clock) -> None:
    with served.wire() as wire:
        wire.send(post(chat("hour")))
        arrived(served)
        clock.freeze()
        clock.advance("1h")
        assert wire.answer().status == 200


def test_requests_after_the_time_was_advanced_wait_anew(served: Served, clock: Clock) -> None:
    clock.freeze()
    clock.advance("1d")
    with served.wire() as wire:
        wire.send(post(chat("half")))
        arrived(served)
        clock.advance(1799)
        assert waiting(served) == 1
        clock.advance(1)
        assert wire.answer().status == 200


def test_what_is_due_first_goes_first(served: Served, clock: Clock) -> None:
    clock.freeze()
    with served.wire() as hour, served.wire() as half:
        hour.send(post(chat("hour")))
        arrived(served)
        half.send(post(chat("half")))
        arrived(served, 2)
        clock.advance("30m")
        assert half.answer().status == 200
        assert waiting(served) == 1
        clock.advance("30m")
        assert hour.answer().status == 200


def test_everything_may_take_a_part_of_its_time(served: Served, clock: Clock) -> None:
    with clock.scale(0.00001), served.wire() as wire:
        assert wire.ask(post(chat("hour"))).status == 200
        assert wire.ask(post(chat("stream", stream=True))).events[-1] == "[DONE]"


def test_time_that_runs_again_lets_the_rest_pass(served: Served, clock: Clock) -> None:
    with served.wire() as wire:
        with clock.freeze():
            wire.send(post(chat("hour")))
            arrived(served)
        clock.advance(3599.99)
        assert wire.answer().status == 200


def test_a_reset_lets_the_time_run_again(served: Served, clock: Clock) -> None:
    clock.freeze()
    with served.wire() as wire:
        wire.send(post(chat("hour")))
        arrived(served)
        clock.advance(3599.99)
        served.app.reset()
        assert wire.answer().status == 200


def test_a_client_may_hang_up_while_time_stands_still(served: Served, clock: Clock) -> None:
    clock.freeze()
    with served.wire() as wire:
        wire.send(post(chat("hour")))
        arrived(served)
    eventually(lambda: served.last.hung_up)
    eventually(lambda: waiting(served) == 0)


def test_time_counts_from_the_arrival_of_a_request(served: Served, clock: Clock) -> None:
    """A test that has seen a request may advance the time, although the answer has not been begun to be sent."""
    add = served.app.journal.add

    def add_and_advance(exchange: Exchange) -> None:
        add(exchange)
        clock.advance("1h")

    clock.freeze()
    with pytest.MonkeyPatch.context() as patch, served.wire() as wire:
        patch.setattr(served.app.journal, "add", add_and_advance)
        assert wire.ask(post(chat("hour"))).status == 200


# -- streams


def test_the_events_of_a_stream_are_due_one_after_the_other(served: Served, clock: Clock) -> None:
    clock.freeze()
    with served.wire() as wire:
        wire.send(post(chat("stream", stream=True)))
        arrived(served)
        exchange = served.last
        for sent in (2, 3, 5):
            clock.advance("1m")
            eventually(lambda: exchange.chunks_sent == sent)  # noqa: B023 - called before the next
        assert wire.answer().events[-1] == "[DONE]"


def test_the_sdk_gets_a_stream_at_once(served: Served, clock: Clock) -> None:
    def read() -> str:
        with served.client() as client:
            stream = client.chat.completions.create(**chat("stream"), stream=True)
            return "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    clock.freeze()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        arrived(served)
        clock.advance("1h")
        assert reading.result(10) == "one two three"


async def test_in_an_asynchronous_test(served: Served, clock: Clock) -> None:
    clock.freeze()
    options: dict[str, Any] = {"api_key": KEY, "base_url": f"{served.url}/v1", "max_retries": 0}
    async with openai.AsyncOpenAI(**options, _strict_response_validation=True) as client:
        with served.app.gates.hold() as gate:
            asked = asyncio.create_task(client.chat.completions.create(**chat("hour")))
            await gate.wait_async()
        clock.advance("2h")
        assert (await asked).choices[0].message.content == "at last"


# -- what else goes by the clock


def test_created_is_the_clocks_time(served: Served, clock: Clock) -> None:
    clock.freeze(at=1_700_000_000)
    with served.wire() as wire:
        assert wire.ask(post(chat("Hello"))).json["created"] == 1_700_000_000
        clock.advance("1d")
        assert wire.ask(post(chat("Hello"))).json["created"] == 1_700_086_400
        assert wire.ask(head("GET", "/health")).json["timestamp"] == "2023-11-15T22:13:20.000Z"
    assert served.last.started == 1_700_086_400
    assert served.last.response_headers["openai-processing-ms"] == "0"


def test_rate_limits_are_refilled_by_the_clock(served: Served, clock: Clock) -> None:
    clock.freeze()
    asked = post({**chat("Hello"), "model": "gpt-4o-mini"})
    with served.wire() as wire:
        assert [wire.ask(asked).status for _ in range(3)] == [200, 200, 429]
        refused = wire.ask(asked)
        assert refused.headers["x-ratelimit-reset-requests"] == "1m0s"
        clock.advance(float(refused.headers["retry-after-ms"]) / 1000)
        assert wire.ask(asked).status == 200
        assert wire.ask(asked).status == 429
        clock.advance("1m")
        answer = wire.ask(asked)
    assert (answer.status, answer.headers["x-ratelimit-remaining-requests"]) == (200, "1")


# -- pieces


def test_a_response_in_pieces() -> None:
    stream = Stream((b"b", b"c"), b"a", b"!")
    paced = Stream((b"b", b"c"), b"a", b"!", (0.5, 0.25))
    whole = [(1.0, in_one_chunk(b"h", stream), 2)]
    parts = [(1.0, b"h", 0), (0.5, b"2\r\nab\r\n", 1), (0.25, b"3\r\nac!\r\n", 1), (0.0, b"0\r\n\r\n", 0)]
    assert list(pieces(Response(200, body=b"x", delay=1.0), b"h", "GET")) == [(1.0, b"hx", 0)]
    assert list(pieces(Response(200, stream=stream, delay=1.0), b"h", "HEAD")) == [(1.0, b"h", 0)]
    assert list(pieces(Response(200, stream=stream, delay=1.0), b"h", "POST")) == whole
    assert list(pieces(Response(200, stream=paced, delay=1.0), b"h", "POST")) == parts
    held = Response(200, stream=stream, delay=1.0, gate=Gates(Clock()))
    assert [(data, events) for _, data, events in pieces(held, b"h", "POST")] == [part[1:] for part in parts]
