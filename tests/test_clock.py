from __future__ import annotations

import time

import pytest

from openai_mock_api.clock import Clock


def drawn(clock: Clock) -> list[bytes | str]:
    return [clock.token(), clock.hex(), clock.token(5), clock.hex(4)]


def test_a_seed_makes_the_ids_repeat() -> None:
    assert drawn(Clock(1)) == drawn(Clock(1))
    assert drawn(Clock(1)) != drawn(Clock(2))


def test_without_a_seed_they_differ() -> None:
    assert drawn(Clock()) != drawn(Clock())


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


def test_now_is_the_systems_time() -> None:
    assert abs(Clock().now() - time.time()) < 5


def test_the_monotonic_clock_does_not_go_back() -> None:
    clock = Clock()
    assert clock.monotonic() <= clock.monotonic()
