from __future__ import annotations

import pytest

from openai_mock_api.http import Response, Stream
from openai_mock_api.server.adapters.lines import answer_head, target_of, without_upgrade

DATE = b"date: now\r\n"
CONTENT = b"content-type: a\r\n"
PLAIN = Response(200, CONTENT, b"abc")
STREAM = Response(200, CONTENT, b"", Stream((b"a",)))


@pytest.mark.parametrize(
    ("response", "method", "keep_alive", "lines"),
    [
        (PLAIN, "POST", True, b"content-length: 3\r\n"),
        (PLAIN, "HEAD", True, b"content-length: 3\r\n"),
        (PLAIN, "POST", False, b"content-length: 3\r\nconnection: close\r\n"),
        (STREAM, "POST", True, b"transfer-encoding: chunked\r\n"),
        (STREAM, "HEAD", True, b""),
        (STREAM, "POST", False, b"connection: close\r\ntransfer-encoding: chunked\r\n"),
    ],
)
def test_how_a_body_ends_stands_last(response: Response, method: str, keep_alive: bool, lines: bytes) -> None:
    head = answer_head(response, method, keep_alive, DATE)
    assert head == b"HTTP/1.1 200 OK\r\n" + DATE + CONTENT + lines + b"\r\n"


@pytest.mark.parametrize(("status", "line"), [(404, b"HTTP/1.1 404 Not Found"), (599, b"HTTP/1.1 599 ")])
def test_a_status_without_a_name_is_a_number(status: int, line: bytes) -> None:
    assert answer_head(Response(status, b"", b""), "GET", True, b"").split(b"\r\n")[0] == line


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (b"/v1/models", ("/v1/models", "")),
        (b"/a?b=%20&c", ("/a", "b=%20&c")),
        (b"/a%20b%C3%A9", ("/a bé", "")),
        (b"http://host/v1/models?x=1", ("/v1/models", "x=1")),
        (b"http://host", ("/", "")),
        (b"*", ("*", "")),
    ],
)
def test_a_target_is_a_path_and_a_query(url: bytes, target: tuple[str, str]) -> None:
    assert target_of(url) == target


@pytest.mark.parametrize(
    ("value", "left"), [(b"Upgrade", b""), (b"keep-alive, Upgrade", b"keep-alive"), (b"close", b"close")]
)
def test_a_request_without_its_wish_for_another_protocol(value: bytes, left: bytes) -> None:
    head = without_upgrade(b"POST", b"/a", "1.1", [(b"host", b"upgrade"), (b"connection", value)])
    assert head == b"POST /a HTTP/1.1\r\nhost: upgrade\r\nconnection: " + left + b"\r\n\r\n"
