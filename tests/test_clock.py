from __future__ import annotations

import asyncio
import math
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.clock import LATEST, SMALLEST, Clock, seconds_of

#: Seconds within which two readings of one clock count as the same, also when a test is interrupted between them.
SAME = 30


def drawn(clock: Clock) -> list[bytes | str]:
    return [clock.token(), clock.hex(), clock.token(5), clock.hex(4)]


# -- ids


def test_a_seed_makes_the_ids_repeat() -> None:
    assert drawn(Clock(1)) == drawn(Clock(1))
    assert drawn(Clock(1)) != drawn(Clock(2))


def test_another_seed_begins_anew() -> None:
    clock = Clock()
    clock.reseed(7)
    assert (clock.seed, clock.token()) == (7, Clock(7).token())
    clock.reseed(None)
    assert (clock.seed, clock.streams) == (None, None)
    assert clock.token() != clock.token()


def test_without_a_seed_they_differ() -> None:
    assert drawn(Clock()) != drawn(Clock())
    assert Clock().streams is None


def test_ids_do_not_repeat_within_a_run() -> None:
    clock = Clock(7)
    assert len({clock.token() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("length", [1, 24, 29, 32])
def test_tokens_are_letters_and_digits(length: int) -> None:
    clock = Clock(3)
    for _ in range(500):
        token = clock.token(length)
        assert len(token) == length
        assert token.isalnum()


@pytest.mark.parametrize("length", [2, 16, 32, 48])
def test_hex(length: int) -> None:
    digits = Clock(3).hex(length)
    assert len(digits) == length
    assert int(digits, 16) >= 0


# -- streams


def draw(clock: Clock, key: bytes) -> list[Any]:
    """Draw in every way that a template can, from the stream of a key."""
    assert clock.streams is not None
    clock.streams.begin(key)
    return [*drawn(clock), clock.random.random(), clock.random.randint(1, 10**9), clock.random.choice(range(10**9))]


def test_a_stream_is_the_same_whatever_was_drawn_before() -> None:
    one, other = Clock(1), Clock(1)
    first = draw(one, b"a")
    draw(one, b"b")
    draw(other, b"b")
    other.hex()
    assert draw(other, b"a") == first
    assert draw(other, b"c") != first
    assert draw(Clock(2), b"a") != first


async def test_tasks_keep_to_their_streams() -> None:
    clock = Clock(1)

    async def slowly(key: bytes) -> list[Any]:
        assert clock.streams is not None
        clock.streams.begin(key)
        values: list[Any] = []
        for _ in range(3):
            values.append(clock.random.random())
            await asyncio.sleep(0)
        return values

    alone = [await slowly(b"a"), await slowly(b"b")]
    assert list(await asyncio.gather(slowly(b"b"), slowly(b"a"))) == alone[::-1]


def test_a_stream_belongs_to_one_clock() -> None:
    clock, other = Clock(1), Clock(1)
    before = drawn(Clock(1))
    draw(clock, b"a")
    assert drawn(other) == before


# -- time


def test_now_is_the_systems_time() -> None:
    clock = Clock()
    assert abs(clock.now() - time.time()) < SAME
    assert clock.now is time.time
    assert not clock.moved


def test_the_monotonic_clock_does_not_go_back() -> None:
    clock = Clock()
    assert clock.monotonic() <= clock.monotonic()


def test_a_frozen_clock_stands_still() -> None:
    clock = Clock()
    clock.freeze()
    before = clock.now(), clock.monotonic()
    assert abs(before[0] - time.time()) < SAME
    assert (clock.now(), clock.monotonic()) == before
    assert clock.real(1) == math.inf


@pytest.mark.parametrize("at", [1_700_000_000, datetime.fromtimestamp(1_700_000_000, UTC)])
def test_it_may_stand_at_a_moment_of_choice(at: Any) -> None:
    clock = Clock()
    clock.freeze(at)
    assert clock.now() == 1_700_000_000


@pytest.mark.parametrize("at", ["2024-01-31", "", [], True])
def test_what_is_no_moment_is_a_type_error(at: Any) -> None:
    clock = Clock()
    with pytest.raises(
        TypeError, match=rf"^expected a datetime or seconds since the epoch, got {re.escape(repr(at))}$"
    ):
        clock.freeze(at)
    assert clock.speed == 1


@pytest.mark.parametrize("frozen", [True, False])
def test_advance_moves_both_times(frozen: bool) -> None:
    clock = Clock()
    if frozen:
        clock.freeze()
    now, monotonic = clock.now(), clock.monotonic()
    clock.advance("1h")
    clock.advance(timedelta(hours=1))
    clock.advance(3600)
    assert clock.now() - now == pytest.approx(10_800, abs=0 if frozen else SAME)
    assert clock.monotonic() - monotonic == pytest.approx(10_800, abs=1e-6 if frozen else SAME)


def ticking(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the system's time be moved by hand: the function that is returned adds seconds to it."""
    real = {"seconds": 1000.0}
    monkeypatch.setattr(time, "time", lambda: real["seconds"])
    monkeypatch.setattr(time, "perf_counter", lambda: real["seconds"])
    clock.now, clock.monotonic = time.time, time.perf_counter

    def tick(seconds: float) -> None:
        real["seconds"] += seconds

    return tick


def test_scale_lets_everything_take_a_part_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    tick = ticking(clock, monkeypatch)
    clock.scale(0.01)
    tick(1)
    assert clock.now() == pytest.approx(1100)
    assert clock.monotonic() == pytest.approx(1100)
    assert clock.real(100) == pytest.approx(1)
    clock.advance(10)
    tick(1)
    assert clock.now() == pytest.approx(1210)


def test_resume_goes_on_from_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    tick = ticking(clock, monkeypatch)
    clock.freeze(at=5000)
    tick(7)
    clock.resume()
    tick(3)
    assert clock.now() == 5003
    assert clock.monotonic() == 1003
    assert clock.real(3) == 3


def test_reset_shows_the_systems_time_and_nothing_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    tick = ticking(clock, monkeypatch)
    clock.advance(3600)
    clock.freeze()
    clock.reset()
    tick(5)
    assert clock.now is time.time
    assert clock.monotonic() == 4605
    assert clock.speed == 1


def test_a_reset_of_a_clock_that_nobody_moved_changes_nothing() -> None:
    clock = Clock()
    clock.reset()
    assert not clock.moved
    assert clock.monotonic is time.perf_counter


def test_leaving_a_block_lets_time_run_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    tick = ticking(clock, monkeypatch)
    with clock.scale(0.1) as scaled:
        assert scaled is clock
        with clock.freeze(at=70):
            tick(1)
            assert clock.now() == 70
        tick(1)
        assert clock.now() == 80
    assert clock.now is time.time
    assert clock.monotonic() == 1010
    tick(1)
    assert clock.monotonic() == 1011


def test_watchers_hear_of_every_change() -> None:
    clock = Clock()
    heard: list[float] = []
    clock.watch(lambda: heard.append(clock.speed))
    clock.advance(1)
    clock.scale(0.5)
    clock.freeze()
    clock.resume()
    clock.reset()
    assert heard == [1, 2, 0, 1, 1]


@pytest.mark.parametrize("factor", [0, -1, math.inf, math.nan])
def test_a_factor_is_more_than_nothing(factor: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="expected a factor that is more than 0, got"):
        clock.scale(factor)
    assert not clock.moved


# -- durations


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (2, 2),
        (0.5, 0.5),
        ("0s", 0),
        ("200ms", 0.2),
        ("90s", 90),
        ("1m", 60),
        ("1h", 3600),
        ("2d", 172_800),
        ("1h30m", 5400),
        ("1m0.5s", 60.5),
        (timedelta(minutes=2, milliseconds=3), 120.003),
    ],
)
def test_durations(duration: Any, seconds: float) -> None:
    assert seconds_of(duration) == pytest.approx(seconds)


@pytest.mark.parametrize("at", [math.nan, math.inf, -1, 1e300, LATEST + 1])
def test_a_moment_is_one_that_a_date_can_tell(at: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match=r"^expected a moment in the years 1970 to 9999, got "):
        clock.freeze(at)
    assert not clock.moved


def test_the_time_ends_with_the_dates() -> None:
    clock = Clock()
    clock.freeze(LATEST)
    assert datetime.fromtimestamp(clock.now(), UTC).year == 9999
    with pytest.raises(ValueError, match=r"^expected a moment in the years 1970 to 9999, got "):
        clock.advance("1s")
    assert clock.now() == LATEST


def test_the_time_runs_no_faster_than_can_be_told() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match=r"^expected a factor of 0\.000001 or more, got 1e-320$"):
        clock.scale(1e-320)
    clock.scale(SMALLEST)
    assert clock.speed == 1_000_000


@pytest.mark.parametrize("factor", ["x", None, True])
def test_what_is_no_factor_is_a_type_error(factor: Any) -> None:
    with pytest.raises(TypeError, match=r"^expected a number, got "):
        Clock().scale(factor)


@pytest.mark.parametrize("seed", ["x", 1.5, True])
def test_what_is_no_seed_is_a_type_error(seed: Any) -> None:
    with pytest.raises(TypeError, match=r"^expected an integer as the seed, got "):
        Clock(seed)


@pytest.mark.parametrize("duration", [None, [], False])
def test_what_is_no_duration_is_a_type_error(duration: Any) -> None:
    with pytest.raises(TypeError, match=r"^expected seconds, a timedelta or a text like '1m30s', got "):
        seconds_of(duration)


@pytest.mark.parametrize("duration", ["", "1", "h", "1 h", "1x", "-1s", "1h ", "one hour", "1.h"])
def test_texts_that_are_no_durations(duration: str) -> None:
    with pytest.raises(ValueError, match="expected a duration like '1h', '1m30s' or '200ms', got"):
        seconds_of(duration)


@pytest.mark.parametrize("duration", [-1, -0.001, math.inf, math.nan, timedelta(seconds=-1)])
def test_time_does_not_go_back_nor_on_forever(duration: Any) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="a duration is not negative and has an end, got"):
        clock.advance(duration)
    assert not clock.moved


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.floats(0, 1e6)),
        st.tuples(st.just("scale"), st.floats(0.001, 1000)),
        st.tuples(st.sampled_from(["freeze", "resume", "reset"])),
    )
)


@given(MOVES)
def test_durations_are_never_negative_whatever_the_clock_is_told(moves: list[tuple[Any, ...]]) -> None:
    clock = Clock()
    before = clock.monotonic()
    for name, *arguments in moves:
        getattr(clock, name)(*arguments)
        assert clock.monotonic() >= before
        before = clock.monotonic()
