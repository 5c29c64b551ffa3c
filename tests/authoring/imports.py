"""Short ways to import data and to ask what came of it."""

from __future__ import annotations

import json
from typing import Any

from openai_mock_api.authoring.importing import Imported, import_text
from openai_mock_api.config.load import load_text
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.app import App


def imported(data: Any, tool: str | None = None) -> Imported:
    return import_text(data if isinstance(data, str) else json.dumps(data), "source", tool)


def remarks(data: Any) -> list[str]:
    """Return path and message of what was not carried over."""
    return [f"{remark.path}: {remark.message}" for remark in imported(data).remarks]


def app_of(data: Any) -> App:
    return App(Settings.loaded(load_text(imported(data).text)))


def answer(app: App, *messages: Any, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """Ask the app; a plain text is a user's message. Return the message, or status and error."""
    said = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
    pairs = [(b"authorization", b"Bearer test-key"), *((k.encode(), v.encode()) for k, v in (headers or {}).items())]
    body = json.dumps({"model": "gpt-4o", "messages": said, **more}).encode()
    response = app.handle(Request("POST", "/v1/chat/completions", pairs, body))
    document = json.loads(response.body)
    if response.status != 200:
        return response.status, document["error"]["code"] or document["error"]["message"]
    message = document["choices"][0]["message"]
    calls = message.get("tool_calls")
    return (
        [(c["id"], c["function"]["name"], c["function"]["arguments"]) for c in calls] if calls else message["content"]
    )


def called(id_: str, name: str = "f") -> dict[str, Any]:
    """Write the assistant's message with one call."""
    call = {"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def result(id_: str, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": text}
