from __future__ import annotations

import json

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.surfaces import errors

EVERY = [
    (errors.missing_key(), 401, None, "You didn't provide an API key."),
    (errors.wrong_key("sk-abcdefghijklmnop"), 401, "invalid_api_key", "provided: sk-abcde*******mnop."),
    (errors.unknown_path("GET", "/x"), 404, None, "Invalid URL (GET /x)"),
    (errors.wrong_method("GET", "/x", "POST"), 405, "method_not_supported", "Not allowed to GET on /x."),
    (errors.body_too_large(5), 413, "request_too_large", "larger than the limit of 5 bytes"),
    (errors.headers_too_large(5), 431, "headers_too_large", "larger than the limit of 5 bytes"),
    (errors.not_json(), 400, None, "We could not parse the JSON body"),
    (errors.wrong_content_type("a/b"), 400, None, "Invalid Content-Type header (a/b), expected application/json."),
    (errors.model_not_found("x"), 404, "model_not_found", "The model 'x' does not exist"),
    (errors.no_match([], "Nothing is near."), 400, "no_match", "No matching response found for the provided messages"),
]


@pytest.mark.parametrize(("error", "status", "code", "text"), EVERY)
def test_every_error_has_the_envelope(error: ApiError, status: int, code: str | None, text: str) -> None:
    response = errors.error_response(error)
    assert response.status == status
    assert response.headers()[0] == (b"content-type", b"application/json")
    body = json.loads(response.body)
    assert list(body) == ["error"]
    assert {"message", "type", "param", "code"} <= body["error"].keys()
    assert (body["error"]["type"], body["error"]["code"]) == ("invalid_request_error", code)
    assert text in body["error"]["message"]


def test_a_fault_of_the_mock_is_a_server_error() -> None:
    response = errors.error_response(errors.internal_error())
    assert (response.status, json.loads(response.body)["error"]["type"]) == (500, "server_error")


def test_an_error_carries_headers_and_more() -> None:
    response = errors.error_response(ApiError(429, "x", headers={"retry-after": "1"}, extra={"near": 1}))
    assert response.own == {"retry-after": "1"}
    assert json.loads(response.body)["error"]["near"] == 1


@pytest.mark.parametrize(
    ("key", "shown"),
    [("", ""), ("short", "*****"), ("x" * 16, "*" * 16), ("sk-1234567890abcdef", "sk-12345*******cdef")],
)
def test_keys_are_masked(key: str, shown: str) -> None:
    assert errors.masked(key) == shown
