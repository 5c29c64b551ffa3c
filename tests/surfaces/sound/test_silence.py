from __future__ import annotations

import io
import math
import wave

import pytest

from openai_mock_api.surfaces.sound.silence import RATE, sound

LENGTHS = [0.05, 1.0, 2.5, 61.0]
FRAMED = ["mp3", "aac", "flac", "opus"]


@pytest.mark.parametrize("seconds", LENGTHS)
def test_wav_is_read_by_the_standard_library(seconds: float) -> None:
    with wave.open(io.BytesIO(sound("wav", seconds))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == round(seconds * RATE)
        assert not any(file.readframes(file.getnframes()))


def test_pcm16_is_what_a_wav_file_holds() -> None:
    with wave.open(io.BytesIO(sound("wav", 1.5))) as file:
        assert sound("pcm16", 1.5) == file.readframes(file.getnframes())


@pytest.mark.parametrize("seconds", LENGTHS)
def test_mp3_is_a_row_of_whole_frames(seconds: float) -> None:
    """Source: ISO/IEC 13818-3: sync, MPEG-2, layer III, no checksum; 32 kbit/s, 24 kHz; one channel."""
    data = sound("mp3", seconds)
    frames = 0
    while data:
        head = int.from_bytes(data[:4])
        assert head >> 21 == 0x7FF
        assert (head >> 19 & 3, head >> 17 & 3, head >> 16 & 1) == (2, 1, 1)
        assert (head >> 12 & 15, head >> 10 & 3, head >> 6 & 3) == (4, 1, 3)
        size = 72 * 32_000 // 24_000
        assert not any(data[4:size])
        data = data[size:]
        frames += 1
    assert frames == math.ceil(round(seconds * RATE) / 576)


@pytest.mark.parametrize("seconds", LENGTHS)
def test_aac_is_a_row_of_whole_frames(seconds: float) -> None:
    """Source: ISO/IEC 13818-7, ADTS: sync, no checksum; AAC-LC, 24 kHz, one channel; the size of each frame."""
    data = sound("aac", seconds)
    frames = 0
    while data:
        head = int.from_bytes(data[:7])
        assert head >> 40 == 0xFFF1
        assert (head >> 38 & 3, head >> 34 & 15, head >> 30 & 7) == (1, 6, 1)
        size = head >> 13 & 0x1FFF
        assert (head >> 2 & 0x7FF, head & 3) == (0x7FF, 0)
        assert len(data) >= size > 7
        data = data[size:]
        frames += 1
    assert frames == math.ceil(round(seconds * RATE) / 1024)


@pytest.mark.parametrize(("format", "magic"), [("flac", b"fLaC"), ("opus", b"OggS"), ("wav", b"RIFF")])
def test_containers_begin_with_their_names(format: str, magic: bytes) -> None:  # noqa: A002
    assert sound(format, 1).startswith(magic)


def test_a_format_of_tomorrow_is_wav() -> None:
    assert sound("ape", 1) == sound("wav", 1)


def test_a_second_has_one_length_in_every_format() -> None:
    assert len(sound("pcm16", 1)) == 2 * RATE
    assert sound("opus", 1).count(b"\xf8\xff\xfe") == 50


@pytest.mark.parametrize("format", FRAMED)
def test_what_is_made_of_frames_has_one_at_least(format: str) -> None:  # noqa: A002
    assert sound(format, 0) == sound(format, 0.01)
