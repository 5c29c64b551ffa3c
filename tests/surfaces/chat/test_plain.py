from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat.plain import parse_plain
from openai_mock_api.surfaces.chat.request import parse
from tests.serving import chat
from tests.surfaces.chat.test_messages import MESSAGE_RULES
from tests.surfaces.chat.test_parameters import PARAMETER_RULES


def request(body: bytes, *content_type: bytes) -> Request:
    return Request("POST", "/", [(b"content-type", value) for value in content_type], body)


def check(body: bytes) -> bool:
    """Whether the plain way took a body; where it did, the full way must build the same call."""
    asked = request(body)
    plain = parse_plain(asked)
    if plain is None:
        return False
    full = parse(asked, json_object(asked))
    assert plain == msgspec.structs.replace(full, parameters=None, tools=())
    assert full.tools == ()
    return True


COMMON = [
    chat("Hi"),
    chat("Hi", stream=True),
    chat("Hi", stream=True, stream_options={"include_usage": True}),
    chat("Hi", stream=True, stream_options={}),
    chat("Hi", temperature=2, top_p=0.5, max_tokens=5),
    chat("Hi", max_completion_tokens=1, temperature=None),
    {
        "model": "m",
        "messages": [{"role": role, "content": "x"} for role in ("developer", "system", "user", "assistant")],
    },
]
OTHERS = [
    chat("Hi", n=1),
    chat("Hi", stop="x"),
    chat("Hi", tools=[]),
    chat("Hi", stream=None),
    chat("Hi", service_tier="flex"),
    {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
    {"model": "m", "messages": [{"role": "user", "content": "x", "name": "bob"}]},
]


@pytest.mark.parametrize("document", COMMON)
def test_common_requests_are_taken(document: dict[str, Any]) -> None:
    assert check(json.dumps(document).encode())


@pytest.mark.parametrize("document", OTHERS)
def test_other_requests_are_left(document: dict[str, Any]) -> None:
    assert parse_plain(request(json.dumps(document).encode())) is None


@pytest.mark.parametrize(
    "document",
    [chat("Hi") | parameters for parameters, _ in PARAMETER_RULES] + [document for document, _ in MESSAGE_RULES],
)
def test_what_is_refused_is_left(document: dict[str, Any]) -> None:
    assert parse_plain(request(json.dumps(document).encode())) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'"\xff"', b'{"model": "\\ud800"}'])
def test_what_is_no_json_is_left(body: bytes) -> None:
    assert parse_plain(request(body)) is None


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/json; charset=utf-8"])
def test_other_content_types_are_left(content_type: bytes) -> None:
    assert parse_plain(request(json.dumps(chat("Hi")).encode(), content_type)) is None


@pytest.mark.parametrize("level", [b"strict", b"warn", b"off", b"bogus"])
def test_requests_that_choose_a_level_are_left(level: bytes) -> None:
    headers = [(b"host", b"mock"), (b"x-mock-validation", level)]
    assert parse_plain(Request("POST", "/", headers, json.dumps(chat("Hi")).encode())) is None


def test_the_level_of_the_configuration_is_the_calls() -> None:
    call = parse_plain(request(json.dumps(chat("Hi")).encode()), "warn")
    assert call is not None
    assert call.validation == "warn"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.sampled_from(["", "user", "x", "system"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "include_usage", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)
messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "system", "developer", "assistant", "tool"]) | values,
        "content": st.text() | values,
    },
)
NUMBERS = ("stream", "stream_options", "temperature", "top_p", "max_tokens", "max_completion_tokens", "n")
documents = st.fixed_dictionaries(
    {"model": st.just("m") | values, "messages": st.lists(messages, min_size=1, max_size=3) | values},
    optional=dict.fromkeys(NUMBERS, values),
)


@settings(max_examples=400, deadline=None)
@given(document=documents)
def test_both_ways_agree(document: dict[str, Any]) -> None:
    try:
        check(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    except ApiError as error:
        pytest.fail(f"taken, though refused: {error}")
