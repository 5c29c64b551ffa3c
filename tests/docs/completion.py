"""Fragments of configurations, completed so that they can be loaded."""

from __future__ import annotations

from typing import Any, Final

from openai_mock_api.config.model import AssistantTurn, MockConfig, MockResponse
from openai_mock_api.config.reading import read
from openai_mock_api.config.shapes import fields_of

ASKED: Final = {"role": "user", "content": "Hello"}
ANSWERED: Final = {"role": "assistant", "content": "Hi"}


def completed(text: str) -> dict[str, Any]:
    """Complete a fragment: a list of responses or of messages, or some keys of a turn, a response or the top level."""
    fragment = read(text).data
    if isinstance(fragment, list):
        return _responses(fragment) if "messages" in fragment[0] else _messages(fragment)
    keys = fragment.keys()
    if keys <= fields_of(AssistantTurn).keys() | {"sequence", "then"}:
        return _messages([ASKED, {"role": "assistant", **fragment}])
    if keys <= fields_of(MockResponse).keys():
        return _responses([{"id": "example", "messages": [ASKED, ANSWERED], **fragment}])
    assert keys <= {*fields_of(MockConfig), "apiKey"}, f"neither a turn, a response nor a configuration: {set(keys)}"
    return {**_messages([ASKED, ANSWERED]), **fragment}


def _responses(responses: list[Any]) -> dict[str, Any]:
    return {"responses": responses}


def _messages(messages: list[Any]) -> dict[str, Any]:
    if all(message["role"] != "assistant" for message in messages):
        messages = [*messages, ANSWERED]
    return _responses([{"id": "example", "messages": messages}])
