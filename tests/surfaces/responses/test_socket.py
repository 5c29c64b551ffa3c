"""Messages of WebSocket mode as requests, and answers as messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import ResponseSteerFailedEvent
from pydantic import TypeAdapter

from openai_mock_api.http import Request
from openai_mock_api.surfaces.errors import error_response, not_json
from openai_mock_api.surfaces.responses.socket import Message, is_path, read, refused, told

OPENING = Request(
    "GET",
    "/v1/responses",
    [
        (b"host", b"mock"),
        (b"authorization", b"Bearer k"),
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-key", b"x"),
        (b"sec-websocket-version", b"13"),
    ],
    query="a=b",
    peer="10.0.0.1",
)


def test_an_event_is_a_request() -> None:
    event = {"type": "response.create", "stream_id": "lane.1", "model": "m", "input": "Hi", "generate": True}
    message = read(json.dumps(event), OPENING)
    request = message.request
    assert (request.method, request.path, request.query, request.peer) == ("POST", "/v1/responses", "a=b", "10.0.0.1")
    assert request.headers == [
        (b"host", b"mock"),
        (b"authorization", b"Bearer k"),
        (b"content-type", b"application/json"),
    ]
    assert json.loads(request.body) == {"model": "m", "input": "Hi", "stream": True}
    assert (message.lane, message.error, message.follows, message.generates) == ("lane.1", None, None, True)


def test_an_event_may_follow_a_response_and_want_no_answer() -> None:
    event = {"type": "response.create", "previous_response_id": "resp_1", "generate": False}
    message = read(json.dumps(event), OPENING)
    assert (message.error, message.follows, message.generates) == (None, "resp_1", False)
    assert json.loads(message.request.body) == {"previous_response_id": "resp_1", "stream": True}


@pytest.mark.parametrize("data", ["", "{", "[]", "7", b"\xff", "[" * 100_000])
def test_what_is_no_event(data: str | bytes) -> None:
    message = read(data, OPENING)
    assert message.error is not None
    assert message.error.message == not_json().message
    assert message.request.body == (data if isinstance(data, bytes) else data.encode())


@pytest.mark.parametrize(
    ("event", "param", "code"),
    [
        ({}, "type", "missing_required_parameter"),
        ({"type": "response.cancel"}, "type", "invalid_value"),
        ({"type": 7}, "type", "invalid_value"),
        ({"type": "response.create", "background": True}, "background", "unsupported_parameter"),
        ({"type": "response.create", "generate": "no"}, "generate", "invalid_type"),
        ({"type": "response.create", "stream_id": ""}, "stream_id", "invalid_stream_id"),
        ({"type": "response.create", "stream_id": "a b"}, "stream_id", "invalid_stream_id"),
        ({"type": "response.create", "stream_id": "a" * 257}, "stream_id", "invalid_stream_id"),
        ({"type": "response.create", "stream_id": 1}, "stream_id", "invalid_stream_id"),
        ({"type": "response.steer", "previous_response_id": "a", "input": "Hi"}, None, "steering_not_supported"),
    ],
)
def test_events_that_are_refused(event: dict[str, Any], param: str | None, code: str) -> None:
    error = read(json.dumps(event), OPENING).error
    assert error is not None
    assert (error.status, error.param, error.code) == (400, param, code)


@pytest.mark.parametrize(("lane", "prefix"), [(None, {}), ("a", {"stream_id": "a"})])
def test_the_events_of_a_stream_are_messages(lane: str | None, prefix: dict[str, str]) -> None:
    stream = b'event: x\ndata: {"type":"x","text":"\\n\\ndata: "}\n\nevent: y\ndata: {"type":"y"}\n\n'
    messages = [json.loads(message) for message in told(stream, lane)]
    assert messages == [{**prefix, "type": "x", "text": "\n\ndata: "}, {**prefix, "type": "y"}]


def test_an_error_is_a_message() -> None:
    error = not_json()
    assert json.loads(refused(error_response(error), Message(OPENING, "a"))) == {
        "stream_id": "a",
        "type": "error",
        "status": 400,
        "error": error.body(),
    }


def test_input_that_is_not_taken_is_given_back() -> None:
    message = read(json.dumps({"type": "response.steer", "previous_response_id": "resp_1", "input": "Stop"}), OPENING)
    assert message.error is not None
    event = json.loads(refused(error_response(message.error), message))
    parsed = TypeAdapter(ResponseSteerFailedEvent).validate_python(event, strict=True)
    assert (parsed.error.code, parsed.steer.previous_response_id) == ("steering_not_supported", "resp_1")
    assert parsed.steer.input == "Stop"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [("/v1/responses", True), ("/ns/a/v1/responses/", True), ("/v1/realtime", False), ("/v1/xresponses", False)],
)
def test_paths(path: str, is_one: bool) -> None:
    assert is_path(path) is is_one
