from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.http import Request
from tests.serving import KEY, app_of, chat, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.serving import Answer, Served

    Connect = Callable[..., openai.AzureOpenAI]

VERSION = "2024-10-21"
TARGET = f"/openai/deployments/gpt-4o/chat/completions?api-version={VERSION}"
WEATHER = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}
TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
KEYED = f"api-key: {KEY}"

CONFIG: dict[str, Any] = {
    "responses": [
        flow("Hello", content="Hi there!"),
        flow("bad", error="content_filter", content_filter={"violence": "medium"}),
        flow("limit", error="rate_limit"),
        flow("worse", content="…", finish_reason="content_filter", content_filter={"hate": "high"}),
        {"id": "deployed", "when": {"model": "gpt-4*"}, "messages": flow("which?", content="a four")["messages"]},
        {
            "id": "loop",
            "messages": [
                {"role": "user", "content": "weather"},
                {"role": "assistant", "tool_calls": [WEATHER]},
                {"role": "tool", "tool_call_id": "call_1", "matcher": "any"},
                {"role": "assistant", "content": "It is sunny."},
            ],
        },
    ]
}


@pytest.fixture(scope="module")
def azure() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


@pytest.fixture
def client(azure: Served) -> Iterator[Connect]:
    """Makes clients that are closed with the test."""
    with ExitStack() as stack:

        def connect(**options: Any) -> openai.AzureOpenAI:
            if "azure_ad_token" not in options:
                options["api_key"] = KEY
            options = {"azure_endpoint": azure.url, "api_version": VERSION, "max_retries": 0, **options}
            return stack.enter_context(openai.AzureOpenAI(**{"_strict_response_validation": True, **options}))

        yield connect


def ask(served: Served, target: str, *lines: str, body: Any = None) -> Answer:
    with served.wire() as wire:
        return wire.ask(post(chat("Hello") if body is None else body, *lines, target=target, key=None))


# -- the SDK


@pytest.mark.parametrize("deployment", [None, "gpt-4o"])
def test_a_completion(client: Connect, deployment: str | None) -> None:
    answer = client(azure_deployment=deployment).chat.completions.create(**chat("Hello"))
    assert (answer.choices[0].message.content, answer.model) == ("Hi there!", "gpt-4o")
    said: Any = answer.to_dict()
    assert said["prompt_filter_results"][0]["prompt_index"] == 0
    assert said["choices"][0]["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}


def test_a_stream(client: Connect) -> None:
    first, *chunks = client().chat.completions.create(**chat("Hello"), stream=True)
    found: Any = first.to_dict()
    assert (found["choices"], len(found["prompt_filter_results"])) == ([], 1)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hi there!"
    results: list[Any] = [chunk.to_dict()["choices"][0] for chunk in chunks]
    assert [bool(choice["content_filter_results"]) for choice in results] == [False, True, True, True, False]


def test_the_sdk_adds_a_stream_up(client: Connect) -> None:
    with client().chat.completions.stream(**chat("Hello")) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Hi there!"


def test_a_tool_loop(client: Connect) -> None:
    create = client(azure_deployment="gpt-4o").chat.completions.create
    asked = chat("weather", tools=[TOOL])
    call = create(**asked).choices[0].message
    assert call.tool_calls is not None
    result = {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "18 degrees"}
    asked["messages"] += [call.to_dict(), result]
    assert create(**asked).choices[0].message.content == "It is sunny."


def test_a_text_completion(client: Connect) -> None:
    answer = client().completions.create(model="gpt-35-turbo-instruct", prompt=["Hello", "Hello"])
    assert [choice.text for choice in answer.choices] == ["Hi there!"] * 2
    said: Any = answer.to_dict()
    assert [entry["prompt_index"] for entry in said["prompt_filter_results"]] == [0, 1]
    assert "violence" in said["choices"][1]["content_filter_results"]


def test_a_stream_of_text(client: Connect) -> None:
    # Choices that have not ended are unknown to the SDK's model of text completions: hence not strict.
    mild = client(_strict_response_validation=False)
    first, *chunks = mild.completions.create(model="gpt-35-turbo-instruct", prompt="Hello", stream=True)
    assert first.choices == []
    assert "prompt_filter_results" in first.to_dict()
    assert "".join(chunk.choices[0].text for chunk in chunks) == "Hi there!"


async def test_the_async_client(azure: Served) -> None:
    async with openai.AsyncAzureOpenAI(azure_endpoint=azure.url, api_version=VERSION, api_key=KEY) as aclient:
        answer = await aclient.chat.completions.create(**chat("Hello"))
        assert answer.choices[0].message.content == "Hi there!"
        stream = await aclient.chat.completions.create(**chat("Hello"), stream=True)
        pieces = [choice.delta.content or "" async for chunk in stream for choice in chunk.choices]
        assert "".join(pieces) == "Hi there!"


def test_the_models_of_the_resource(client: Connect) -> None:
    assert client(azure_deployment="gpt-4o").models.retrieve("gpt-4o").id == "gpt-4o"
    assert len(client().models.list().data) > 5


def test_a_token_of_a_directory(client: Connect) -> None:
    assert client(azure_ad_token=KEY).chat.completions.create(**chat("Hello")).choices
    with pytest.raises(openai.AuthenticationError, match="Access denied due to invalid subscription key"):
        client(azure_ad_token="another").chat.completions.create(**chat("Hello"))


def test_the_newer_form(azure: Served) -> None:
    with azure.client(base_url=f"{azure.url}/openai/v1") as newer:
        answer = newer.chat.completions.create(**chat("Hello"))
        assert "prompt_filter_results" in answer.to_dict()
        assert newer.models.list().data


# -- keys, versions, paths


@pytest.mark.parametrize("line", [KEYED, f"authorization: Bearer {KEY}", f"authorization: bearer  {KEY}"])
def test_accepted_keys(azure: Served, line: str) -> None:
    assert ask(azure, TARGET, line).status == 200


@pytest.mark.parametrize("lines", [[], ["api-key: wrong"], ["authorization: Basic dGVzdA=="], [f"x-api-key: {KEY}"]])
def test_refused_keys(azure: Served, lines: list[str]) -> None:
    answer = ask(azure, TARGET, *lines)
    assert (answer.status, answer.json["error"]["code"]) == (401, "401")
    assert list(answer.json["error"]) == ["code", "message"]


def test_any_key_will_do_when_none_is_asked_for() -> None:
    app = app_of({**CONFIG, "api_key": None})
    path, query = TARGET.split("?")
    body = json.dumps(chat("Hello")).encode()
    assert app.handle(Request("POST", path, [], body, query)).status == 200


@pytest.mark.parametrize(
    "target",
    [
        TARGET.partition("?")[0],
        TARGET.replace("api-version", "version"),
        TARGET.replace(VERSION, ""),
        "/openai/chat/completions?api-version=1",
        "/openai/deployments/gpt-4o/models?api-version=1",
        "/openai/deployments/gpt-4o/nothing?api-version=1",
        "/openai/deployments/gpt-4o?api-version=1",
        "/openai/v1/nothing",
        "/openai/",
    ],
)
def test_there_is_no_such_resource(azure: Served, target: str) -> None:
    answer = ask(azure, target, KEYED)
    assert (answer.status, answer.json) == (404, {"error": {"code": "404", "message": "Resource not found"}})


def test_another_method(azure: Served) -> None:
    with azure.wire() as wire:
        answer = wire.ask(head("DELETE", f"/openai/models?api-version={VERSION}", KEYED))
    assert (answer.status, answer.error["code"]) == (405, "method_not_supported")


def test_a_slash_at_the_end(azure: Served) -> None:
    assert ask(azure, TARGET.replace("?", "/?"), KEYED).status == 200


# -- deployments


@pytest.mark.parametrize("model", [{}, {"model": "anything"}, {"model": None}])
def test_the_deployment_is_the_model(azure: Served, model: dict[str, Any]) -> None:
    body = {"messages": [{"role": "user", "content": "which?"}], **model}
    answer = ask(azure, TARGET, KEYED, body=body)
    assert (answer.json["model"], answer.json["choices"][0]["message"]["content"]) == ("gpt-4o", "a four")


def test_the_journal_keeps_what_was_sent(azure: Served) -> None:
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    ask(azure, TARGET, KEYED, body=body)
    exchange = azure.app.journal.exchanges()[-1]
    assert exchange.json == body
    assert (exchange.path, exchange.matched) == ("/openai/deployments/gpt-4o/chat/completions", "Hello")
    assert exchange.headers["api-key"] == "********"


def test_deployments_may_have_names_of_their_own(client: Connect) -> None:
    with serving({**CONFIG, "azure": {"deployments": {"mine": "gpt-4.1"}}}) as served:
        answer = client(azure_endpoint=served.url).chat.completions.create(**chat("which?", model="mine"))
        assert (answer.model, answer.choices[0].message.content) == ("gpt-4.1", "a four")
        newer = ask(served, "/openai/v1/chat/completions", KEYED, body=chat("which?", model="mine"))
        assert newer.json["model"] == "gpt-4.1"
        with pytest.raises(openai.NotFoundError, match="The API deployment for this resource does not exist") as caught:
            client(azure_endpoint=served.url).chat.completions.create(**chat("which?", model="gpt-4.1"))
        assert caught.value.code == "DeploymentNotFound"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_a_body_that_is_no_object(azure: Served, body: bytes) -> None:
    answer = ask(azure, TARGET, KEYED, body=body)
    assert (answer.status, answer.error["message"][:31]) == (400, "We could not parse the JSON bod")


def test_the_newer_form_needs_a_model(azure: Served) -> None:
    answer = ask(azure, "/openai/v1/chat/completions", KEYED, body={"messages": []})
    assert answer.error["message"] == "you must provide a model parameter"


# -- errors and the content filter


def test_a_refused_prompt(client: Connect) -> None:
    with pytest.raises(openai.BadRequestError, match="content management policy") as caught:
        client().chat.completions.create(**chat("bad"))
    assert caught.value.code == "content_filter"
    assert isinstance(caught.value.body, dict)
    result = caught.value.body["innererror"]["content_filter_result"]
    assert result["violence"] == {"filtered": True, "severity": "medium"}
    assert caught.value.response.headers["x-mock-response"] == "bad"


def test_a_filtered_answer(client: Connect) -> None:
    [choice] = client().chat.completions.create(**chat("worse")).choices
    said: Any = choice.to_dict()
    assert choice.finish_reason == "content_filter"
    assert said["content_filter_results"]["hate"] == {"filtered": True, "severity": "high"}


def test_other_errors_are_as_everywhere(client: Connect) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        client().chat.completions.create(**chat("limit"))
    assert caught.value.code == "rate_limit_exceeded"
    with pytest.raises(openai.BadRequestError) as missed:
        client().chat.completions.create(**chat("What?"))
    assert missed.value.code == "no_match"


def test_openai_has_no_results_of_a_filter(azure: Served) -> None:
    with azure.client() as plain:
        answer = plain.chat.completions.create(**chat("worse"))
        assert "content_filter_results" not in answer.choices[0].to_dict()
        with pytest.raises(openai.BadRequestError) as caught:
            plain.chat.completions.create(**chat("bad"))
    assert caught.value.code == "content_policy_violation"


def test_an_answer_that_is_remembered_keeps_the_results() -> None:
    with serving(CONFIG, "fast") as azure, azure.wire() as wire:
        request = post(chat("Hello"), KEYED, target=TARGET, key=None)
        wire.ask(request)
        wire.ask(request)  # its head is known by now
        assert azure.app.recall(request) is not None
        assert "prompt_filter_results" in wire.ask(request).json
