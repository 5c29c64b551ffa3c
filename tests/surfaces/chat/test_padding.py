from __future__ import annotations

import json
from typing import Any

import pytest

from openai_mock_api.script.replies import Reply
from openai_mock_api.surfaces.chat.padding import BLOCK
from tests.surfaces.rendering import chunks_of, rendered

PADDED: dict[str, Any] = {"stream": True, "stream_options": {"include_obfuscation": True}}


def said(chunk: dict[str, Any]) -> int:
    return len(json.dumps(chunk["choices"][0], separators=(",", ":"), ensure_ascii=False).encode())


def test_chunks_are_filled_up() -> None:
    chunks = chunks_of(rendered(Reply(content="One, two, three, 👩."), **PADDED, n=2))
    assert len(chunks) > 10
    assert {(said(chunk) + len(chunk["obfuscation"])) % BLOCK for chunk in chunks} == {0}
    assert [chunk["obfuscation"] for chunk in chunks] == [
        chunk["obfuscation"] for chunk in chunks_of(rendered(Reply(content="One, two, three, 👩."), **PADDED, n=2))
    ]


def test_usage_is_not() -> None:
    options = {"include_obfuscation": True, "include_usage": True}
    *chunks, usage = chunks_of(rendered(Reply(content="One"), stream=True, stream_options=options))
    assert ["obfuscation" in chunk for chunk in (*chunks, usage)] == [True] * len(chunks) + [False]
    assert {chunk["usage"] for chunk in chunks} == {None}


@pytest.mark.parametrize(
    "options",
    [{}, {"stream_options": None}, {"stream_options": {}}, {"stream_options": {"include_obfuscation": False}}],
)
def test_nobody_else_gets_letters(options: dict[str, Any]) -> None:
    reply = Reply(content="One")
    assert "obfuscation" in chunks_of(rendered(reply, **PADDED))[0]
    assert not any("obfuscation" in chunk for chunk in chunks_of(rendered(reply, stream=True, **options)))
