from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.script.levels import level_of, weigh
from openai_mock_api.script.messages import Call

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Validation


def request(*levels: bytes) -> Request:
    return Request("POST", "/", [(b"host", b"mock"), *((b"x-mock-validation", level) for level in levels)])


@pytest.mark.parametrize("level", ["strict", "warn", "off"])
def test_a_header_chooses_the_level(level: str) -> None:
    assert level_of(request(level.encode()), "strict") == level


@pytest.mark.parametrize("default", ["strict", "warn", "off"])
def test_without_a_header_the_default_holds(default: Validation) -> None:
    assert level_of(request(), default) == default


@pytest.mark.parametrize("value", [b"", b"Strict", b"none", b"\xfc"])
def test_another_value_is_refused(value: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        level_of(request(value), "off")
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, "x-mock-validation", "invalid_value")
    assert f"got '{value.decode('latin-1')}', expected 'strict', 'warn' or 'off'" in caught.value.message


def call(level: Validation) -> Call:
    return Call("chat", "gpt-4o", [], validation=level)


def test_strict_raises_the_fault() -> None:
    fault = ApiError(404, "Gone.")
    with pytest.raises(ApiError) as caught:
        weigh(call("strict"), fault)
    assert caught.value is fault


def test_warn_notes_every_fault_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    held = call("warn")
    with caplog.at_level(logging.WARNING, "openai_mock_api.validation"):
        weigh(held, ApiError(400, "Too hot."))
        weigh(held, ApiError(404, "Gone."))
    assert held.warning == "Too hot. Gone."
    assert [record.getMessage() for record in caplog.records] == [
        "a call for gpt-4o would have been refused: Too hot.",
        "a call for gpt-4o would have been refused: Gone.",
    ]


def test_off_lets_it_be(caplog: pytest.LogCaptureFixture) -> None:
    held = call("off")
    weigh(held, ApiError(400, "Too hot."))
    assert (held.warning, caplog.text) == (None, "")
