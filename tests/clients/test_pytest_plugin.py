"""One test of three applications: by the SDK itself, by LangChain, by OpenAI's Agents SDK. None knows of the test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api import assistant, contains, json_, tool, tool_call, user

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api import Mock

REASON = "make test-clients installs it"


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return json.dumps({"city": city, "degrees": 18})


def by_sdk(question: str) -> Any:
    messages: list[Any] = [{"role": "user", "content": question}]
    tools: Any = [{"type": "function", "function": {"name": "get_weather"}}]
    with openai.OpenAI() as client:
        while True:
            said = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools).choices[0].message
            if not said.tool_calls:
                return said.content
            messages.append(said)
            for call in said.tool_calls:
                assert call.type == "function"
                result = get_weather(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def by_langchain(question: str) -> Any:
    openai_models = pytest.importorskip("langchain_openai", reason=REASON)
    core = pytest.importorskip("langchain_core.messages", reason=REASON)
    weather = pytest.importorskip("langchain_core.tools", reason=REASON).tool(get_weather)
    model = openai_models.ChatOpenAI(model="gpt-4o").bind_tools([weather])
    messages = [core.HumanMessage(question)]
    while True:
        said = model.invoke(messages)
        if not said.tool_calls:
            return said.content
        messages.append(said)
        messages += [
            core.ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]) for call in said.tool_calls
        ]


def by_agents(question: str) -> Any:
    agents = pytest.importorskip("agents", reason=REASON)
    agent = agents.Agent(name="Weather", model="gpt-4o", tools=[agents.function_tool(get_weather)])
    return agents.Runner.run_sync(agent, question).final_output


@pytest.mark.parametrize("answer", [by_sdk, by_langchain, by_agents])
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_weather_is_looked_up(openai_mock: Mock, answer: Callable[[str], Any], time: str) -> None:
    openai_mock.script(
        user(contains("weather")),
        assistant(tool_call("get_weather", city="Paris")),
        tool(json_({"degrees": 18})),
        assistant("It is 18 degrees in Paris."),
    )
    assert answer("How is the weather in Paris?") == "It is 18 degrees in Paris."
    openai_mock.assert_requested(tools=["get_weather"], times=2)
    openai_mock.assert_all_used(turns=True)
