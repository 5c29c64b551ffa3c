from __future__ import annotations

from typing import Any

import pytest
from openai.types import completion_create_params

from openai_mock_api.errors import ApiError
from openai_mock_api.surfaces.completions.parameters import MOST_PROMPTS, PARAMETERS, check
from tests.surfaces.refusals import fault_of

MODEL = "gpt-3.5-turbo-instruct"

GOOD: list[dict[str, Any]] = [
    {},
    {"prompt": None},
    {"prompt": ""},
    {"prompt": ["a", "b"]},
    {"prompt": [1, 2]},
    {"prompt": [[1], [2, 100_257]]},
    {"best_of": 3, "n": 3, "stream": True},
    {"best_of": 3, "n": 2},
    {"max_tokens": 0},
    {"logprobs": 5, "echo": True, "suffix": "."},
    {"stop": ["a", "b", "c", "d"], "logit_bias": {"50256": -100}},
    {"stream": True, "stream_options": {"include_usage": True}},
    {"temperature": None, "top_p": 0.5, "user": "u", "seed": -1, "presence_penalty": -2, "frequency_penalty": 2},
]

BAD: list[tuple[dict[str, Any], str | None, str | None, str]] = [
    ({"model": None}, None, None, "you must provide a model parameter"),
    ({"model": 5}, "model", "invalid_type", "Invalid type for 'model': expected a string"),
    ({"messages": []}, None, None, "Unrecognized request argument supplied: messages"),
    ({"n": 0}, "n", "integer_below_min_value", "Expected a value >= 1, but got 0 instead"),
    ({"best_of": 21}, "best_of", "integer_above_max_value", "Expected a value <= 20, but got 21 instead"),
    ({"logprobs": 6}, "logprobs", "integer_above_max_value", "Expected a value <= 5, but got 6 instead"),
    ({"logprobs": True}, "logprobs", "invalid_type", "expected an integer, but got a boolean instead"),
    ({"max_tokens": -1}, "max_tokens", "integer_below_min_value", "Expected a value >= 0, but got -1 instead"),
    ({"echo": "yes"}, "echo", "invalid_type", "expected a boolean, but got a string instead"),
    ({"suffix": 1}, "suffix", "invalid_type", "expected a string, but got an integer instead"),
    ({"stream_options": {}}, "stream_options", None, "only allowed when 'stream' is enabled"),
    ({"n": 2, "best_of": 1}, None, None, "set 'n' (currently 2) to be at most 'best_of' (currently 1)"),
    ({"best_of": 0}, None, None, "set 'n' (currently 1) to be at most 'best_of' (currently 0)"),
    ({"best_of": 2, "stream": True}, "best_of", None, "Results cannot be streamed"),
    ({"prompt": 5}, "prompt", "invalid_type", "array of integer arrays, but got an integer instead"),
    ({"prompt": {}}, "prompt", "invalid_type", "array of integer arrays, but got an object instead"),
    ({"prompt": [None]}, "prompt", "invalid_type", "array of integer arrays, but got an array instead"),
    ({"prompt": []}, "prompt", "empty_array", "Invalid 'prompt': empty array"),
    ({"prompt": [[]]}, "prompt[0]", "empty_array", "Invalid 'prompt[0]': empty array"),
    ({"prompt": ["a", 1]}, "prompt[1]", "invalid_type", "expected a string, but got an integer instead"),
    ({"prompt": [1, "a"]}, "prompt[1]", "invalid_type", "expected an integer, but got a string instead"),
    ({"prompt": [[1], 1]}, "prompt[1]", "invalid_type", "expected an array of integers, but got an integer instead"),
    ({"prompt": [[1, "a"]]}, "prompt[0][1]", "invalid_type", "expected an integer, but got a string instead"),
    ({"prompt": [1, 100_256]}, "prompt", "invalid_value", f"100256 is not a token of the model {MODEL}"),
    ({"prompt": [[1], [-1]]}, "prompt", "invalid_value", f"-1 is not a token of the model {MODEL}"),
    ({"prompt": ["a"] * 2049}, "prompt", "array_above_max_length", "maximum length 2048"),
]


@pytest.mark.parametrize("change", GOOD, ids=str)
def test_good_requests(change: dict[str, Any]) -> None:
    assert fault_of(check, {"model": MODEL, "prompt": "Hello", **change}) is None


@pytest.mark.parametrize(("change", "param", "code", "message"), BAD, ids=lambda value: str(value)[:40])
def test_bad_requests(change: dict[str, Any], param: str | None, code: str | None, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        check({"model": MODEL, "prompt": "Hello", **change})
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, param, code)
    assert message in caught.value.message


def test_one_prompt_may_have_any_number_of_tokens() -> None:
    assert fault_of(check, {"model": MODEL, "prompt": [1] * (MOST_PROMPTS + 1)}) is None


def test_every_parameter_of_the_sdk_is_known() -> None:
    asked = completion_create_params.CompletionCreateParamsStreaming.__annotations__
    asked |= completion_create_params.CompletionCreateParamsBase.__annotations__
    assert set(asked) == set(PARAMETERS)
