"""What requests are refused with: message, ``param``, ``code``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.surfaces.chat.request import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.script.messages import Call, Validation

Refusal = tuple[str, str | None, str | None]

WEATHER = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
CUSTOM = {"id": "c2", "type": "custom", "custom": {"name": "grep", "input": "x"}}
USER = {"role": "user", "content": "Hi"}
CALLING = {"role": "assistant", "content": None, "tool_calls": [WEATHER]}


def parsed(document: dict[str, Any], validation: Validation = "strict") -> Call:
    return parse(Request("POST", "/v1/chat/completions", []), document, validation)


def refused(document: dict[str, Any]) -> Refusal:
    with pytest.raises(ApiError) as caught:
        parsed(document)
    error = caught.value
    assert (error.status, error.type) == (400, "invalid_request_error")
    return error.message, error.param, error.code


def fault_of(check: Callable[..., None], *values: Any) -> str | None:
    """What a check says of values; None when it takes them."""
    try:
        check(*values)
    except ApiError as error:
        return error.message
    return None


def named(*messages: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": list(messages)}


def a_wrong_type(name: str, expected: str, got: str) -> Refusal:
    return f"Invalid type for '{name}': expected {expected}, but got {got} instead.", name, "invalid_type"


def an_absence(name: str) -> Refusal:
    return f"Missing required parameter: '{name}'.", name, "missing_required_parameter"


def a_bound(name: str, what: str, bound: str, got: str, code: str) -> Refusal:
    return f"Invalid '{name}': {what} value. Expected a value {bound}, but got {got} instead.", name, code


def a_wrong_value(name: str, got: str, allowed: str) -> Refusal:
    return f"Invalid value: '{got}'. Supported values are: {allowed}.", name, "invalid_value"


def a_long_text(name: str, most: int, got: int) -> Refusal:
    message = (
        f"Invalid '{name}': string too long. Expected a string with maximum length {most}, but got a string with "
        f"length {got} instead."
    )
    return message, name, "string_above_max_length"


def an_empty_array(name: str) -> Refusal:
    message = f"Invalid '{name}': empty array. Expected an array with minimum length 1, but got an empty array instead."
    return message, name, "empty_array"


def an_empty_text(name: str) -> Refusal:
    message = (
        f"Invalid '{name}': empty string. Expected a string with minimum length 1, but got an empty string instead."
    )
    return message, name, "empty_string"


def another_pattern(name: str, pattern: str) -> Refusal:
    message = (
        f"Invalid '{name}': string does not match pattern. Expected a string that matches the pattern '{pattern}'."
    )
    return message, name, "invalid_value"


def an_unknown(name: str) -> Refusal:
    return f"Unknown parameter: '{name}'.", name, "unknown_parameter"
