"""An app that is asked directly, at moments that a test chooses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openai_mock_api.clock import Clock
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.app import App
from tests.serving import flow

if TYPE_CHECKING:
    from openai_mock_api.http import Response

NOW = 1_700_000_000.0

CALL = {"id": "call_1", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}
GREETING = {
    "id": "greeting",
    "messages": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi there!"},
        {"role": "user", "content": "And now?"},
        {"role": "assistant", "content": "You said hello."},
        {"role": "user", "content": "And now?"},
        {"role": "assistant", "content": "You repeat yourself."},
    ],
}
WEATHER = {
    "id": "weather",
    "messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "reasoning": "Hm.", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "matcher": "any"},
        {"role": "assistant", "content": "Sunny."},
    ],
}
SLOW = flow("Slow", content="At last.", delay=10)
PACED = flow("Paced", content="One two three", delay=4, pacing={"tokens_per_second": 1})


class Talk:
    """One app and the way to it. Its clock stands still until it is told to move."""

    def __init__(self, **changes: Any) -> None:
        config = {"api_key": None, "responses": [GREETING, WEATHER, SLOW, PACED], **changes}
        self.clock = Clock()
        self.app = App(Settings.of(load_config(config).config), self.clock)
        self.clock.freeze(NOW)

    def send(self, method: str, path: str, document: Any = None, query: str = "") -> Response:
        body = b"" if document is None else json.dumps(document).encode()
        return self.app.handle(Request(method, f"/v1{path}", [], body, query))

    def ask(self, method: str, path: str, document: Any = None, query: str = "") -> Any:
        """Return what is answered, which is no error."""
        response = self.send(method, path, document, query)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def error(self, method: str, path: str, document: Any = None, query: str = "") -> tuple[int, str, Any, Any]:
        """Return status, message, param and code of what is answered."""
        response = self.send(method, path, document, query)
        error = json.loads(response.body)["error"]
        return response.status, error["message"], error["param"], error["code"]

    def get(self, path: str, query: str = "") -> Any:
        return self.ask("GET", path, None, query)

    def say(self, given: Any = None, **parameters: Any) -> Any:
        """Create a response."""
        return self.ask("POST", "/responses", {"model": "gpt-5", "input": given, **parameters})

    def refusal(self, given: Any = None, **parameters: Any) -> tuple[int, str, Any, Any]:
        return self.error("POST", "/responses", {"model": "gpt-5", "input": given, **parameters})

    def stream(self, given: Any, **parameters: Any) -> Response:
        return self.send("POST", "/responses", {"model": "gpt-5", "input": given, "stream": True, **parameters})


def text_of(response: Any) -> str:
    texts = [part["text"] for item in response["output"] for part in item.get("content", ())]
    return "".join(texts)


def events_of(response: Response) -> list[Any]:
    assert response.stream is not None
    lines = [frame.decode().split("\n")[1] for _, frame in response.stream.frames()]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def output(call_id: str = "call_1", text: str = "20 degrees") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": text}
