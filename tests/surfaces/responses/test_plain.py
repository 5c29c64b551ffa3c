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
from openai_mock_api.surfaces.responses.plain import parse_plain
from openai_mock_api.surfaces.responses.request import parse
from tests.surfaces.responses.test_parameters import RULES


def request(document: Any, *headers: tuple[bytes, bytes]) -> Request:
    return Request("POST", "/", list(headers), json.dumps(document).encode())


def asked(**parameters: Any) -> dict[str, Any]:
    return {"model": "m", "input": "Hi", **parameters}


def said(role: str, text: str = "x", **more: Any) -> dict[str, Any]:
    return {"role": role, "content": text, **more}


def check(document: Any) -> bool:
    """Whether the plain way took a document; where it did, the full way must build the same call, digit for digit."""
    sent = request(document)
    plain = parse_plain(sent)
    if plain is None:
        return False
    full = parse(sent, json_object(sent))
    assert plain == full
    assert msgspec.json.encode(plain.parameters, order="sorted") == msgspec.json.encode(full.parameters, order="sorted")
    return True


@pytest.mark.parametrize(
    "document",
    [
        asked(),
        asked(input=""),
        asked(stream=True, store=False, instructions="Be kind."),
        asked(stream=None, store=None, instructions=None, max_output_tokens=None, temperature=None, top_p=None),
        asked(temperature=1, top_p=1.0, max_output_tokens=16, instructions=""),
        asked(input=[said("user"), said("assistant"), said("system"), said("developer"), said("user", type="message")]),
    ],
)
def test_common_requests_are_taken(document: dict[str, Any]) -> None:
    assert check(document)


@pytest.mark.parametrize(
    "document",
    [
        asked(previous_response_id="resp_1"),
        asked(conversation="conv_1"),
        asked(background=True),
        asked(text={}),
        asked(tools=[]),
        asked(input=[said("user", id="msg_1")]),
        asked(input=[{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]),
        asked(input=[said("assistant"), said("assistant")]),
        asked(input=[{"type": "item_reference", "id": "msg_1"}]),
    ],
)
def test_other_requests_are_left(document: dict[str, Any]) -> None:
    assert parse_plain(request(document)) is None


@pytest.mark.parametrize("changes", [changes for changes, _ in RULES])
def test_what_is_refused_is_left(changes: dict[str, Any]) -> None:
    assert parse_plain(request(asked(**changes))) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'"\xff"', b'{"model": "\\ud800"}'])
def test_what_is_no_json_is_left(body: bytes) -> None:
    assert parse_plain(Request("POST", "/", [], body)) is None


@pytest.mark.parametrize("header", [(b"content-type", b"text/plain"), (b"x-mock-validation", b"off")])
def test_headers_that_say_something_else_leave_a_request_to_the_full_way(header: tuple[bytes, bytes]) -> None:
    assert parse_plain(request(asked(), (b"host", b"mock"), header)) is None
    assert parse_plain(request(asked(), (b"content-type", b"application/json"))) is not None


def test_the_level_of_the_configuration_is_the_calls() -> None:
    call = parse_plain(request(asked()), "warn")
    assert call is not None
    assert call.validation == "warn"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 20) | st.floats(-3, 3) | st.sampled_from(["", "user", "message"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "type", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)
messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "system", "developer", "assistant", "tool"]) | values,
        "content": st.text(st.characters(codec="utf-8")) | values,
    },
    optional={"type": st.just("message") | values, "id": values},
)
NAMES = ("instructions", "stream", "store", "max_output_tokens", "temperature", "top_p", "text", "user")
documents = st.fixed_dictionaries(
    {"model": st.just("m") | values, "input": st.text() | st.lists(messages, min_size=1, max_size=3) | values},
    optional=dict.fromkeys(NAMES, values),
)


@settings(max_examples=400, deadline=None)
@given(document=documents)
def test_both_ways_agree(document: dict[str, Any]) -> None:
    try:
        check(document)
    except ApiError as error:
        pytest.fail(f"taken, though refused: {error}")
