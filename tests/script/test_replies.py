from __future__ import annotations

import pytest

from openai_mock_api.script.replies import PRESETS, Failure, Reply


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_errors_of_the_api(name: str) -> None:
    error = PRESETS[name].exception()
    assert 400 <= error.status < 600
    assert error.message
    assert error.type
    assert all(key == key.lower() for key in error.headers)


def test_presets_by_status() -> None:
    assert {name: failure.status for name, failure in PRESETS.items()} == {
        "invalid_api_key": 401,
        "permission_denied": 403,
        "model_not_found": 404,
        "rate_limit": 429,
        "insufficient_quota": 429,
        "context_length_exceeded": 400,
        "content_filter": 400,
        "server_error": 500,
        "overloaded": 503,
        "timeout": 408,
    }


def test_presets_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PRESETS["rate_limit"] = Failure()  # type: ignore[index]


@pytest.mark.parametrize(
    ("seconds", "whole", "milliseconds"),
    [
        (1, "1", "1000"),
        (0.25, "1", "250"),
        (1.5, "2", "1500"),
        (2.1, "3", "2100"),
        (0, "1", "1"),
        (0.0001, "1", "1"),
        (60, "60", "60000"),
        (0.0011, "1", "2"),
    ],
)
def test_retry_headers_are_positive_whole_numbers(seconds: float, whole: str, milliseconds: str) -> None:
    """Never less than was asked for: a client that waits so long is let in."""
    headers = Failure(retry_after=seconds).exception().headers
    assert headers == {"retry-after": whole, "retry-after-ms": milliseconds}


def test_headers_of_a_failure_win() -> None:
    failure = Failure(retry_after=2, headers={"Retry-After": "7", "X-Other": "Value"})
    assert failure.exception().headers == {"retry-after": "7", "retry-after-ms": "2000", "x-other": "Value"}


def test_a_failure_has_no_retry_headers_of_itself() -> None:
    error = Failure(status=418, type="t", message="m", code="c", param="p").exception()
    assert (error.status, error.type, error.message, error.code, error.param) == (418, "t", "m", "c", "p")
    assert error.headers == {}


def test_replies_keep_what_was_rendered_apart() -> None:
    first, second = Reply(content="a"), Reply(content="a")
    first.rendered["chat"] = b"x"
    assert not second.rendered
    assert first != second
