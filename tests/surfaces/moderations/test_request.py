from __future__ import annotations

from typing import Any

import pytest
from openai.types import moderation_model

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.script.messages import Message, Validation
from openai_mock_api.surfaces.moderations.request import LATEST, MODELS, Moderatable, knows_images, parse
from tests.surfaces.refusals import Refusal, a_wrong_type, a_wrong_value, an_absence, an_empty_array

REQUEST = Request("POST", "/v1/moderations", [(b"x-a", b"b")], b"{}")
TEXT = {"type": "text", "text": "Look:"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
INPUTS = "one of a string, array of strings, or array of objects"


def asked(value: Any, validation: Validation = "strict", **document: Any) -> Moderatable:
    return parse(REQUEST, {"input": value, **document}, ["mine"], validation)


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("Hello", [Message("user", "Hello")]),
        ("", [Message("user", "")]),
        (["Hello", "Bye"], [Message("user", "Hello"), Message("user", "Bye")]),
        ([TEXT], [Message("user", "Look:")]),
        ([IMAGE], [Message("user", "", parts=("image",))]),
        ([TEXT, IMAGE, TEXT], [Message("user", "Look:\nLook:", parts=("image",))]),
    ],
    ids=str,
)
def test_inputs_are_messages_of_the_user(value: Any, messages: list[Message]) -> None:
    assert asked(value).messages == messages


def test_the_request_is_a_call_without_messages() -> None:
    call = asked(["Hello world", "Bye"]).call
    assert (call.endpoint, call.model, call.messages, call.tokens) == ("moderations", LATEST, [], 3)
    assert (call.headers, call.body) == (REQUEST.headers, REQUEST.body)


def test_parameters_that_are_unknown_are_ignored() -> None:
    assert asked("Hello", temperature=1).call.document()["temperature"] == 1


def test_every_model_of_the_sdk_is_known() -> None:
    assert set(moderation_model.ModerationModel.__args__) <= MODELS  # type: ignore[attr-defined]
    for model in (*MODELS, "mine"):
        assert asked("Hello", model=model).call.model == model


def test_older_models_know_no_images() -> None:
    assert [knows_images(model) for model in ("text-moderation-latest", LATEST, "mine")] == [False, True, True]


WRONG: list[tuple[dict[str, Any], Refusal]] = [
    ({"input": None}, an_absence("input")),
    ({"input": 5}, a_wrong_type("input", INPUTS, "an integer")),
    ({"input": {"type": "text"}}, a_wrong_type("input", INPUTS, "an object")),
    ({"input": [5]}, a_wrong_type("input", INPUTS, "an array")),
    ({"input": []}, an_empty_array("input")),
    ({"input": ["a", 5]}, a_wrong_type("input[1]", "a string", "an integer")),
    ({"input": [TEXT, "a"]}, a_wrong_type("input[1]", "an object", "a string")),
    ({"input": [{"type": "sound"}]}, a_wrong_value("input[0].type", "sound", "'text' and 'image_url'")),
    ({"input": [{"type": "text"}]}, an_absence("input[0].text")),
    ({"input": [{"type": "image_url", "image_url": {}}]}, an_absence("input[0].image_url.url")),
    ({"input": [IMAGE, IMAGE]}, ("Number of images (2) exceeds maximum of 1", "input", "too_many_images")),
    ({"model": 5}, a_wrong_type("model", "a string", "an integer")),
    (
        {"model": "gpt-4o"},
        ("Invalid value for 'model' = gpt-4o. Please check the OpenAI documentation and try again.", "model", None),
    ),
    (
        {"model": "text-moderation-latest", "input": [IMAGE]},
        ("The model 'text-moderation-latest' does not take images.", "input", None),
    ),
]


@pytest.mark.parametrize(("change", "refusal"), WRONG, ids=lambda value: str(value)[:50])
def test_bad_requests(change: dict[str, Any], refusal: Refusal) -> None:
    with pytest.raises(ApiError) as caught:
        asked(**{"value": change.get("input", "Hello"), **{k: v for k, v in change.items() if k != "input"}})
    error = caught.value
    assert (error.status, error.type) == (400, "invalid_request_error")
    assert (error.message, error.param, error.code) == refusal


@pytest.mark.parametrize("change", [{"model": "gpt-4o"}, {"model": 5}, {"value": [IMAGE, IMAGE]}], ids=str)
def test_faults_are_noted_or_let_be(change: dict[str, Any]) -> None:
    document = {"value": "Hello", **change}
    assert asked(validation="warn", **document).call.warning is not None
    assert asked(validation="off", **document).call.warning is None


def test_what_is_no_input_is_refused_at_every_level() -> None:
    with pytest.raises(ApiError, match="Invalid type for 'input'"):
        asked(5, "off")
