from __future__ import annotations

import pytest

from openai_mock_api.http import Request, Response, Stream, header_lines, header_value, json_response


def test_the_first_header_of_a_name_counts() -> None:
    request = Request("GET", "/", [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")])
    assert request.header(b"a") == b"1"
    assert request.header(b"c") is None


def test_nothing_shows_what_headers_hold() -> None:
    request = Request("POST", "/v1/models", [(b"authorization", b"Bearer secret")], b"body")
    assert repr(request) == "<Request POST /v1/models>"
    assert repr(Response(200, body=b"body", outcome=request)) == "<Response 200, 4 bytes>"


@pytest.mark.parametrize(
    ("stream", "frames"),
    [
        (Stream((b"a", b"bc"), b"<", b"."), [(0.0, b"<a"), (0.0, b"<bc.")]),
        (Stream((b"a", b"bc"), delays=(1.0, 2.0)), [(1.0, b"a"), (2.0, b"bc")]),
        (Stream((b"a",), b"<", b"."), [(0.0, b"<a.")]),
    ],
)
def test_a_stream_is_the_same_whole_and_in_frames(stream: Stream, frames: list[tuple[float, bytes]]) -> None:
    assert list(stream.frames()) == frames
    assert stream.whole() == b"".join(data for _, data in frames)
    assert len(stream) == len(frames)
    assert stream.size == Response(200, stream=stream).size == len(stream.whole())


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("plain text/1.0; q=%", b"plain text/1.0; q=%"),
        ("", b""),
        ("höflich", b"h\xf6flich"),
        ("👋 ü", b"%F0%9F%91%8B \xfc"),
        ("a\r\nset-cookie: b", b"a%0D%0Aset-cookie: b"),
        ("\0\x7f\x80\x9f", b"%00%7F%C2%80%C2%9F"),
        ("\ud800", b"%ED%A0%80"),
    ],
)
def test_header_values(value: str, encoded: bytes) -> None:
    assert header_value(value) == encoded


def test_header_lines() -> None:
    assert header_lines({"X-A": "1", "x-b": "ü"}) == b"x-a: 1\r\nx-b: \xfc\r\n"
    assert header_lines({}) == b""


def test_own_headers_replace_those_of_the_same_name() -> None:
    response = Response(200, b"content-type: a\r\nx-b: 1\r\nx-bc: 2\r\n", own={"X-B": "3", "x-d": "4"})
    response.own_headers_win()
    assert response.headers() == [(b"content-type", b"a"), (b"x-bc", b"2"), (b"x-b", b"3"), (b"x-d", b"4")]


def test_a_json_response() -> None:
    response = json_response({"a": [1, None, "é"]}, 201)
    assert (response.status, response.body) == (201, '{"a":[1,null,"é"]}'.encode())
    assert response.headers() == [(b"content-type", b"application/json")]
