from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.server.pacer import Pacer, Pacers, Tick
from tests.serving import eventually

if TYPE_CHECKING:
    from collections.abc import Callable


class Waiter:
    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.proceeded = 0
        self._then = then

    def proceed(self) -> None:
        self.proceeded += 1
        self._then()


class Loop:
    """Counts the timers that are set, and fires them when told. Its own time stands at 5 seconds."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, asyncio.TimerHandle]] = []
        self._real = asyncio.new_event_loop()

    def time(self) -> float:
        return 5.0

    def call_at(self, when: float, callback: object, *args: object) -> asyncio.TimerHandle:
        timer = self._real.call_at(when, callback, *args)  # type: ignore[arg-type]
        self.timers.append((when, timer))
        return timer

    def call_later(self, delay: float, callback: object, *args: object) -> asyncio.TimerHandle:
        return self.call_at(5.0 + delay, callback, *args)

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        callback()

    @property
    def waiting(self) -> list[float]:
        return [round(when, 3) for when, timer in self.timers if not timer.cancelled()]

    def fire(self) -> None:
        timers, self.timers = self.timers, []
        for _, timer in timers:
            if not timer.cancelled():
                timer._run()

    def close(self) -> None:
        self._real.close()


class Standing(Clock):
    """A clock that stands still but for what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.monotonic = lambda: 100.0


@pytest.fixture
def loop() -> object:
    loop = Loop()
    yield loop
    loop.close()


def pacer_of(loop: Loop, clock: Clock | None = None) -> Pacer:
    pacers = Pacers(clock or Clock())
    return pacers.of(loop)  # type: ignore[arg-type]


@pytest.fixture
def pacer(loop: Loop) -> Pacer:
    return Pacer(loop, Clock())  # type: ignore[arg-type]


def test_all_that_are_due_in_one_millisecond_share_a_timer(pacer: Pacer, loop: Loop) -> None:
    waiters = [Waiter() for _ in range(5)]
    for number, waiter in enumerate(waiters):
        pacer.at(10 + number / 10_000, waiter)
    assert [when for when, _ in loop.timers] == [10.0]
    loop.fire()
    assert [waiter.proceeded for waiter in waiters] == [1] * 5


def test_who_no_longer_waits_is_left_out_and_the_last_stops_the_timer(pacer: Pacer, loop: Loop) -> None:
    gone, stays = Waiter(), Waiter()
    pacer.cancel(pacer.at(10, gone), gone)
    assert loop.timers[0][1].cancelled()
    assert not pacer._ticks
    tick = pacer.at(10, gone)
    assert pacer.at(10, stays) is tick
    pacer.cancel(tick, gone)
    pacer.cancel(tick, gone)
    loop.fire()
    assert (gone.proceeded, stays.proceeded) == (0, 1)


def test_who_leaves_a_tick_that_has_passed_leaves_a_new_one_alone(pacer: Pacer, loop: Loop) -> None:
    first, second = Waiter(), Waiter()
    old = pacer.at(10, first)
    loop.fire()
    pacer.at(10, second)
    pacer.cancel(old, first)
    loop.fire()
    assert (first.proceeded, second.proceeded) == (1, 1)


def test_who_waits_again_while_others_proceed_is_not_lost(pacer: Pacer, loop: Loop) -> None:
    again = Waiter(lambda: pacer.at(20, again) if again.proceeded == 1 else None)
    pacer.at(10, again)
    (when, first), loop.timers = loop.timers[0], []
    first._run()
    assert (when, again.proceeded) == (10.0, 1)
    assert loop.waiting == [20.0]
    loop.fire()
    assert again.proceeded == 2


def test_a_tick_that_was_stopped_meanwhile_does_nothing(pacer: Pacer) -> None:
    pacer._fire(10_000)
    Tick(1, None).stop()
    assert not pacer._ticks


# -- a clock that is told something


def test_nothing_is_due_while_the_clock_stands_still(loop: Loop) -> None:
    clock, waiter = Standing(), Waiter()
    pacer = pacer_of(loop, clock)
    pacer.at(15, waiter)
    assert loop.waiting == [15.0]
    clock.freeze()
    assert loop.waiting == []
    pacer.at(25, Waiter())
    assert loop.waiting == []
    assert pacer.time() == 5.0


def test_time_that_passes_at_once_is_made_up_for(loop: Loop) -> None:
    clock, waiter, later = Standing(), Waiter(), Waiter()
    pacer = pacer_of(loop, clock)
    pacer.at(15, waiter)
    pacer.at(30, later)
    clock.freeze()
    clock.advance(9)
    assert waiter.proceeded == 0
    clock.advance(1)
    assert (waiter.proceeded, later.proceeded) == (1, 0)
    assert pacer.time() == 15.0


def test_what_is_due_happens_in_its_order_also_what_follows_from_it(loop: Loop) -> None:
    clock, said = Standing(), []
    pacer = pacer_of(loop, clock)

    def every(name: str, seconds: float, times: int) -> None:
        said.append((name, round(pacer.time(), 3)))
        if times > 1:
            pacer.at(pacer.time() + seconds, Waiter(lambda: every(name, seconds, times - 1)))

    clock.freeze()
    pacer.at(7, Waiter(lambda: every("a", 2, 3)))
    pacer.at(8, Waiter(lambda: every("b", 10, 2)))
    clock.advance(10)
    assert said == [("a", 7), ("b", 8), ("a", 9), ("a", 11)]
    clock.advance(10)
    assert said[-1] == ("b", 18)
    assert not pacer._ticks


def test_a_clock_that_runs_otherwise_sets_all_timers_anew(loop: Loop) -> None:
    clock = Standing()
    pacer = pacer_of(loop, clock)
    pacer.at(15, Waiter())
    clock.scale(0.1)
    assert loop.waiting == pytest.approx([6.0], abs=0.05)
    clock.freeze()
    clock.resume()
    assert loop.waiting == pytest.approx([15.0], abs=0.5)


def test_who_fails_does_not_keep_the_others_from_their_timers(loop: Loop) -> None:
    clock, stays = Standing(), Waiter()
    pacer = pacer_of(loop, clock)
    pacer.at(7, Waiter(lambda: 1 / 0))
    pacer.at(20, stays)
    with pytest.raises(ZeroDivisionError):
        clock.advance(5)
    assert len(loop.waiting) == 1
    clock.advance(20)
    assert stays.proceeded == 1


def test_a_moment_of_the_clock_is_one_of_the_pacer(loop: Loop) -> None:
    clock = Standing()
    pacer = pacer_of(loop, clock)
    assert pacer.moment(clock.monotonic() - 3) == 2.0
    clock.freeze()
    begun = clock.monotonic()
    clock.advance(10)
    assert (pacer.moment(begun), pacer.time()) == (5.0, 15.0)


# -- for coroutines


async def test_a_coroutine_waits_for_its_moment() -> None:
    clock = Clock()
    pacer = Pacers(clock).of(asyncio.get_running_loop())
    clock.freeze()
    begun = pacer.time()
    await pacer.until(begun)
    waiting = asyncio.create_task(pacer.until(begun + 3600))
    for seconds in (1800, 1799):
        clock.advance(seconds)
        await asyncio.sleep(0)
        assert not waiting.done()
    clock.advance(1)
    await waiting


async def test_a_coroutine_on_a_real_clock() -> None:
    pacer = Pacers(Clock()).of(asyncio.get_running_loop())
    begun = pacer.time()
    await pacer.until(begun + 0.01)
    assert pacer.time() >= begun + 0.008


async def test_a_coroutine_that_is_cancelled_leaves_nothing() -> None:
    pacer = Pacers(Clock()).of(asyncio.get_running_loop())
    waiting = asyncio.create_task(pacer.until(pacer.time() + 3600))
    await asyncio.sleep(0)
    assert pacer._ticks
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not pacer._ticks


# -- several loops


def test_a_loop_has_one_pacer_for_as_long_as_it_lives() -> None:
    pacers = Pacers(Clock())
    loop, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    assert pacers.of(loop) is pacers.of(loop)
    assert pacers.of(loop) is not pacers.of(other)
    loop.close()
    third = asyncio.new_event_loop()
    pacers.of(third)
    assert list(pacers._pacers) == [other, third]
    other.close()
    third.close()


def test_a_loop_that_has_closed_is_not_in_the_way() -> None:
    clock = Clock()
    loop = asyncio.new_event_loop()
    Pacers(clock).of(loop)
    loop.close()
    begun = clock.now()
    clock.advance(1)
    assert clock.now() >= begun + 1


def test_a_clock_is_followed_from_another_thread() -> None:
    clock = Clock()
    clock.freeze()
    loop = asyncio.new_event_loop()
    pacer = Pacers(clock).of(loop)
    sleeping = loop.create_task(pacer.until(pacer.time() + 86_400))
    thread = threading.Thread(target=loop.run_until_complete, args=[sleeping])
    thread.start()
    eventually(lambda: pacer._ticks)
    clock.advance("1d")
    thread.join(10)
    assert sleeping.done()
    loop.close()
