from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ApiError
from openai_mock_api.http import Response
from openai_mock_api.script.messages import Call, Message, Tool
from openai_mock_api.script.script import Script
from openai_mock_api.server.admission import WARNED, Admission, warned
from tests.serving import app_of, chat, flow, post, serving
from tests.surfaces.refusals import fault_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Served

CONFIG = {"models": ["gpt-4", "small"], "context_windows": {"small": 10}, "responses": [flow("Hello", content="Hi")]}
UNKNOWN = "The model `gpt-9` does not exist or you do not have access to it."


def refused(call: Call, **settings: Any) -> tuple[int, str, str | None, str | None]:
    with pytest.raises(ApiError) as caught:
        Admission(Settings(script=Script(()), **settings)).check(call)
    error = caught.value
    assert error.type == "invalid_request_error"
    return error.status, error.message, error.param, error.code


def call(model: str, **fields: Any) -> Call:
    return Call("chat", model, [Message("user", "one two three")], body=b'{"max_tokens":1}' * 99_999, **fields)


def test_every_model_exists_when_none_are_configured() -> None:
    assert fault_of(Admission(Settings(script=Script(()))).check, call("gpt-9")) is None


def test_another_model_than_the_configured_ones() -> None:
    assert refused(call("gpt-9"), models=("gpt-4",)) == (404, UNKNOWN, None, "model_not_found")


TOOLS = (Tool("search", "Look it up."),)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            call("small"),
            "This model's maximum context length is 5 tokens. However, your messages resulted in 10 tokens. Please "
            "reduce the length of the messages.",
        ),
        (
            call("small", tools=TOOLS),
            "This model's maximum context length is 5 tokens. However, your messages resulted in 34 tokens (10 in the "
            "messages, 24 in the functions). Please reduce the length of the messages or functions.",
        ),
        (
            call("gpt-4", tokens=8_000, max_tokens=200),
            "This model's maximum context length is 8192 tokens. However, you requested 8200 tokens (8000 in the "
            "messages, 200 in the completion). Please reduce the length of the messages or completion.",
        ),
        (
            call("gpt-4", tools=TOOLS, max_tokens=8_190),
            "This model's maximum context length is 8192 tokens. However, you requested 8227 tokens (10 in the "
            "messages, 27 in the functions, and 8190 in the completion). Please reduce the length of the messages, "
            "functions, or completion.",
        ),
        (
            call("gpt-5-mini", tokens=289_650),
            "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 289650 tokens. "
            "Please reduce the length of the messages.",
        ),
    ],
)
def test_prompts_that_are_too_long(held: Call, said: str) -> None:
    assert refused(held, context_windows={"small": 5}) == (400, said, "messages", "context_length_exceeded")


def test_a_prompt_of_the_older_endpoint_that_is_too_long() -> None:
    held = call("gpt-3.5-turbo-instruct", tokens=3_430, max_tokens=1_000)
    held.endpoint = "completions"
    said = (
        "This model's maximum context length is 4097 tokens, however you requested 4430 tokens (3430 in your prompt; "
        "1000 for the completion). Please reduce your prompt; or completion length."
    )
    assert refused(held) == (400, said, None, None)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_longer_answer_than_the_model_gives(name: str) -> None:
    said = (
        f"{name} is too large: 20480. This model supports at most 16384 completion tokens, whereas you provided 20480."
    )
    held = call("gpt-4o", tokens=9, max_tokens=20_480, parameters={name: 20_480})
    assert refused(held) == (400, said, name, "invalid_value")


def test_other_levels_let_calls_in() -> None:
    admission = Admission(Settings(script=Script(()), models=("gpt-4",), context_windows={"gpt-9": 5}))
    held = {level: call("gpt-9", validation=level) for level in ("warn", "off")}
    for one in held.values():
        admission.check(one)
    assert held["off"].warning is None
    assert held["warn"].warning == (
        f"{UNKNOWN} This model's maximum context length is 5 tokens. However, your messages resulted in 10 tokens. "
        "Please reduce the length of the messages."
    )


def test_a_warning_is_one_line_of_a_header_and_keeps_the_answer_from_being_repeated() -> None:
    response = warned(Response(200, rendering="x"), call("m", warning="Größe:\r\n👩 " + "x" * 2000))
    assert response.head.startswith("x-mock-warning: Größe:%0D%0A%F0%9F%91%A9 xxx".encode("latin-1"))
    assert len(response.headers()[0][1]) == WARNED + 2 * 2 + 11
    assert response.rendering is None


def test_without_a_warning_nothing_changes() -> None:
    assert warned(Response(200, rendering="x"), call("m")) == Response(200, rendering="x")


# -- over a socket


@pytest.fixture(params=["strict", "warn", "off"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(app_of({**CONFIG, "validation": request.param})) as running:
        yield running


FAULTY = chat("Hello", model="gpt-4", temperature=9)
TOO_HOT = "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 9 instead."


def ask(served: Served, document: dict[str, Any], *lines: str) -> tuple[int, str | None]:
    with served.wire() as wire:
        answer = wire.ask(post(document, *lines))
    assert answer.status != 200 or answer.json["choices"][0]["message"]["content"] == "Hi"
    return answer.status, answer.headers.get("x-mock-warning")


def test_the_configuration_sets_the_level(served: Served) -> None:
    level = served.app.settings.validation
    expected = {"strict": (400, None), "warn": (200, TOO_HOT), "off": (200, None)}
    assert ask(served, FAULTY) == expected[level]
    assert ask(served, chat("Hello", model="gpt-4")) == (200, None)


def test_a_request_may_choose_another(served: Served) -> None:
    answers = {"strict": (400, None), "warn": (200, TOO_HOT), "off": (200, None)}
    for level, expected in answers.items():
        assert ask(served, FAULTY, f"x-mock-validation: {level}") == expected
        assert ask(served, FAULTY, f"X-Mock-Validation: {level}") == expected
    assert ask(served, FAULTY, "x-mock-validation: lax") == (400, None)
    assert ask(served, chat("Hello", model="gpt-4"), "x-mock-validation: lax") == (400, None)


def test_levels_are_not_mixed_up_by_what_is_remembered() -> None:
    plain = chat("Hello", model="gpt-9")
    with serving(app_of(CONFIG)) as served:
        for _ in range(3):
            assert ask(served, plain) == (404, None)
            assert ask(served, plain, "x-mock-validation: warn") == (200, UNKNOWN)
            assert ask(served, plain, "x-mock-validation: off") == (200, None)
            assert ask(served, chat("Hello", model="small"), "x-mock-validation: warn") == (200, None)


def test_a_stream_carries_the_warning_too() -> None:
    with serving(app_of({**CONFIG, "validation": "warn"})) as served, served.wire() as wire:
        answer = wire.ask(post({**FAULTY, "stream": True}))
    assert (answer.headers["x-mock-warning"], answer.events[-1]) == (TOO_HOT, "[DONE]")


def test_the_sdk_sees_the_real_errors() -> None:
    with serving(app_of(CONFIG)) as served:
        client = served.client()
        with pytest.raises(openai.NotFoundError) as missing:
            client.chat.completions.create(**chat("Hello", model="gpt-9"))
        with pytest.raises(openai.BadRequestError) as long:
            client.chat.completions.create(**chat("Hello " * 30, model="small"))
        with pytest.raises(openai.BadRequestError) as longer:
            client.chat.completions.create(**chat("Hello " * 9_000, model="gpt-4"))
    assert (missing.value.code, missing.value.param) == ("model_not_found", None)
    assert (long.value.code, long.value.param) == ("context_length_exceeded", "messages")
    assert "maximum context length is 8192 tokens. However, your messages resulted in 9" in longer.value.message


def test_a_response_of_more_tokens_than_the_model_gives() -> None:
    asked = Call("responses", "gpt-4o", [Message("user", "Hi")], max_tokens=20_000)
    message = (
        "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 16384, but got 20000 instead."
    )
    assert refused(asked) == (400, message, "max_output_tokens", "integer_above_max_value")


def test_a_response_that_may_be_truncated_takes_any_input() -> None:
    long = Call("responses", "small", [Message("user", "one two three " * 9)], body=b"x" * 999, parameters={})
    with pytest.raises(ApiError, match="exceeds the context window"):
        Admission(Settings(script=Script(()), context_windows={"small": 10})).check(long)
    long.parameters = {"truncation": "auto"}
    Admission(Settings(script=Script(()), context_windows={"small": 10})).check(long)
