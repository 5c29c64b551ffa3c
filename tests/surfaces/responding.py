"""Replies as responses and their events, without a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import openai

from openai_mock_api.clock import Clock
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.surfaces.responses.surface import Responses
from tests.serving import KEY

if TYPE_CHECKING:
    from openai_mock_api.http import Response
    from openai_mock_api.script.replies import Reply

SURFACE = Responses()
NOW = 1_700_000_000.0


def call_of(**parameters: Any) -> Call:
    """Build the call of a request that says ``Hi``."""
    asked = {"model": "gpt-4o", "input": "Hi", **parameters}
    probable = "message.output_text.logprobs" in (asked.get("include") or ())
    return Call(
        "responses",
        asked["model"],
        [Message("user", asked["input"])],
        stream=bool(asked.get("stream")),
        max_tokens=asked.get("max_output_tokens"),
        logprobs=asked.get("top_logprobs", 0) if probable else None,
        parameters=asked,
        background=bool(asked.get("background")),
    )


def clock() -> Clock:
    """Return a clock that always gives the same ids and stands still."""
    clock = Clock(seed=1)
    clock.freeze(NOW)
    return clock


def rendered(reply: Reply, **parameters: Any) -> Response:
    return SURFACE.render(call_of(**parameters), reply).response(clock())


def whole(reply: Reply, **parameters: Any) -> Any:
    """Answer in one body."""
    return json.loads(rendered(reply, **parameters).body)


def events(reply: Reply, **parameters: Any) -> list[Any]:
    """Answer as a stream, whose events are framed as they should be."""
    return events_of(rendered(reply, stream=True, **parameters))


def events_of(response: Response) -> list[Any]:
    assert response.stream is not None
    found = []
    for number, (_, frame) in enumerate(response.stream.frames()):
        name, data = frame.decode().removesuffix("\n\n").split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        assert event["sequence_number"] == number
        found.append(event)
    assert b"".join(frame for _, frame in response.stream.frames()) == response.stream.whole()
    return found


def types(found: list[Any]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in found]


def output(reply: Reply, **parameters: Any) -> list[Any]:
    """Return the items of a response without their ids, which must differ."""
    items: list[Any] = whole(reply, **parameters)["output"]
    assert len({item["id"] for item in items}) == len(items)
    return [{key: value for key, value in item.items() if key != "id"} for item in items]


def client(reply: Reply) -> openai.OpenAI:
    """Return an SDK in strict validation, whose every request gets one reply."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        response = rendered(reply, **json.loads(request.read()))
        body = response.body if response.stream is None else response.stream.whole()
        headers = [(name.decode(), value.decode()) for name, value in response.headers()]
        return httpx2.Response(response.status, headers=headers, content=body)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return openai.OpenAI(api_key=KEY, base_url="http://mock/v1", http_client=http, _strict_response_validation=True)
