from __future__ import annotations

import errno

import pytest

from openai_mock_api import errors
from openai_mock_api.errors import (
    ApiError,
    AzureError,
    ConfigError,
    MockError,
    PortInUseError,
    Problem,
    ReplyError,
    ServerError,
)


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (ConfigError, ValueError),
        (PortInUseError, OSError),
        (ReplyError, MockError),
        (ServerError, RuntimeError),
        (ApiError, MockError),
        (AzureError, ApiError),
    ],
)
def test_the_tree(kind: type[Exception], base: type[Exception]) -> None:
    assert issubclass(kind, MockError)
    assert issubclass(kind, base)
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is wrong"), "is wrong"),
        (Problem("is wrong", "responses[0].id"), "responses[0].id: is wrong"),
        (Problem("is wrong", source="mock.yaml"), "mock.yaml  is wrong"),
        (Problem("is wrong", "port", "mock.yaml", 3, 7), "mock.yaml:3:7  port: is wrong"),
        (Problem("is wrong", line=3, column=7), "<config>:3:7  is wrong"),
    ],
)
def test_a_problem_says_where(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_config_error_holds_every_problem() -> None:
    problems = [Problem("one"), Problem("two", "port")]
    error = ConfigError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "one\nport: two"
    assert ConfigError("plain").problems == (Problem("plain"),)


def test_a_taken_port() -> None:
    error = PortInUseError("127.0.0.1", 3000)
    assert (error.errno, error.host, error.port) == (errno.EADDRINUSE, "127.0.0.1", 3000)
    assert "EADDRINUSE: port 3000 on 127.0.0.1 is already in use" in str(error)


def test_an_api_error_carries_the_body() -> None:
    error = ApiError(429, "Slow down", type="requests", param="n", code="c", headers={"a": "b"}, extra={"nearest": []})
    assert (error.status, error.message, error.type, error.param, error.code) == (
        429,
        "Slow down",
        "requests",
        "n",
        "c",
    )
    assert (error.headers, error.extra, str(error)) == ({"a": "b"}, {"nearest": []}, "Slow down")


def test_the_body_of_an_error() -> None:
    error = ApiError(400, "No", param="n", code="c", extra={"nearest": []})
    said = {"message": "No", "type": "invalid_request_error", "param": "n", "code": "c", "nearest": []}
    assert error.body() == said
    assert AzureError(404, "No").body() == {"code": "404", "message": "No"}
    assert AzureError(404, "No", code="Gone").body() == {"code": "Gone", "message": "No"}


def test_an_api_error_is_an_invalid_request_unless_told_otherwise() -> None:
    error = ApiError(400, "No")
    assert (error.type, error.param, error.code, error.headers, error.extra) == (
        "invalid_request_error",
        None,
        None,
        {},
        {},
    )
