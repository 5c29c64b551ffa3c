from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.clock import Clock
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.script.buckets import Bucket
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.server import limits as limits_module
from openai_mock_api.server.app import App
from openai_mock_api.server.limits import duration
from tests.adapters import ADAPTERS
from tests.serving import chat, flow, post, serving

CONSTANT = (flow("Hello", content="Hi"), flow("fail", error="server_error"))
SEQUENCE = flow("Hello", sequence=[{"content": "one"}, {"content": "two"}])
HELLO = 8  # tokens of the prompt "Hello"
MORE = "Visit https://platform.openai.com/account/rate-limits to learn more."


class Limited:
    """An app with limits, and a clock that is moved."""

    def __init__(self, *responses: Any, **limits: Any) -> None:
        self.now = 1000.0
        clock = Clock()
        clock.monotonic = lambda: self.now
        config = {
            "api_keys": ["test-key", "sk-a", "sk-b"],
            "organization": "org-1",
            "limits": limits,
            "responses": responses or CONSTANT,
        }
        self.app = App(Settings.of(load_config(config).config), clock)

    def ask(self, text: str = "Hello", key: str = "test-key", **parameters: Any) -> Answered:
        body = json.dumps(chat(text, **parameters)).encode()
        headers = [(b"authorization", b"Bearer " + key.encode())]
        response = self.app.handle(Request("POST", "/v1/chat/completions", headers, body))
        read = {name.decode(): value.decode() for name, value in response.headers()}
        return Answered(response.status, read, json.loads(response.body) if response.body else None)

    def statuses(self, times: int, **more: Any) -> list[int]:
        return [self.ask(**more).status for _ in range(times)]


class Answered:
    def __init__(self, status: int, headers: dict[str, str], json: Any) -> None:
        self.status = status
        self.headers = headers
        self.json = json

    @property
    def limits(self) -> dict[str, str]:
        """The headers of limits, by the end of their names, in the order of the wire."""
        prefix = "x-ratelimit-"
        return {name.removeprefix(prefix): value for name, value in self.headers.items() if name.startswith(prefix)}

    @property
    def error(self) -> tuple[str, str, str]:
        error = self.json["error"]
        return error["type"], error["code"], error["message"]


def test_a_limit_holds_for_all_threads_together(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2)
    wait = Bucket.wait

    def waiting(bucket: Bucket, units: int, now: float) -> float:
        found = wait(bucket, units, now)
        with suppress(threading.BrokenBarrierError):  # nobody else comes as long as this one has not taken
            together.wait(0.05)
        return found

    monkeypatch.setattr(Bucket, "wait", waiting)
    limited = Limited(requests_per_minute=1)
    with ThreadPoolExecutor(2) as threads:
        statuses = list(threads.map(lambda _: limited.ask().status, range(2)))
    assert sorted(statuses) == [200, 429]


# -- headers


def test_without_limits_there_are_no_headers() -> None:
    mock = Limited()
    assert [mock.ask().limits for _ in range(3)] == [{}] * 3


def test_the_headers_say_what_is_left_in_the_order_of_the_real_api() -> None:
    mock = Limited(requests_per_minute=3, tokens_per_minute=1000)
    assert list(mock.ask(max_tokens=92).limits.items()) == [
        ("limit-requests", "3"),
        ("limit-tokens", "1000"),
        ("remaining-requests", "2"),
        ("remaining-tokens", "900"),
        ("reset-requests", "20s"),
        ("reset-tokens", "6s"),
    ]


def test_the_headers_count_down_for_real() -> None:
    mock = Limited(requests_per_minute=60)
    seen = []
    for pause in (0, 0, 0.25, 1.5, 100):
        mock.now += pause
        limits = mock.ask().limits
        seen.append((limits["remaining-requests"], limits["reset-requests"]))
    assert seen == [("59", "1s"), ("58", "2s"), ("57", "2.75s"), ("57", "2.25s"), ("59", "1s")]


@pytest.mark.parametrize("kind", ["requests", "tokens"])
def test_only_what_is_configured_has_headers(kind: str) -> None:
    mock = Limited(**{f"{kind}_per_minute": 100})
    assert list(mock.ask().limits) == [f"limit-{kind}", f"remaining-{kind}", f"reset-{kind}"]


@pytest.mark.parametrize(("text", "status"), [("fail", 500), ("nobody says this", 400), ("Hello", 200)])
def test_every_answer_has_the_headers(text: str, status: int) -> None:
    mock = Limited(requests_per_minute=9)
    answer = mock.ask(text)
    assert (answer.status, answer.limits["remaining-requests"]) == (status, "8")


def test_a_request_that_is_not_valid_takes_nothing() -> None:
    mock = Limited(requests_per_minute=9)
    assert (mock.ask(n=0).status, mock.ask(key="wrong").status) == (400, 401)
    assert mock.ask().limits["remaining-requests"] == "8"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"),
        (0.0004, "1ms"),
        (0.012, "12ms"),
        (0.9991, "1s"),
        (1, "1s"),
        (8.64, "8.64s"),
        (59.9999, "1m0s"),
        (60, "1m0s"),
        (90.5, "1m30.5s"),
        (360, "6m0s"),
        (54.0000000001, "54s"),
    ],
)
def test_durations_are_written_as_the_real_api_does(seconds: float, written: str) -> None:
    assert duration(seconds) == written


# -- refusals


def test_too_many_requests() -> None:
    mock = Limited(requests_per_minute=3)
    assert mock.statuses(3) == [200] * 3
    answer = mock.ask()
    assert answer.status == 429
    assert answer.error == (
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for gpt-4o in organization org-1 on requests per min (RPM): Limit 3, Used 3, Requested 1. "
        f"Please try again in 20s. {MORE}",
    )
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("20", "20000")
    assert answer.limits == {"limit-requests": "3", "remaining-requests": "0", "reset-requests": "1m0s"}


def test_too_many_tokens() -> None:
    mock = Limited(tokens_per_minute=1000)
    mock.ask(max_tokens=900 - HELLO)
    answer = mock.ask(max_tokens=200 - HELLO)
    assert answer.error == (
        "tokens",
        "rate_limit_exceeded",
        "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 1000, Used 900, "
        f"Requested 200. Please try again in 6s. {MORE}",
    )
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("6", "6000")


def test_a_request_that_no_bucket_could_hold() -> None:
    mock = Limited(requests_per_minute=3, tokens_per_minute=1000)
    answer = mock.ask(max_tokens=5000 - HELLO)
    assert (answer.status, answer.limits["remaining-tokens"]) == (429, "1000")
    assert answer.error == (
        "tokens",
        "rate_limit_exceeded",
        "Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 1000, Requested 5000. "
        f"The input or output tokens must be reduced in order to run successfully. {MORE}",
    )
    assert not any(name.startswith("retry-after") for name in answer.headers)
    assert mock.ask().limits["remaining-requests"] == "2"


def test_of_two_limits_that_are_reached_the_longer_wait_is_told() -> None:
    mock = Limited(requests_per_minute=2, tokens_per_minute=1000)
    mock.ask(max_tokens=1000 - HELLO)
    assert mock.ask(max_tokens=1000 - HELLO).error[0] == "tokens"
    mock.now += 15
    assert mock.ask().status == 200
    assert mock.ask(max_tokens=2).error[0] == "requests"


def test_a_short_wait_is_a_second_at_least_where_only_seconds_can_be_said() -> None:
    mock = Limited(requests_per_minute=6000)
    mock.statuses(6000)
    answer = mock.ask()
    assert "Please try again in 10ms." in answer.error[2]
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("1", "10")


def test_a_refused_request_takes_nothing() -> None:
    mock = Limited(requests_per_minute=1, tokens_per_minute=1000)
    mock.ask()
    assert {mock.ask().headers["retry-after-ms"] for _ in range(5)} == {"60000"}
    mock.now += 60
    assert mock.ask().limits["remaining-tokens"] == str(1000 - HELLO)


def test_a_refused_request_is_in_the_journal_and_consumes_no_place_of_a_sequence() -> None:
    mock = Limited(SEQUENCE, requests_per_minute=1)
    answers = []
    for _ in range(2):
        answers.append(mock.ask().json["choices"][0]["message"]["content"])
        assert mock.ask().status == 429
        mock.now += 60
    assert answers == ["one", "two"]
    journal = mock.app.journal.exchanges()
    assert [exchange.status for exchange in journal] == [200, 429, 200, 429]
    assert not journal[1].missed


@settings(max_examples=60, deadline=None)
@given(
    requests=st.none() | st.integers(1, 100),
    tokens=st.none() | st.integers(400, 1_000_000),
    steps=st.lists(st.tuples(st.floats(0, 70), st.integers(1, 390)), min_size=1, max_size=25),
)
def test_after_exactly_the_told_time_the_same_request_succeeds(
    requests: int | None, tokens: int | None, steps: list[tuple[float, int]]
) -> None:
    mock = Limited(requests_per_minute=requests, tokens_per_minute=tokens)
    for pause, asked in steps:
        mock.now += pause
        answer = mock.ask(max_tokens=asked)
        if answer.status == 429:
            milliseconds = int(answer.headers["retry-after-ms"])
            assert 0 <= int(answer.headers["retry-after"]) - milliseconds / 1000 < 1
            mock.now += milliseconds / 1000
            assert mock.ask(max_tokens=asked).status == 200


# -- estimates


@pytest.mark.parametrize(
    ("parameters", "tokens"),
    [
        ({}, HELLO),
        ({"max_tokens": 10}, HELLO + 10),
        ({"max_completion_tokens": 10, "n": 3}, HELLO + 30),
    ],
)
def test_what_a_call_is_estimated_at(parameters: dict[str, Any], tokens: int) -> None:
    mock = Limited(tokens_per_minute=1000)
    assert mock.ask(**parameters).limits["remaining-tokens"] == str(1000 - tokens)


# -- whose limit it is


ONCE = {"requests_per_minute": 1}


@pytest.mark.parametrize(
    ("per", "statuses"),
    [
        (None, [200, 429, 200, 200]),
        ("key_and_model", [200, 429, 200, 200]),
        ("key", [200, 429, 429, 200]),
        ("model", [200, 429, 200, 429]),
        ("all", [200, 429, 429, 429]),
    ],
)
def test_who_shares_a_bucket(per: str | None, statuses: list[int]) -> None:
    mock = Limited(per=per, **ONCE)
    asked = [{}, {}, {"model": "gpt-4o-mini"}, {"key": "sk-a"}]
    assert [mock.ask(**one).status for one in asked] == statuses


@pytest.mark.parametrize(
    ("limits", "asked", "left"),
    [
        ({"requests_per_minute": 5, "models": {"gpt-4*": {"requests_per_minute": 9}}}, {}, "8"),
        ({"requests_per_minute": 5, "models": {"o*": {"requests_per_minute": 9}}}, {}, "4"),
        ({"models": {"gpt-4o": {"requests_per_minute": 9}, "*": {"requests_per_minute": 7}}}, {}, "8"),
        ({"models": {"o*": {"requests_per_minute": 9}}}, {}, None),
        ({"requests_per_minute": 5, "keys": {"sk-a": {"requests_per_minute": 9}}}, {}, "4"),
        ({"requests_per_minute": 5, "keys": {"sk-a": {"requests_per_minute": 9}}}, {"key": "sk-a"}, "8"),
        ({"requests_per_minute": 5, "keys": {"sk-a": {"requests_per_minute": None}}}, {"key": "sk-a"}, None),
        ({"requests_per_minute": 5, "keys": {"sk-a": {"tokens_per_minute": 99}}}, {"key": "sk-a"}, "4"),
        ({"keys": {"sk-a": {"requests_per_minute": 9}}, "models": {"*": {"requests_per_minute": 7}}},
         {"key": "sk-a"}, "8"),
    ],
)  # fmt: skip
def test_whose_numbers_count(limits: dict[str, Any], asked: dict[str, Any], left: str | None) -> None:
    assert Limited(**limits).ask(**asked).limits.get("remaining-requests") == left


def call_of(*headers: tuple[bytes, bytes]) -> Call:
    return Call("chat", "gpt-4o", [Message("user", "Hello")], headers=headers)


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ([(b"api-key", b"sk-a")], 8),
        ([(b"authorization", b"bearer  sk-a ")], 8),
        ([(b"authorization", b"Bearer sk-b")], 4),
        ([], 4),
    ],
)
def test_however_a_key_is_sent(headers: list[tuple[bytes, bytes]], left: int) -> None:
    mock = Limited(requests_per_minute=5, keys={"sk-a": {"requests_per_minute": 9}})
    assert b"x-ratelimit-remaining-requests: %d\r\n" % left in (mock.app.traffic.admit(call_of(*headers)) or b"")


def test_the_calls_of_one_request_are_one_request() -> None:
    mock = Limited(requests_per_minute=9, tokens_per_minute=1000)
    head = mock.app.traffic.admit(*[call_of()] * 3) or b""
    assert b"x-ratelimit-remaining-requests: 8\r\n" in head
    assert b"x-ratelimit-remaining-tokens: %d\r\n" % (1000 - 3 * HELLO) in head


def test_buckets_are_bounded_and_those_used_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "KEPT", 3)
    mock = Limited(**ONCE)
    models = ["a", "b", "c", "a", "d"]
    assert [mock.ask(model=model).status for model in models] == [200, 200, 200, 429, 200]
    assert [mock.ask(model=model).status for model in ("a", "c", "b")] == [429, 429, 200]


# -- reset, reload, memory


def test_a_reset_fills_every_bucket() -> None:
    mock = Limited(**ONCE)
    assert mock.statuses(2) == [200, 429]
    mock.app.reset()
    assert mock.statuses(2) == [200, 429]


def test_another_configuration_has_limits_of_its_own() -> None:
    mock = Limited(**ONCE)
    mock.ask()
    mock.app.load(Limited(requests_per_minute=2).app.settings)
    assert mock.statuses(3) == [200, 200, 429]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_same_bytes_are_counted_every_time(adapter: str) -> None:
    mock = Limited(requests_per_minute=4)
    asked = post(chat("Hello"))
    with serving(mock.app, adapter) as served, served.wire() as wire:
        answers = [wire.ask(asked) for _ in range(6)]
        assert [answer.status for answer in answers] == [200] * 4 + [429] * 2
        left = [answer.headers["x-ratelimit-remaining-requests"] for answer in answers]
        assert left == ["3", "2", "1", "0", "0", "0"]
        mock.now += 15
        assert wire.ask(asked).status == 200


@pytest.mark.parametrize(("model", "kept"), [("gpt-4o", True), ("o3", False)])
def test_only_who_is_not_limited_is_answered_from_memory(model: str, kept: bool) -> None:
    mock = Limited(models={"o*": {"requests_per_minute": 9}})
    body = json.dumps(chat("Hello", model=model)).encode()
    request = Request("POST", "/v1/chat/completions", [(b"authorization", b"Bearer sk-a")], body)
    assert (mock.app.handle(request).rendering is not None) == kept


# -- with the SDK


def test_the_sdk_sees_a_rate_limit() -> None:
    mock = Limited(requests_per_minute=1, tokens_per_minute=1000)
    with serving(mock.app) as served:
        client = served.client()
        raw = client.chat.completions.with_raw_response.create(**chat("Hello"))
        assert raw.headers["x-ratelimit-remaining-requests"] == "0"
        assert raw.headers["x-ratelimit-limit-tokens"] == "1000"
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(**chat("Hello"))
        assert (caught.value.type, caught.value.code) == ("requests", "rate_limit_exceeded")
        mock.now += 60
        chunks = list(client.chat.completions.create(**chat("Hello"), stream=True))
        assert chunks[-1].choices[0].finish_reason == "stop"


def test_the_sdk_waits_as_told_and_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    mock = Limited(requests_per_minute=3)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        mock.now += seconds

    monkeypatch.setattr("openai._base_client.time.sleep", sleep)
    with serving(mock.app) as served:
        client = served.client(max_retries=1)
        for _ in range(5):
            client.chat.completions.create(**chat("Hello"))
    assert waits == [20, 20]
