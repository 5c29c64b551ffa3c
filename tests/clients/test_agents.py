"""The OpenAI Agents SDK, which speaks Responses: handoffs, tools, guardrails and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pydantic
import pytest

from openai_mock_api import MockServer
from tests.clients.conftest import call
from tests.serving import flow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

agents = pytest.importorskip("agents", reason="make test-clients installs it")


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def called(id: str, name: str, /, **arguments: Any) -> list[dict[str, Any]]:  # noqa: A002 - the wire's own name
    """A call of a tool and whatever it answers."""
    return [
        {"role": "assistant", "tool_calls": [call(id, name, **arguments)]},
        {"role": "tool", "tool_call_id": id, "matcher": "any"},
    ]


def judged(text: dict[str, Any], *, rude: bool) -> list[dict[str, Any]]:
    """What the guard is asked and says."""
    return [{"role": "system", "content": "Guard."}, text, {"role": "assistant", "content": {"rude": rude}}]


CONFIG = {
    "api_key": "test-key",
    "responses": [
        {"id": "rude", "priority": 2, "messages": judged(said("You fool!"), rude=True)},
        {"id": "polite", "priority": 1, "messages": judged({"role": "user", "matcher": "any"}, rude=False)},
        flow("You fool!", id="insulted", content="It answers while the guard is still judging."),
        {
            "id": "spanish",
            "messages": [
                said("Hola"),
                *called("call_1", "transfer_to_spanish"),
                {"role": "assistant", "content": "Buenos días"},
            ],
        },
        {
            "id": "weather",
            "messages": [
                said("How warm is it in Paris?"),
                *called("call_2", "transfer_to_weather"),
                {"role": "assistant", "tool_calls": [call("call_3", "get_weather", city="Paris")]},
                {"role": "tool", "tool_call_id": "call_3", "content": "18 degrees in Paris"},
                {"role": "assistant", "content": "18 degrees.", "reasoning": "The tool knows."},
            ],
        },
    ],
}


class Judgement(pydantic.BaseModel):
    rude: bool


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(CONFIG, port=0) as running:
        yield running


@pytest.fixture
async def reception(mock: MockServer) -> AsyncIterator[Any]:
    """An agent that hands over to two others, and has a guard at its door."""
    agents.set_tracing_disabled(True)
    async with openai.AsyncOpenAI(base_url=mock.base_url, api_key=mock.api_key) as client:
        yield with_guard(agents.OpenAIResponsesModel("gpt-4o", client))


def with_guard(model: Any) -> Any:

    def get_weather(city: str) -> str:
        """Say how warm a city is."""
        return f"18 degrees in {city}"

    guard = agents.Agent("guard", instructions="Guard.", output_type=Judgement, model=model)

    async def politeness(context: Any, _: Any, text: Any) -> Any:
        judgement = (await agents.Runner.run(guard, text, context=context.context)).final_output
        return agents.GuardrailFunctionOutput(judgement, judgement.rude)

    return agents.Agent(
        "reception",
        instructions="Reception.",
        model=model,
        handoffs=[
            agents.Agent("spanish", model=model),
            agents.Agent("weather", model=model, tools=[agents.function_tool(get_weather)]),
        ],
        input_guardrails=[agents.input_guardrail(politeness)],
    )


async def test_a_handoff(reception: Any) -> None:
    result = await agents.Runner.run(reception, "Hola")
    assert (result.last_agent.name, result.final_output) == ("spanish", "Buenos días")


async def test_a_stream_with_a_handoff_and_a_tool(reception: Any) -> None:
    result = agents.Runner.run_streamed(reception, "How warm is it in Paris?")
    events = [event async for event in result.stream_events()]
    assert (result.last_agent.name, result.final_output) == ("weather", "18 degrees.")
    raw = [event.data for event in events if event.type == "raw_response_event"]
    assert [event.delta for event in raw if event.type == "response.output_text.delta"] == ["18", " degrees", "."]
    assert sum(event.type == "response.completed" for event in raw) == 3


async def test_a_guardrail(reception: Any) -> None:
    with pytest.raises(agents.InputGuardrailTripwireTriggered):
        await agents.Runner.run(reception, "You fool!")
