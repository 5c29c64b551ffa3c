"""The checks of test_conformance.py can fail."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletion

from tests.strictness import faults, remove

ANSWER = {
    "id": "chatcmpl-1",
    "created": 1,
    "model": "gpt-4o",
    "object": "chat.completion",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The answer with one field of its choice, or of itself, set to a value."""
    choice: dict[str, Any] = {**ANSWER["choices"][0]}  # type: ignore[index]
    if path.startswith("choice."):
        return {**ANSWER, "choices": [{**choice, path.removeprefix("choice."): value}]}
    return {**ANSWER, path: value}


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (ANSWER, None),
        (changed("created", "1"), "created: Input should be a valid integer, got '1'"),
        (changed("created", 1.5), "created: Input should be a valid integer, got 1.5"),
        (changed("choice.finish_reason", "done"), "choices[0].finish_reason: Input should be 'stop', 'length'"),
        (changed("choice.message", {"content": "Hi"}), "choices[0].message.role: Field required"),
        (changed("mood", "good"), "mood: unknown to the SDK"),
        (changed("choice.mood", "good"), "choices[0].mood: unknown to the SDK"),
    ],
)
def test_faults_are_named_with_their_places(document: dict[str, Any], fault: str | None) -> None:
    found = faults(ChatCompletion, document)
    assert len(found) == (fault is not None)
    assert fault is None or found[0].startswith(fault)


def test_paths_are_taken_out() -> None:
    document: dict[str, Any] = {"a": [{"b": {"c": 1, "d": 2}}, {"b": None}, {}]}
    assert remove(document, "a[].b.c") == 1
    assert document == {"a": [{"b": {"d": 2}}, {"b": None}, {}]}
    assert remove(document, "a[].b.c") == 0
    assert remove({"a": None}, "a[].b") == 0
