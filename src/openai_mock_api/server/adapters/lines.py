"""The lines of HTTP/1.1 around bodies, as bytes."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.http import Response

_STATUS: Final = {s.value: b"HTTP/1.1 %d %b\r\n" % (s.value, s.phrase.encode()) for s in HTTPStatus}


def answer_head(response: Response, method: str, keep_alive: bool, default: bytes) -> bytes:
    """All lines before an answer's body. ``default`` are those of the server's own headers."""
    status = _STATUS.get(response.status) or b"HTTP/1.1 %d \r\n" % response.status
    framing = b""
    if response.stream is None:
        framing = b"content-length: %d\r\n" % len(response.body)
    elif method != "HEAD":
        framing = b"transfer-encoding: chunked\r\n"
    close = b"" if keep_alive else b"connection: close\r\n"
    # uvicorn's order: the length is one of the application's headers, the encoding its own.
    last = framing + close if response.stream is None else close + framing
    return b"%b%b%b%b\r\n" % (status, default, response.head, last)


@lru_cache(maxsize=256)
def target_of(url: bytes) -> tuple[str, str]:
    """Split a request's target into its path, percent-decoded, and its query."""
    path, _, query = url.decode("latin-1").partition("?")
    if not path.startswith("/"):
        path = _path_of(url)
    return unquote(path) if "%" in path else path, query


def _path_of(target: bytes) -> str:
    """Path of a target in absolute form (``http://host/path``), or of ``*``."""
    try:
        return (httptools.parse_url(target).path or b"/").decode("latin-1")
    except httptools.HttpParserInvalidURLError:
        return target.decode("latin-1")


def without_upgrade(method: bytes, url: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """All lines before a request's body, without its wish for another protocol."""
    lines = [b"%b %b HTTP/%b\r\n" % (method, url, version.encode())]
    lines += [b"%b: %b\r\n" % (name, _content(name, value)) for name, value in headers]
    return b"".join([*lines, b"\r\n"])


def _content(name: bytes, value: bytes) -> bytes:
    """Value of a header without the wish for another protocol."""
    if name != b"connection":
        return value
    return b", ".join(token for token in map(bytes.strip, value.split(b",")) if token.lower() != b"upgrade")
