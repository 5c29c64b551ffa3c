from __future__ import annotations

import base64

import pytest

from openai_mock_api.script.replies import Reply
from openai_mock_api.script.speech import Speech, speak
from openai_mock_api.surfaces.chat import audio as chat_audio
from tests.script.making import call


def said(content: str | None, audio: str | None = None) -> Speech:
    return speak(Reply(content=content, refusal=None if content is not None else "No", audio=audio), call("Hi"))


@pytest.mark.parametrize("format", ["wav", "mp3", "flac", "opus", "aac", "pcm16"])
def test_sound_is_base64(format: str) -> None:  # noqa: A002
    assert base64.b64decode(chat_audio.data(said("Hi"), format), validate=True)
    assert chat_audio.data(said("Hi", "AAAA"), format) == "AAAA"


def test_parts_are_whole_groups() -> None:
    text = base64.b64encode(bytes(30_001)).decode()
    parts = chat_audio.parts(text)
    assert "".join(parts) == text
    assert [len(part) % 4 for part in parts] == [0] * 4
    assert chat_audio.parts("") == []


def test_marks_become_ids_and_an_expiry() -> None:
    choice = b'{"id":%b,"expires_at":%b}' % (bytes(chat_audio.ID), bytes(chat_audio.EXPIRY))
    rendered = b"".join(chat_audio.placed(choice, index) for index in (0, 1, 0))
    first, second, third = chat_audio.filled(rendered, b"token", 1000.7).split(b"}")[:3]
    assert first == third != second
    assert first.endswith(b'"expires_at":4600')
    assert chat_audio.filled(rendered, b"other", 1000) != chat_audio.filled(rendered, b"token", 1000)
    assert chat_audio.filled(rendered, b"token", 1000) == chat_audio.filled(rendered, b"token", 1000)
