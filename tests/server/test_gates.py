"""Gates, on both adapters, for blocking and for asynchronous tests."""

from __future__ import annotations

import asyncio
import logging
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api import MockServer
from openai_mock_api.clock import Clock
from openai_mock_api.http import Request, Response, Stream
from openai_mock_api.journal import Exchange
from openai_mock_api.server import gates as gates_module
from openai_mock_api.server.gates import Gate, Gates
from tests.serving import KEY, Answer, chat, eventually, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Served


@pytest.fixture
def gates(served: Served) -> Gates:
    return served.app.gates


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def asking(pool: ThreadPoolExecutor, served: Served, text: str = "Hello", **parameters: Any) -> Future[Answer]:
    """Ask in another thread."""

    def ask() -> Answer:
        with served.wire() as wire:
            return wire.ask(post(chat(text, **parameters)))

    return pool.submit(ask)


def content(answer: Answer) -> str:
    text: str = answer.json["choices"][0]["message"]["content"]
    return text


# -- plain answers


def test_an_answer_is_kept_back_until_it_is_released(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold("Hello") as gate:
        asked = asking(pool, served)
        exchange = gate.wait()
        assert exchange.matched == "Hello"
        assert gate.held == [exchange]
        assert not asked.done()
        assert not exchange.finished
        gate.release()
        assert content(asked.result(10)) == "Hi there! How are you today?"
        eventually(lambda: exchange.finished)
        assert gate.held == []


def test_the_end_of_the_block_releases(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold() as gate:
        asked = asking(pool, served)
        gate.wait()
        assert gates.shut == (gate,)
    assert asked.result(10).status == 200
    assert len(gates.shut) == 0


def test_other_answers_pass(served: Served, gates: Gates) -> None:
    with gates.hold("Hello", "weather"), served.wire() as wire:
        assert wire.ask(post(chat("words"))).status == 200
        assert wire.ask(post(chat("nobody says this"))).status == 400
        assert wire.ask(head("GET", "/v1/models")).status == 200


@pytest.mark.parametrize("text", ["Hello", "limit", "nobody says this", "later"])
def test_everything_is_kept_back_where_nothing_is_named(
    served: Served, gates: Gates, pool: ThreadPoolExecutor, text: str
) -> None:
    with gates.hold() as gate:
        asked = asking(pool, served, text)
        assert gate.wait().json["messages"][0]["content"] == text
        gate.release()
        assert asked.result(10).status in (200, 429, 400)


def test_a_function_says_what_is_kept_back(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold(lambda exchange: exchange.stream) as gate:
        assert asking(pool, served).result(10).status == 200
        asked = asking(pool, served, stream=True)
        assert gate.wait().stream
    assert asked.result(10).events[-1] == "[DONE]"


def test_the_first_gate_that_wants_an_answer_has_it(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold("Hello") as first, gates.hold() as second:
        one, other = asking(pool, served), asking(pool, served, "words")
        assert first.wait().matched == "Hello"
        assert second.wait().matched == "words"
        second.release()
        assert other.result(10).status == 200
        assert not one.done()


def test_wait_returns_one_exchange_after_the_other(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold() as gate:
        asked = [asking(pool, served, user=str(number)) for number in range(3)]
        came = [gate.wait() for _ in asked]
        assert sorted(exchange.json["user"] for exchange in came) == ["0", "1", "2"]
        assert gate.held == came
    assert [one.result(10).status for one in asked] == [200] * 3


def test_some_are_released_the_oldest_first(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold() as gate:
        asked = []
        for number in range(4):
            asked.append(asking(pool, served, user=str(number)))
            gate.wait()
        gate.release(2)
        assert [one.result(10).status for one in asked[:2]] == [200] * 2
        assert [exchange.json["user"] for exchange in gate.held] == ["2", "3"]
        gate.release(1)
        assert asked[2].result(10).status == 200
        assert not asked[3].done()
    assert asked[3].result(10).status == 200


def test_a_release_before_its_time_is_for_the_next_to_come(
    served: Served, gates: Gates, pool: ThreadPoolExecutor
) -> None:
    with gates.hold() as gate:
        gate.release(2)
        assert [asking(pool, served).result(10).status for _ in range(2)] == [200] * 2
        third = asking(pool, served)
        assert [gate.wait() for _ in range(3)][2] == gate.held[0]
        assert not third.done()


def test_a_gate_that_was_opened_stays_open(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold() as gate:
        gate.release()
        assert asking(pool, served).result(10).status == 200
        assert gate.held == []


def test_what_is_answered_from_memory_is_kept_back_too(served: Served, gates: Gates) -> None:
    with served.wire() as wire:
        for _ in range(4):
            wire.ask(post(chat("Hello")))
        with gates.hold("Hello") as gate:
            wire.send(post(chat("Hello")))
            gate.wait()
            assert gate.held
        assert wire.answer().status == 200
        assert wire.ask(post(chat("Hello"))).status == 200


def test_requests_behind_a_held_one_wait_in_line(served: Served, gates: Gates) -> None:
    with gates.hold("Hello") as gate, served.wire() as wire:
        wire.send(post(chat("Hello")) + post(chat("words")))
        gate.wait()
        gate.release()
        assert content(wire.answer()) == "Hi there! How are you today?"
        assert content(wire.answer()) == "one two  three"


def test_a_head_is_kept_back(served: Served, gates: Gates) -> None:
    with gates.hold(), served.wire() as wire:
        wire.send(head("HEAD", "/v1/models"))
        gates.shut[0].wait()
        gates.shut[0].release()
        assert wire.answer("HEAD").status == 200


def test_what_could_not_be_read_is_refused_at_once(fast: Served) -> None:
    with fast.app.gates.hold() as gate, fast.wire() as wire:
        assert wire.ask(b"BREW /pot HTTP/1.1\r\n\r\n").status == 400
        assert gate.held == []


# -- streams


@pytest.mark.parametrize("text", ["Hello", "paced"])
def test_a_stream_goes_as_far_as_a_test_lets_it(served: Served, gates: Gates, text: str) -> None:
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat(text, stream=True)))
        exchange = gate.wait()
        gate.release_chunks(2)
        wire.until(b'"content":"')
        eventually(lambda: exchange.chunks_sent == 2)
        assert gate.held == [exchange]
        gate.release_chunks(1)
        eventually(lambda: exchange.chunks_sent == 3)
        gate.release()
        wire.until(b"[DONE]")
        eventually(lambda: exchange.finished)
        assert gate.held == []


def test_the_head_of_a_stream_leaves_with_its_first_event(served: Served, gates: Gates) -> None:
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat("Hello", stream=True)))
        gate.wait()
        wire.socket.settimeout(0.02)
        with pytest.raises(TimeoutError):
            wire.until(b"HTTP")
        wire.socket.settimeout(10)
        gate.release_chunks(1)
        assert wire.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200")
        wire.until(b'"role":"assistant"')


def test_the_last_event_ends_the_answer(served: Served, gates: Gates) -> None:
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat("Hello", stream=True)))
        stream = gate.wait().response.stream
        assert stream is not None
        gate.release_chunks(len(stream))
        assert wire.answer().events[-1] == "[DONE]"


def test_an_answer_that_is_no_stream_is_one_event(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    with gates.hold() as gate:
        gate.release_chunks(1)
        assert asking(pool, served).result(10).status == 200
        asked = asking(pool, served)
        gate.wait()
        gate.wait()
        gate.release_chunks(1)
        assert asked.result(10).status == 200


def test_two_releases_of_events_add_up(served: Served, gates: Gates) -> None:
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat("endless", stream=True)))
        exchange = gate.wait()
        gate.release_chunks(1)
        gate.release_chunks(1)
        eventually(lambda: exchange.chunks_sent == 2)


def test_what_was_kept_back_is_not_late(served: Served, gates: Gates) -> None:
    """The seconds between events count from the release: they do not all leave at once after it."""
    clock = served.app.clock
    clock.freeze()
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat("endless", stream=True)))
        exchange = gate.wait()
        clock.advance("10h")
        gate.release()
        eventually(lambda: exchange.chunks_sent == 2)
        clock.advance("59m")
        assert exchange.chunks_sent == 2
        clock.advance("1m")
        eventually(lambda: exchange.chunks_sent == 3)


@pytest.mark.parametrize("count", [0, -1])
def test_numbers_count_from_one(count: int) -> None:
    gate = Gates(Clock()).hold()
    with pytest.raises(ValueError, match=f"expected 1 or more, got {count}"):
        gate.release(count)
    with pytest.raises(ValueError, match=f"expected 1 or more, got {count}"):
        gate.release_chunks(count)


# -- connections that break


@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_is_cut(served: Served, gates: Gates, stream: bool) -> None:
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat("Hello", stream=stream)))
        exchange = gate.wait()
        gate.disconnect()
        wire.rest()
        assert gate.held == []
    assert (exchange.finished, exchange.hung_up, gate.cancelled) == (False, False, None)


@pytest.mark.parametrize("text", ["Hello", "endless"])
def test_a_connection_is_cut_in_the_middle_of_a_stream(served: Served, gates: Gates, text: str) -> None:
    with gates.hold() as gate, served.wire() as wire:
        wire.send(post(chat(text, stream=True)))
        exchange = gate.wait()
        gate.release_chunks(2)
        wire.until(b'"content":"')
        gate.disconnect()
        assert b"[DONE]" not in wire.rest()
    assert (exchange.finished, exchange.hung_up) == (False, False)


def test_the_sdk_takes_it_for_a_broken_connection(fast: Served, pool: ThreadPoolExecutor) -> None:
    with fast.client() as client, fast.app.gates.hold() as gate:
        asked = pool.submit(lambda: client.chat.completions.create(**chat("Hello")))
        gate.wait()
        gate.disconnect()
        with pytest.raises(openai.APIConnectionError):
            asked.result(10)


def test_the_server_goes_on_after_a_cut(served: Served, gates: Gates) -> None:
    with gates.hold("Hello") as gate, served.wire() as cut, served.wire() as wire:
        cut.send(post(chat("Hello")))
        gate.wait()
        gate.disconnect()
        cut.rest()
        assert wire.ask(post(chat("words"))).status == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_is_noticed(served: Served, gates: Gates, stream: bool) -> None:
    with gates.hold() as gate:
        with served.wire() as wire:
            wire.send(post(chat("Hello", stream=stream)))
            exchange = gate.wait()
            assert gate.cancelled is None
        cancelled = gate.wait_cancelled()
        assert gate.cancelled == cancelled
        assert cancelled.exchange is exchange
        assert cancelled.at == pytest.approx(exchange.started + cancelled.after, abs=5)
        assert 0 <= cancelled.after < 30
        assert gate.held == []
        eventually(lambda: exchange.hung_up)


def test_a_client_that_has_its_answer_did_not_hang_up(served: Served, gates: Gates) -> None:
    with gates.hold() as gate:
        with served.wire() as wire:
            wire.send(post(chat("endless", stream=True)))
            gate.wait()
            gate.release()
            wire.until(b'"content":"')
        eventually(lambda: served.last.hung_up)
        assert gate.cancelled is None


def test_what_a_gate_says_to_a_connection_that_is_done_with_it_is_nothing(fast: Served) -> None:
    with fast.app.gates.hold() as gate, fast.wire() as wire:
        wire.send(post(chat("Hello")))
        gate.wait()
        held = gate._came[0]
        gate.release()
        assert wire.answer().status == 200
        held.cut = True
        held.wake()
        assert wire.ask(post(chat("Hello"))).status == 200


# -- asynchronous tests


async def test_in_an_asynchronous_test(served: Served, gates: Gates) -> None:
    options: dict[str, Any] = {"api_key": KEY, "base_url": f"{served.url}/v1", "max_retries": 0}
    async with openai.AsyncOpenAI(**options, _strict_response_validation=True) as client:
        with gates.hold("Hello") as gate:
            asked = asyncio.create_task(client.chat.completions.create(**chat("Hello")))
            exchange = await gate.wait_async()
            assert gate.held == [exchange]
            assert not asked.done()
            gate.release()
            answer = await asked
            assert answer.choices[0].message.content == "Hi there! How are you today?"

        with gates.hold() as gate:
            asked = asyncio.create_task(client.chat.completions.create(**chat("Hello")))
            await gate.wait_async()
            asked.cancel()
            assert (await gate.wait_cancelled_async()).exchange.matched == "Hello"


# -- what a test is told


@pytest.fixture
def alone() -> Gates:
    return Gates(Clock())


def exchange(**response: Any) -> Exchange:
    request = Request("POST", "/v1/chat/completions", [], b"{}")
    return Exchange("req_1", request, Response(**{"status": 200, **response}), 0.0, 0.0)


def test_a_test_that_waits_in_vain_is_told_what_came(alone: Gates) -> None:
    gate = alone.hold("weather", "time")
    with pytest.raises(TimeoutError) as caught:
        gate.wait("10ms")
    assert str(caught.value) == "no request came to the gate of 'weather', 'time' within 0.01 s."
    alone.keep_back(exchange(status=400))
    alone.keep_back(exchange())
    with pytest.raises(TimeoutError, match=r"Answered meanwhile: POST /v1/chat/completions \(400\), POST /v1/chat/com"):
        gate.wait(0)
    with pytest.raises(TimeoutError, match="no client hung up at the gate of 'weather', 'time' within 0 s"):
        gate.wait_cancelled(0)


async def test_an_asynchronous_test_is_told_the_same(alone: Gates) -> None:
    gate = alone.hold()
    with pytest.raises(TimeoutError, match="no request came to the gate of all responses within 1e-05 s"):
        await gate.wait_async(0.00001)
    with pytest.raises(TimeoutError, match="no client hung up at the gate of all responses within 1e-05 s"):
        await gate.wait_cancelled_async(0.00001)


def test_a_function_that_fails_keeps_nothing_back_and_is_the_cause(
    alone: Gates, caplog: pytest.LogCaptureFixture
) -> None:
    def wanted(_: Exchange) -> bool:
        raise ZeroDivisionError

    gate = alone.hold(wanted)
    with caplog.at_level(logging.ERROR, "openai_mock_api"):
        alone.keep_back(exchange())
    assert "the gate of a function could not look at an exchange" in caplog.text
    with pytest.raises(TimeoutError) as caught:
        gate.wait(0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_gate_says_what_it_is(alone: Gates) -> None:
    gate = alone.hold("weather")
    assert repr(gate) == "<Gate of 'weather', 0 held>"


def test_an_answer_with_events_waits_for_each(alone: Gates) -> None:
    gate = alone.hold()
    one = exchange(stream=Stream((b"a", b"b")))
    alone.keep_back(one)
    held = one.response.gate
    assert not held.admits()
    gate.release_chunks(1)
    assert held.admits()
    one.response.sent = 1
    assert not held.admits()
    one.response.sent = 2
    assert held.admits()  # the end goes with the last event


# -- gates that were forgotten


def test_a_forgotten_gate_lets_answers_go(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    gate = gates.hold("Hello", timeout="10ms")
    assert asking(pool, served).result(10).status == 200
    with pytest.warns(
        UserWarning, match=r"The gate of 'Hello' kept POST /v1/chat/completions \(Hello\) back for 0.01 s"
    ):
        gate.close()
    gate.close()


def test_what_was_released_in_time_is_nothing_to_warn_of(
    served: Served, gates: Gates, pool: ThreadPoolExecutor
) -> None:
    with gates.hold(timeout=0.05) as gate:
        asked = asking(pool, served, "endless", stream=True)
        gate.wait()
        gate.release()
        other = asking(pool, served)
        assert other.result(10).status == 200
    wait_until_timers_have_fired(served)
    assert gate._expired == []
    gate.close()
    served.app.clock.advance("1d")
    assert asked.result(10).events[-1] == "[DONE]"


def wait_until_timers_have_fired(served: Served) -> None:
    """Let a twentieth of a second pass in the server's loop."""
    fired: Future[None] = Future()
    loop = served.thread._service._loop
    assert loop is not None
    loop.call_soon_threadsafe(lambda: loop.call_later(0.06, fired.set_result, None))
    fired.result(10)


def test_a_reset_closes_gates(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    gate = gates.hold()
    asked = asking(pool, served)
    gate.wait()
    served.app.reset()
    assert gates.shut == ()
    assert asked.result(10).status == 200


def test_a_reset_says_what_was_kept_back_too_long(served: Served, gates: Gates, pool: ThreadPoolExecutor) -> None:
    gates.hold(timeout=0)
    asking(pool, served).result(10)
    with pytest.warns(UserWarning, match="nobody released it"):
        served.app.reset()


@pytest.mark.parametrize("adapter", ["fast", "plain"])
def test_a_server_that_stops_waits_for_no_gate(adapter: str, pool: ThreadPoolExecutor) -> None:
    with serving({"responses": [flow("Hello", content="Hi")]}, adapter) as served:
        gate = served.app.gates.hold()
        asked = asking(pool, served)
        gate.wait()
    with pytest.raises(ConnectionError):
        asked.result(10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gate.release()
        gate.disconnect()
        gate.close()


def test_the_longest_time_is_the_systems() -> None:
    with serving({"responses": [flow("Hello", content="Hi")]}) as served:
        served.app.clock.freeze()
        gate = served.app.gates.hold(timeout=0.01)
        with served.wire() as wire:
            assert wire.ask(post(chat("Hello"))).status == 200
        with pytest.warns(UserWarning, match="nobody released it"):
            gate.close()


def test_gates_keep_back_for_half_a_minute_and_tests_wait_ten_seconds(alone: Gates) -> None:
    assert alone.hold().longest == gates_module.LONGEST == 30
    assert gates_module.PATIENCE == 10
    assert alone.hold(timeout="1m").longest == 60


def test_only_what_the_script_has_can_be_held() -> None:
    mock = MockServer({"responses": [flow("weather", content="Sunny")]}, port=0)
    with pytest.raises(ValueError, match=r"^there is no response 'wether'; did you mean 'weather'\?$"):
        mock.hold("weather", "wether")
    mock.reply("Hi", id="late")
    with mock.hold("late", lambda exchange: exchange.matched == "later") as gate:
        assert repr(gate) == "<Gate of 'late', a function, 0 held>"


def test_a_gate_is_made_by_gates(alone: Gates) -> None:
    assert isinstance(alone.hold(), Gate)
    alone.close()
    assert alone.shut == ()
