from __future__ import annotations

import msgspec
import pytest

from tests.script.making import call


def test_header_names_ignore_case() -> None:
    called = call(headers=((b"x-tenant", b"acme"), (b"x-tenant", b"second")))
    assert called.header("X-Tenant") == "acme"
    assert called.header("x-other") is None
    assert called.header("x-\N{SNOWMAN}") is None


def test_the_document_is_the_body() -> None:
    assert call(body=b'{"a": [1]}').document() == {"a": [1]}


def test_the_document_is_not_decoded_twice() -> None:
    """A surface that has decoded the body says so."""
    parameters = {"a": 1}
    assert call(body=b"{", parameters=parameters).document() is parameters


@pytest.mark.parametrize("body", [b"", b"{", b'"\xff"', b"[" * 10_000])
def test_a_body_that_is_no_json(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        call(body=body).document()
