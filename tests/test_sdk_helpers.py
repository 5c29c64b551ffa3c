"""The SDK's helpers, which parse what comes and put streams together: all of them, as they are, blocking and async."""

from __future__ import annotations

import asyncio
import enum
import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import openai
import pydantic
import pytest

from tests.serving import KEY, Served, flow, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Unit(enum.StrEnum):
    CELSIUS = "celsius"
    KELVIN = "kelvin"


class Place(pydantic.BaseModel):
    city: str
    country: str | None


class Weather(pydantic.BaseModel):
    """A structured answer with a bit of everything."""

    place: Place
    degrees: float
    unit: Unit
    notes: list[str]


class GetWeather(pydantic.BaseModel):
    """Say how warm a city is."""

    city: str
    unit: Unit


WEATHER: dict[str, Any] = {
    "place": {"city": "Łódź", "country": None},
    "degrees": 18.5,
    "unit": "celsius",
    "notes": ["sunny", "a light wind 🌬"],
}
TOOLS = [openai.pydantic_function_tool(GetWeather)]
CITIES = ("Paris", "Oslo")
CALLS = [
    {"id": f"call_{city}", "function": {"name": "GetWeather", "arguments": {"city": city, "unit": "celsius"}}}
    for city in CITIES
]

CONFIG: dict[str, Any] = {
    "responses": [
        flow("structured", content=WEATHER),
        flow("tools", tool_calls=CALLS),
        flow("text and a tool", content="Let me look.", tool_calls=CALLS[:1]),
        flow("refuse", refusal="I cannot say."),
        flow("plain", content="One two three."),
        flow("filtered", content='{"place": ', finish_reason="content_filter"),
    ]
}


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


class Blocking:
    """The helpers of ``OpenAI``."""

    def __init__(self, url: str) -> None:
        self.options: dict[str, Any] = {"base_url": f"{url}/v1", "api_key": KEY, "max_retries": 0}

    def parse(self, text: str, **parameters: Any) -> Any:
        with openai.OpenAI(**self.options, _strict_response_validation=True) as client:
            return client.chat.completions.parse(**asking(text), **parameters)

    def stream(self, text: str, **parameters: Any) -> tuple[list[Any], Any]:
        """Read a stream to its end; return its events and what the SDK made of it."""
        with (
            openai.OpenAI(**self.options, _strict_response_validation=True) as client,
            client.chat.completions.stream(**asking(text), **parameters) as stream,
        ):
            return list(stream), stream.get_final_completion()


class Async(Blocking):
    """The helpers of ``AsyncOpenAI``."""

    def parse(self, text: str, **parameters: Any) -> Any:
        async def parse() -> Any:
            async with openai.AsyncOpenAI(**self.options, _strict_response_validation=True) as client:
                return await client.chat.completions.parse(**asking(text), **parameters)

        return asyncio.run(parse())

    def stream(self, text: str, **parameters: Any) -> tuple[list[Any], Any]:
        async def stream() -> tuple[list[Any], Any]:
            async with (
                openai.AsyncOpenAI(**self.options, _strict_response_validation=True) as client,
                client.chat.completions.stream(**asking(text), **parameters) as stream,
            ):
                return [event async for event in stream], await stream.get_final_completion()

        return asyncio.run(stream())


def asking(text: str) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}


@pytest.fixture(params=[Blocking, Async])
def helpers(running: Served, request: pytest.FixtureRequest) -> Blocking:
    made: Blocking = request.param(running.url)
    return made


def of(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event.type == kind]


class TestParse:
    def test_content_becomes_the_model(self, helpers: Blocking) -> None:
        message = helpers.parse("structured", response_format=Weather).choices[0].message
        assert message.parsed == Weather.model_validate(WEATHER)

    def test_arguments_become_the_tools_model(self, helpers: Blocking) -> None:
        message = helpers.parse("tools", tools=TOOLS).choices[0].message
        parsed = [call.function.parsed_arguments for call in message.tool_calls]
        assert parsed == [GetWeather(city=city, unit=Unit.CELSIUS) for city in CITIES]

    def test_content_and_tools_at_once(self, helpers: Blocking) -> None:
        message = helpers.parse("tools", tools=TOOLS, response_format=Weather).choices[0].message
        assert message.parsed is None
        assert len(message.tool_calls) == 2

    def test_a_refusal_has_nothing_parsed(self, helpers: Blocking) -> None:
        message = helpers.parse("refuse", response_format=Weather).choices[0].message
        assert (message.refusal, message.parsed) == ("I cannot say.", None)


class TestStream:
    def test_content_grows_and_is_parsed_at_the_end(self, helpers: Blocking) -> None:
        events, final = helpers.stream("structured", response_format=Weather)
        deltas = of(events, "content.delta")
        assert [event.snapshot for event in deltas] == list(itertools.accumulate(event.delta for event in deltas))
        assert len(deltas) > 10
        assert deltas[-1].parsed == WEATHER
        (done,) = of(events, "content.done")
        assert done.parsed == final.choices[0].message.parsed == Weather.model_validate(WEATHER)

    def test_what_has_come_so_far_is_parsed_too(self, helpers: Blocking) -> None:
        events, _ = helpers.stream("structured", response_format=Weather)
        parsed = [event.parsed for event in of(events, "content.delta") if event.parsed]
        assert next(weather["place"]["city"] for weather in parsed if "degrees" in weather) == "Łódź"
        assert len(parsed[0]) < len(WEATHER)

    def test_arguments_grow_and_are_parsed_at_the_end(self, helpers: Blocking) -> None:
        events, final = helpers.stream("tools", tools=TOOLS)
        deltas = of(events, "tool_calls.function.arguments.delta")
        for index in range(2):
            own = [event for event in deltas if event.index == index]
            pieces = itertools.accumulate(event.arguments_delta for event in own)
            assert [event.arguments for event in own] == list(pieces)
            assert {event.name for event in own} == {"GetWeather"}
        done = of(events, "tool_calls.function.arguments.done")
        expected = [GetWeather(city=city, unit=Unit.CELSIUS) for city in CITIES]
        assert [event.parsed_arguments for event in done] == expected
        calls = final.choices[0].message.tool_calls
        assert [call.function.parsed_arguments for call in calls] == expected
        assert [call.id for call in calls] == [call["id"] for call in CALLS]

    def test_text_is_done_when_the_tool_begins(self, helpers: Blocking) -> None:
        events, _ = helpers.stream("text and a tool", tools=TOOLS)
        kinds = [kind for kind, _ in itertools.groupby(event.type for event in events if event.type != "chunk")]
        delta, done = "tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"
        assert kinds == ["content.delta", delta, "content.done", delta, done]

    def test_a_refusal(self, helpers: Blocking) -> None:
        events, final = helpers.stream("refuse", response_format=Weather)
        assert "".join(event.delta for event in of(events, "refusal.delta")) == "I cannot say."
        assert [event.refusal for event in of(events, "refusal.done")] == ["I cannot say."]
        assert final.choices[0].message.refusal == "I cannot say."
        assert final.choices[0].message.parsed is None

    @pytest.mark.parametrize(("text", "field"), [("plain", "content"), ("refuse", "refusal")])
    def test_probabilities_of_every_token(self, helpers: Blocking, text: str, field: str) -> None:
        events, final = helpers.stream(text, logprobs=True, top_logprobs=2)
        deltas = [token for event in of(events, f"logprobs.{field}.delta") for token in getattr(event, field)]
        (done,) = of(events, f"logprobs.{field}.done")
        assert deltas == getattr(done, field) == getattr(final.choices[0].logprobs, field)
        said = getattr(final.choices[0].message, field)
        assert b"".join(bytes(token.bytes) for token in deltas).decode() == said

    def test_usage_comes_last(self, helpers: Blocking) -> None:
        events, final = helpers.stream("plain", stream_options={"include_usage": True})
        assert events[-1].chunk.choices == []
        assert final.usage == events[-1].chunk.usage
        assert final.usage.completion_tokens == 4


class TestAnswersThatEndEarly:
    HOW: ClassVar = [
        pytest.param("structured", {"max_tokens": 5}, openai.LengthFinishReasonError, id="length"),
        pytest.param("filtered", {}, openai.ContentFilterFinishReasonError, id="content filter"),
    ]

    @pytest.mark.parametrize(
        "way", [lambda helpers: helpers.parse, lambda helpers: helpers.stream], ids=["parse", "stream"]
    )
    @pytest.mark.parametrize(("text", "parameters", "error"), HOW)
    def test_are_the_sdks_errors(
        self,
        helpers: Blocking,
        way: Callable[[Blocking], Callable[..., Any]],
        text: str,
        parameters: dict[str, Any],
        error: type[Exception],
    ) -> None:
        with pytest.raises(error):
            way(helpers)(text, response_format=Weather, **parameters)

    def test_length_tells_the_completion(self, helpers: Blocking) -> None:
        with pytest.raises(openai.LengthFinishReasonError) as caught:
            helpers.parse("structured", response_format=Weather, max_tokens=5)
        usage = caught.value.completion.usage
        assert usage is not None
        assert usage.completion_tokens == 5
