from __future__ import annotations

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.surfaces.body import json_object

NOT_JSON = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"5",
    b"{",
    b"{'a': 1}",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": "\xff"}',
    b'{"a": "\\ud800"}',
    b'{"a": "\x00"}',
    b'\xef\xbb\xbf{"a": 1}',
    '{"a": 1}'.encode("utf-16"),
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"a": 1} {"b": 2}',
]


def asked(body: bytes, *content_type: bytes) -> Request:
    return Request("POST", "/", [(b"content-type", value) for value in content_type], body)


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:12]))
def test_what_is_no_json_object(body: bytes) -> None:
    with pytest.raises(ApiError, match="We could not parse the JSON body of your request") as caught:
        json_object(asked(body))
    assert (caught.value.status, caught.value.type) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "content_type", [b"application/json", b"Application/JSON; charset=utf-8", b"application/vnd.api+json"]
)
def test_content_types_of_json(content_type: bytes) -> None:
    assert json_object(asked(b'{"a": "\\ud83d\\ude00"}', content_type)) == {"a": "😀"}


def test_a_body_without_a_content_type_is_read() -> None:
    assert json_object(asked(b' {"a": 1, "a": 2}\r\n')) == {"a": 2}


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/x-www-form-urlencoded", b"", b"\xff"])
def test_another_content_type_is_refused(content_type: bytes) -> None:
    with pytest.raises(ApiError, match=r"Invalid Content-Type header \(.*\), expected application/json\."):
        json_object(asked(b"{}", content_type))
