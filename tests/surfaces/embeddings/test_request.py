from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.script.inputs.nearness import Vectors
from openai_mock_api.script.messages import Message, Validation
from openai_mock_api.surfaces.embeddings.request import Embeddable, Limits, parse

REQUEST = Request("POST", "/v1/embeddings", [(b"x-a", b"b")], b"{}")
LIMITS = Limits(Vectors().size)


def asked(validation: Validation = "strict", limits: Limits = LIMITS, **document: Any) -> Embeddable:
    return parse(REQUEST, {"model": "text-embedding-3-small", "input": "Hello", **document}, limits, validation)


def test_the_request_is_a_call_without_messages() -> None:
    found = asked(input=["Hello world", "Hi"], user="u")
    call = found.call
    assert (call.endpoint, call.model, call.messages, call.tokens) == ("embeddings", "text-embedding-3-small", [], 3)
    assert (call.headers, call.body) == (REQUEST.headers, REQUEST.body)
    assert call.document()["user"] == "u"
    assert found.messages == [Message("user", "Hello world"), Message("user", "Hi")]


@pytest.mark.parametrize(
    ("value", "inputs"),
    [
        ("Hello", [("Hello", [9906])]),
        (["Hello", "world"], [("Hello", [9906]), ("world", [14957])]),
        ([9906, 1917], [("Hello world", [9906, 1917])]),
        ([[9906], [1917, 0]], [("Hello", [9906]), (" world!", [1917, 0])]),
    ],
    ids=str,
)
def test_inputs_are_texts_and_their_tokens(value: Any, inputs: list[tuple[str, list[int]]]) -> None:
    assert asked(input=value).inputs == inputs


def test_what_is_asked_for() -> None:
    assert (asked().dimensions, asked().base64) == (1536, False)
    assert (asked(dimensions=3).dimensions, asked(encoding_format="base64").base64) == (3, True)
    assert asked(model="text-embedding-3-large").dimensions == 3072


def test_faults_are_refused_or_noted_or_let_be() -> None:
    with pytest.raises(ApiError, match="1537"):
        asked(dimensions=1537)
    noted = asked("warn", dimensions=1537)
    assert (noted.dimensions, noted.call.warning) == (
        1536,
        "Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536.",
    )
    assert asked("off", dimensions=1537).call.warning is None


def test_too_many_tokens_are_refused_or_noted_or_let_be() -> None:
    long = "a " * 8192
    with pytest.raises(ApiError, match="maximum input length is 8192 tokens"):
        asked(input=long)
    assert asked("warn", input=["b", long]).call.warning == ("Invalid 'input[1]': maximum input length is 8192 tokens.")
    assert asked("off", input=long).call.warning is None


def test_the_configuration_says_how_many_tokens_a_model_takes() -> None:
    limits = Limits(Vectors().size, {"text-embedding-3-small": 2}.get)
    assert asked(limits=limits, input="Hello world").call.tokens == 2
    with pytest.raises(ApiError, match="maximum input length is 2 tokens"):
        asked(limits=limits, input="Hello world!")


def test_models_exist_that_are_listed() -> None:
    limits = Limits(Vectors().size, models=["gpt-4o", "mine"])
    assert asked(limits=limits, model="mine").call.model == "mine"
    with pytest.raises(ApiError, match="The model `text-embedding-3-small` does not exist") as caught:
        asked(limits=limits)
    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


@pytest.mark.parametrize(
    "document", [{"model": None}, {"model": 5, "dimensions": "x"}, {"input": ["", "a"]}, {"input": []}]
)
def test_what_is_not_checked_is_taken_as_far_as_it_is_understood(document: dict[str, Any]) -> None:
    found = asked("off", **document)
    assert found.dimensions == 1536
    assert all(isinstance(text, str) for text, _ in found.inputs)


@pytest.mark.parametrize("validation", ["strict", "warn", "off"])
@pytest.mark.parametrize("value", [5, {"a": 1}, [None], [["a"]], ["a"] * 2049], ids=lambda value: str(value)[:20])
def test_what_is_no_input_is_refused_at_every_level(value: Any, validation: Validation) -> None:
    with pytest.raises(ApiError, match="nput") as caught:
        asked(validation, input=value)
    assert caught.value.status == 400


def test_no_input_at_all_is_refused_at_every_level() -> None:
    with pytest.raises(ApiError, match="input"):
        asked("off", input=None)
