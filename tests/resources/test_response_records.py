from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.resources.response_records import Background, Kept, conversation_of, previous_of, read

#: Created at 100 seconds, in progress at 104, finished at 110; one event in each of these moments.
SLOW = Background(begun={"id": "resp_1"}, created=100, delay=4, duration=10, events=["a", "b", "c"], due=[0, 4, 10])


def test_what_is_kept_is_read_as_it_was() -> None:
    kept = Kept([{"id": "msg_1"}], previous="resp_0", conversation="conv_1", background=SLOW, logprobs=[-0.5])
    assert read(kept.encoded()) == kept


@pytest.mark.parametrize(
    ("now", "status"), [(100, "queued"), (103.9, "queued"), (104, "in_progress"), (110, None), (999, None)]
)
def test_a_response_goes_from_queued_to_finished(now: float, status: str | None) -> None:
    assert SLOW.status(now) == status


@pytest.mark.parametrize(("now", "told"), [(99, []), (100, ["a"]), (104, ["a", "b"]), (110, ["a", "b", "c"])])
def test_nothing_more_comes_once_a_response_is_stopped(now: float, told: list[str]) -> None:
    stopped = SLOW.until(now)
    assert (stopped.events, stopped.due) == (told, SLOW.due[: len(told)])
    assert stopped.status(SLOW.created) is None


def test_a_response_without_a_stream_stops_without_one() -> None:
    plain = Background(begun={}, created=100, delay=4, duration=10)
    assert plain.until(104).events is None
    assert plain.finished == 110


@pytest.mark.parametrize(
    ("given", "conversation"), [("conv_1", "conv_1"), ({"id": "conv_1"}, "conv_1"), ({}, None), (5, None), (None, None)]
)
def test_a_conversation_is_given_as_an_id_or_as_an_object(given: Any, conversation: str | None) -> None:
    assert conversation_of({"conversation": given}) == conversation
    assert conversation_of({}) is None


@pytest.mark.parametrize(("given", "previous"), [("resp_1", "resp_1"), ({"id": "resp_1"}, None), (None, None)])
def test_a_response_follows_the_one_that_is_named(given: Any, previous: str | None) -> None:
    assert previous_of({"previous_response_id": given}) == previous
    assert previous_of({}) is None
