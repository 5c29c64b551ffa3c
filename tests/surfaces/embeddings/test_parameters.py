from __future__ import annotations

from typing import Any

import pytest
from openai.types import embedding_create_params, embedding_model

from openai_mock_api.errors import ApiError
from openai_mock_api.script.inputs.nearness import DIMENSIONS, Vectors
from openai_mock_api.surfaces.embeddings.parameters import (
    MOST_IN_ALL,
    MOST_INPUTS,
    MOST_TOKENS,
    PARAMETERS,
    check,
    check_lengths,
    is_alone,
    understand,
)
from tests.surfaces.refusals import fault_of

SIZE_OF = Vectors().size
SMALL, LARGE, ADA = "text-embedding-3-small", "text-embedding-3-large", "text-embedding-ada-002"
INVALID = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."

GOOD: list[dict[str, Any]] = [
    {},
    {"input": " "},
    {"input": ["a", "b"]},
    {"input": [1, 2]},
    {"input": [[1], [2, 100_257]]},
    {"input": ["a"] * MOST_INPUTS},
    {"encoding_format": "float", "user": "u"},
    {"encoding_format": "base64", "dimensions": None},
    {"dimensions": 1},
    {"dimensions": 1536},
    {"model": LARGE, "dimensions": 3072},
    {"model": "mine", "dimensions": 1536},
]

BAD: list[tuple[dict[str, Any], str | None, str | None, str]] = [
    ({"model": None}, None, None, "you must provide a model parameter"),
    ({"model": 5}, "model", "invalid_type", "Invalid type for 'model': expected a string, but got an integer instead."),
    ({"prompt": "a"}, None, None, "Unrecognized request argument supplied: prompt"),
    ({"input": None}, "input", "missing_required_parameter", "Missing required parameter: 'input'."),
    ({"input": ""}, None, None, "Invalid 'input': input cannot be an empty string."),
    ({"input": ["a", ""]}, None, None, "Invalid 'input[1]': input cannot be an empty string."),
    ({"input": []}, None, None, "Invalid 'input': input cannot be an empty array."),
    ({"input": [[1], []]}, None, None, "Invalid 'input[1]': input cannot be an empty array."),
    ({"input": {"text": "a"}}, None, None, INVALID),
    ({"input": 5}, None, None, INVALID),
    ({"input": ["a", 5]}, None, None, INVALID),
    ({"input": [1, "a"]}, None, None, INVALID),
    ({"input": [[1], "a"]}, None, None, INVALID),
    ({"input": [["a"]]}, None, None, INVALID),
    ({"input": [True]}, None, None, INVALID),
    ({"input": ["a"] * (MOST_INPUTS + 1)}, None, None, "Invalid 'input': array length must be 2048 or less."),
    ({"input": [1] * (MOST_INPUTS + 1)}, None, None, "Invalid 'input': array length must be 2048 or less."),
    ({"input": [[1], [5, -1]]}, "input", "invalid_value", f"Invalid 'input': -1 is not a token of the model {SMALL}."),
    (
        {"input": [100_256]},
        "input",
        "invalid_value",
        f"Invalid 'input': 100256 is not a token of the model {SMALL}.",
    ),
    (
        {"dimensions": "5"},
        "dimensions",
        "invalid_type",
        "Invalid type for 'dimensions': expected an integer, but got a string instead.",
    ),
    (
        {"dimensions": 0},
        "dimensions",
        None,
        "Invalid value for 'dimensions' = 0. Must be greater than or equal to 1.",
    ),
    (
        {"dimensions": 1537},
        "dimensions",
        None,
        "Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536.",
    ),
    ({"model": ADA, "dimensions": 5}, None, None, "This model does not support specifying dimensions."),
    (
        {"encoding_format": "hex"},
        "encoding_format",
        "invalid_value",
        "Invalid value: 'hex'. Supported values are: 'float' and 'base64'.",
    ),
    ({"user": 5}, "user", "invalid_type", "Invalid type for 'user': expected a string, but got an integer instead."),
]


@pytest.mark.parametrize("change", GOOD, ids=lambda change: str(change)[:40])
def test_good_requests(change: dict[str, Any]) -> None:
    assert fault_of(check, {"model": SMALL, "input": "Hello", **change}, SIZE_OF) is None


@pytest.mark.parametrize(("change", "param", "code", "message"), BAD, ids=lambda value: str(value)[:40])
def test_bad_requests(change: dict[str, Any], param: str | None, code: str | None, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        check({"model": SMALL, "input": "Hello", **change}, SIZE_OF)
    error = caught.value
    assert (error.status, error.type, error.message) == (400, "invalid_request_error", message)
    assert (error.param, error.code) == (param, code)


@pytest.mark.parametrize("model", ["gpt-4o", "o3-mini", "davinci-002"])
def test_models_that_speak_have_no_vectors(model: str) -> None:
    with pytest.raises(ApiError, match="You are not allowed to generate embeddings from this model") as caught:
        check({"model": model, "input": "Hello"}, SIZE_OF)
    assert caught.value.status == 403


def test_every_parameter_of_the_sdk_is_known() -> None:
    assert set(embedding_create_params.EmbeddingCreateParams.__annotations__) == set(PARAMETERS)


def test_every_model_of_the_sdk_is_known() -> None:
    assert set(embedding_model.EmbeddingModel.__args__) == set(DIMENSIONS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "inputs", "alone"),
    [
        ("a", ["a"], True),
        (["a", "b"], ["a", "b"], False),
        ([1, 2], [[1, 2]], True),
        ([[1], [2]], [[1], [2]], False),
        ([], [], False),
    ],
    ids=str,
)
def test_what_is_understood(value: Any, inputs: list[Any], alone: bool) -> None:
    assert (understand(value), is_alone(value)) == (inputs, alone)


def test_inputs_have_so_many_tokens_at_most() -> None:
    check_lengths([MOST_TOKENS] * 36, MOST_TOKENS, alone=False)
    for counts, alone, message in (
        ([1, 8193], False, "Invalid 'input[1]': maximum input length is 8192 tokens."),
        ([8193], True, "Invalid 'input': maximum input length is 8192 tokens."),
        ([MOST_TOKENS] * 37, False, f"Invalid 'input': maximum request size is {MOST_IN_ALL} tokens per request."),
    ):
        with pytest.raises(ApiError) as caught:
            check_lengths(counts, MOST_TOKENS, alone=alone)
        assert (caught.value.message, caught.value.param, caught.value.code) == (message, None, None)
