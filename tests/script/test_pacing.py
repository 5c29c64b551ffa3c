from __future__ import annotations

import pytest

from openai_mock_api.script.pacing import NO_PACING, Pacing


@pytest.mark.parametrize(
    ("counts", "delays"),
    [
        ([], []),
        ([1], [0.0]),
        ([7], [0.0]),
        ([1, 1, 1], [0.0, 0.1, 0.1]),
        ([2, 1, 3], [0.0, 0.1, 0.3]),
        ([1, 0], [0, 0]),
    ],
)
def test_a_piece_takes_the_time_of_its_tokens(counts: list[int], delays: list[float]) -> None:
    assert Pacing(ttft=5, inter_token=0.1).delays(counts) == pytest.approx(delays)


@pytest.mark.parametrize(
    ("pacing", "immediate"),
    [(NO_PACING, True), (Pacing(ttft=0.1), False), (Pacing(inter_token=0.1), False), (Pacing(chunk="word"), True)],
)
def test_immediate(pacing: Pacing, immediate: bool) -> None:
    assert pacing.immediate is immediate


@pytest.mark.parametrize(("tokens", "seconds"), [(0, 0.5), (1, 0.5), (2, 0.6), (11, 1.5)])
def test_the_whole_answer(tokens: int, seconds: float) -> None:
    assert Pacing(ttft=0.5, inter_token=0.1).whole(tokens) == pytest.approx(seconds)


def test_a_stream_by_token_takes_as_long_as_the_whole() -> None:
    pacing = Pacing(ttft=0.5, inter_token=0.1)
    assert pacing.ttft + sum(pacing.delays([1] * 20)) == pytest.approx(pacing.whole(20))
