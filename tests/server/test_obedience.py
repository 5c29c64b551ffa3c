"""What official clients get when they ask for tools and formats, from a script and without one."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import openai
import pydantic
import pytest

from tests.serving import Served, chat, flow, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai.types.chat import ChatCompletion


class Step(pydantic.BaseModel):
    explanation: str
    output: str


class Reasoning(pydantic.BaseModel):
    steps: list[Step]
    final_answer: str


class GetWeather(pydantic.BaseModel):
    """Look up the weather."""

    city: str
    days: int = pydantic.Field(ge=1)


STRICT = openai.pydantic_function_tool(GetWeather, name="get_weather")
LOOSE: dict[str, Any] = {"type": "function", "function": {"name": "get_time"}}
CUSTOM: dict[str, Any] = {"type": "custom", "custom": {"name": "note"}}
REASONING: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "reasoning",
        "strict": True,
        "schema": openai.lib._pydantic.to_strict_json_schema(Reasoning),
    },
}
GOOD = Reasoning(steps=[Step(explanation="Add.", output="2")], final_answer="2")


def calls(*names: str, **more: Any) -> list[dict[str, Any]]:
    arguments = {"get_weather": {"city": "Paris", "days": 1}, "get_time": {}}
    return [{"id": f"call_{name}", "function": {"name": name, "arguments": arguments[name]}, **more} for name in names]


SCRIPT = {
    "responses": [
        flow("sum", content=GOOD.model_dump()),
        flow("wrong", content={"steps": 5, "final_answer": "2"}),
        flow("meant", content="It is two.", broken=True),
        flow("both", content="Let me see.", tool_calls=calls("get_weather", "get_time")),
        flow("bad call", tool_calls=[{"id": "c", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}]),
        flow(
            "bad call, meant",
            tool_calls=[{"id": "c", "broken": True, "function": {"name": "get_weather", "arguments": "{"}}],
        ),
        {
            "id": "loop",
            "messages": [
                {"role": "user", "content": "loop"},
                {"role": "assistant", "tool_calls": calls("get_weather", "get_time")},
                {"role": "tool", "tool_call_id": "call_get_weather", "matcher": "any"},
                {"role": "tool", "tool_call_id": "call_get_time", "matcher": "any"},
                {"role": "assistant", "content": "Sunny at noon."},
            ],
        },
    ]
}


@pytest.fixture(scope="module")
def scripted() -> Iterator[Served]:
    with serving(SCRIPT) as served:
        yield served


@pytest.fixture(scope="module")
def generated() -> Iterator[Served]:
    with serving({"unmatched": "auto", "responses": [flow("Hello", content="Hi")]}) as served:
        yield served


def ask(served: Served, text: str, **parameters: Any) -> ChatCompletion:
    with served.client() as client:
        answer: ChatCompletion = client.chat.completions.create(**chat(text, **parameters))
    return answer


def refused(served: Served, text: str, **parameters: Any) -> Any:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(served, text, **parameters)
    assert caught.value.code == "script_error"
    return caught.value


def names(answer: ChatCompletion) -> list[str]:
    return [getattr(call, call.type).name for call in answer.choices[0].message.tool_calls or ()]


# -- a script


def test_a_scripted_answer_is_parsed(scripted: Served) -> None:
    with scripted.client() as client:
        parsed = client.chat.completions.parse(**chat("sum"), response_format=Reasoning)
    assert parsed.choices[0].message.parsed == GOOD


def test_a_scripted_answer_that_is_not_what_was_asked_for_is_an_error(scripted: Served) -> None:
    error = refused(scripted, "wrong", response_format=REASONING)
    assert error.param == "response_format"
    assert '$.steps: 5 is not of type "array"' in error.message
    assert error.response.headers["x-mock-response"] == "wrong"
    assert scripted.last.matched == "wrong"


def test_a_contradiction_is_logged(scripted: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "openai_mock_api"):
        refused(scripted, "wrong", response_format=REASONING)
    assert "The response 'wrong' contradicts the request at messages[1]" in caplog.text


def test_text_that_is_broken_on_purpose_is_sent(scripted: Served) -> None:
    assert ask(scripted, "meant", response_format=REASONING).choices[0].message.content == "It is two."


def test_strict_arguments_are_checked(scripted: Served) -> None:
    assert '"days" is a required property' in refused(scripted, "bad call", tools=[STRICT]).message
    assert names(ask(scripted, "bad call, meant", tools=[STRICT])) == ["get_weather"]
    loose = {"type": "function", "function": {**STRICT["function"], "strict": False}}
    assert names(ask(scripted, "bad call", tools=[loose])) == ["get_weather"]


@pytest.mark.parametrize(
    ("more", "called", "finish_reason"),
    [
        ({}, ["get_weather", "get_time"], "tool_calls"),
        ({"tool_choice": "required"}, ["get_weather", "get_time"], "tool_calls"),
        ({"tool_choice": "none"}, [], "stop"),
        ({"parallel_tool_calls": False}, ["get_weather"], "tool_calls"),
        ({"tool_choice": {"type": "function", "function": {"name": "get_time"}}}, ["get_time"], "stop"),
        (
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {
                        "mode": "auto",
                        "tools": [{"type": "function", "function": {"name": "get_time"}}],
                    },
                }
            },
            ["get_time"],
            "tool_calls",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_tool_choice_is_obeyed(
    scripted: Served, more: dict[str, Any], called: list[str], finish_reason: str, stream: bool
) -> None:
    asked = chat("both", tools=[STRICT, LOOSE], **more)
    with scripted.client() as client:
        if stream:
            with client.chat.completions.stream(**asked) as events:
                answer: ChatCompletion = events.get_final_completion()
        else:
            answer = client.chat.completions.create(**asked)
    assert (names(answer), answer.choices[0].finish_reason) == (called, finish_reason)
    assert answer.choices[0].message.content == "Let me see."


def test_calls_that_the_flow_waits_for_are_not_left_out(scripted: Served) -> None:
    tools = [STRICT, LOOSE]
    assert names(ask(scripted, "loop", tools=tools)) == ["get_weather", "get_time"]
    error = refused(scripted, "loop", tools=tools, parallel_tool_calls=False)
    assert error.param == "parallel_tool_calls"
    assert "it calls get_time" in error.message
    assert refused(scripted, "sum", tools=tools, tool_choice="required").param == "tool_choice"


@pytest.mark.parametrize("level", ["warn", "off"])
@pytest.mark.parametrize("text", ["both", "loop"])
def test_the_older_form_gets_the_first_call_where_calls_are_let_pass(scripted: Served, text: str, level: str) -> None:
    functions = [{"name": "get_weather"}, {"name": "get_time"}]
    answer = ask(scripted, text, functions=functions, extra_headers={"x-mock-validation": level})
    called = answer.choices[0].message.function_call
    assert called is not None
    assert (called.name, answer.choices[0].finish_reason) == ("get_weather", "function_call")


@pytest.mark.parametrize(("level", "warned"), [("warn", True), ("off", False)])
def test_a_request_may_ask_for_what_the_script_says(scripted: Served, level: str, warned: bool) -> None:
    asked = chat("wrong", response_format=REASONING)
    with scripted.client(default_headers={"x-mock-validation": level}) as client:
        for _ in range(2):
            raw = client.chat.completions.with_raw_response.create(**asked)
            assert json.loads(raw.parse().choices[0].message.content or "")["steps"] == 5
            assert ("contradicts the request" in raw.headers.get("x-mock-warning", "")) == warned


def test_the_same_bytes_are_held_to_the_same_rules(scripted: Served) -> None:
    with scripted.wire() as wire:
        for text, status in (("sum", 200), ("wrong", 400)):
            asked = post(chat(text, response_format=REASONING))
            assert [wire.ask(asked).status for _ in range(3)] == [status] * 3


# -- without a script


def test_a_generated_answer_is_parsed(generated: Served) -> None:
    with generated.client() as client:
        parsed = client.chat.completions.parse(**chat("What is 1 + 1?"), response_format=Reasoning)
    assert parsed.choices[0].message.parsed == Reasoning(
        steps=[Step(explanation="explanation", output="output")], final_answer="final_answer"
    )


def test_a_generated_call_is_parsed(generated: Served) -> None:
    with generated.client() as client:
        parsed = client.chat.completions.parse(**chat("Weather?"), tools=[STRICT])
    called = (parsed.choices[0].message.tool_calls or [])[0]
    assert called.function.parsed_arguments == GetWeather(city="city", days=1)


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("response_format", [None, REASONING])
def test_a_generated_tool_loop_ends(generated: Served, parallel: bool, response_format: Any) -> None:
    more: dict[str, Any] = {"parallel_tool_calls": parallel, "tools": [STRICT, LOOSE, CUSTOM]}
    if response_format:
        more["response_format"] = response_format
    messages: list[Any] = [{"role": "user", "content": "Go"}]
    for _ in range(5):
        message = ask(generated, "", **more, messages=messages).choices[0].message
        messages.append(message.to_dict())
        if not message.tool_calls:
            break
        messages += [{"role": "tool", "tool_call_id": call.id, "content": "18"} for call in message.tool_calls]
    called = [name for said in messages[1:] if "tool_calls" in said for name in said["tool_calls"]]
    assert len(called) == (3 if parallel else 1)
    assert len({call["id"] for call in called}) == len(called)
    text = messages[-1]["content"]
    assert json.loads(text)["steps"] if response_format else text.startswith("This is a mock answer")


def test_a_generated_answer_in_json(generated: Served) -> None:
    answer = ask(generated, "As JSON, please", response_format={"type": "json_object"}, n=2)
    assert [list(json.loads(choice.message.content or "")) for choice in answer.choices] == [["message"]] * 2


def test_a_generated_forced_call_ends_with_stop(generated: Served) -> None:
    choice = {"type": "function", "function": {"name": "get_time"}}
    answer = ask(generated, "Go", tools=[STRICT, LOOSE], tool_choice=choice)
    assert (names(answer), answer.choices[0].finish_reason) == (["get_time"], "stop")


def test_a_generated_legacy_call(generated: Served) -> None:
    function = {"name": "get_time", "parameters": {"type": "object", "properties": {}}}
    answer = ask(generated, "Go", functions=[function, {**function, "name": "other"}])
    assert answer.choices[0].message.function_call is not None
    assert answer.choices[0].message.function_call.name == "get_time"


def test_a_generated_answer_ends_within_the_limit(generated: Served) -> None:
    answer = ask(generated, "Go", max_tokens=2)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Mock answer", "stop")


def test_a_generated_text_completion(generated: Served) -> None:
    with generated.client() as client:
        answer = client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Once upon a time")
    assert answer.choices[0].text.startswith("This is a mock answer")
    assert answer.choices[0].finish_reason == "stop"


def test_a_schema_that_nothing_satisfies_is_an_error(generated: Served) -> None:
    schema = {"type": "object", "properties": {"a": {"enum": ["b"], "minLength": 9}}, "required": ["a"]}
    asked = {"type": "json_schema", "json_schema": {"name": "none", "schema": schema}}
    assert "cannot make a value" in refused(generated, "Go", response_format=asked).message
