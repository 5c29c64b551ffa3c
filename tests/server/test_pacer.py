from __future__ import annotations

import asyncio

from openai_mock_api.server.pacer import Pacer, pacer_of


class Waiter:
    def __init__(self) -> None:
        self.proceeded = 0

    def proceed(self) -> None:
        self.proceeded += 1


class Loop:
    """Counts the timers that are set, and fires them when told."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, asyncio.TimerHandle]] = []
        self._real = asyncio.new_event_loop()

    def call_at(self, when: float, callback: object, *args: object) -> asyncio.TimerHandle:
        timer = self._real.call_at(when, callback, *args)  # type: ignore[arg-type]
        self.timers.append((when, timer))
        return timer

    def fire(self) -> None:
        for _, timer in self.timers:
            if not timer.cancelled():
                timer._run()
        self.timers.clear()
        self._real.close()


def pacer_and_loop() -> tuple[Pacer, Loop]:
    loop = Loop()
    return Pacer(loop), loop  # type: ignore[arg-type]


def test_all_that_are_due_in_one_millisecond_share_a_timer() -> None:
    pacer, loop = pacer_and_loop()
    waiters = [Waiter() for _ in range(5)]
    for number, waiter in enumerate(waiters):
        pacer.at(10 + number / 10_000, waiter)
    assert [when for when, _ in loop.timers] == [10.0]
    loop.fire()
    assert [waiter.proceeded for waiter in waiters] == [1] * 5


def test_who_no_longer_waits_is_left_out_and_the_last_stops_the_timer() -> None:
    pacer, loop = pacer_and_loop()
    gone, stays = Waiter(), Waiter()
    pacer.at(10, gone).cancel(gone)
    assert loop.timers[0][1].cancelled()
    tick = pacer.at(10, gone)
    assert pacer.at(10, stays) is tick
    tick.cancel(gone)
    tick.cancel(gone)
    loop.fire()
    assert (gone.proceeded, stays.proceeded) == (0, 1)


def test_who_waits_again_while_others_proceed_is_not_lost() -> None:
    pacer, loop = pacer_and_loop()

    class Again(Waiter):
        def proceed(self) -> None:
            super().proceed()
            if self.proceeded == 1:
                pacer.at(20, self)

    again = Again()
    pacer.at(10, again)
    (when, first), loop.timers = loop.timers[0], []
    first._run()
    assert (when, again.proceeded) == (10.0, 1)
    assert [when for when, _ in loop.timers] == [20.0]
    loop.fire()
    assert again.proceeded == 2


def test_a_loop_has_one_pacer() -> None:
    loop, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    assert pacer_of(loop) is pacer_of(loop)
    assert pacer_of(loop) is not pacer_of(other)
    loop.close()
    other.close()
