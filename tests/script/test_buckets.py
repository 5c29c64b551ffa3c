from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.script.buckets import Bucket


def test_a_bucket_is_full_at_first() -> None:
    bucket = Bucket(3)
    assert (bucket.remaining(0), bucket.reset(0), bucket.wait(3, 0)) == (3, 0, 0)


@pytest.mark.parametrize(
    ("size", "taken", "units", "wait"),
    [
        (3, 3, 1, 20),
        (1000, 900, 200, 6),
        (10_000, 8554, 3082, 9.816),  # these figures, and those below, are from answers of the real API
        (30_000, 29_937, 385, 0.644),
        (30_000, 14_567, 24_754, 18.642),
        (1000, 500, 500, 0),
    ],
)
def test_how_long_to_wait(size: int, taken: int, units: int, wait: float) -> None:
    bucket = Bucket(size)
    bucket.take(taken, 100)
    assert bucket.wait(units, 100) == wait


def test_it_is_refilled_all_the_time() -> None:
    bucket = Bucket(60)
    bucket.take(60, 0)
    assert [bucket.remaining(now) for now in (0, 0.9, 1, 30.5, 60, 1000)] == [0, 0, 1, 30, 60, 60]
    assert [bucket.reset(now) for now in (0, 30, 60, 1000)] == [60, 30, 0, 0]


def test_it_never_holds_more_than_its_size() -> None:
    bucket = Bucket(2)
    bucket.take(1, 0)
    bucket.take(2, 10_000)
    assert bucket.remaining(10_000) == 0
    assert bucket.wait(1, 10_000) == 30


@given(
    size=st.integers(1, 200_000_000),
    steps=st.lists(st.tuples(st.floats(0, 90), st.floats(0, 1)), max_size=30),
    start=st.floats(0, 1e7),
)
def test_after_exactly_the_wait_there_is_enough_and_a_millisecond_before_there_is_not(
    size: int, steps: list[tuple[float, float]], start: float
) -> None:
    bucket, now = Bucket(size), start
    for pause, share in steps:
        now += pause
        units = round(share * size)
        wait = bucket.wait(units, now)
        assert wait <= 60
        if wait:
            assert bucket.remaining(now) < units
            assert bucket.wait(units, now + wait - 0.0011) > 0
            now += wait
        assert bucket.wait(units, now) == 0
        assert bucket.remaining(now) >= units
        bucket.take(units, now)
        assert 0 <= bucket.remaining(now) <= size - units
        assert bucket.reset(now) <= 60.00001
