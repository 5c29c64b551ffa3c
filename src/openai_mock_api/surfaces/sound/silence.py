"""Silence, as files of every format that the API speaks in.

What matters to a client is that its decoder takes the bytes and that they last as long as the words would. All of it is
one channel of 24,000 samples a second, as from the real API.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from openai_mock_api.surfaces.sound.flac import flac
from openai_mock_api.surfaces.sound.ogg import opus

if TYPE_CHECKING:
    from collections.abc import Callable

RATE: Final = 24_000
_SAMPLE: Final = 2


def sound(format: str, seconds: float) -> bytes:  # noqa: A002 - the API's own name
    """Return so much silence as ``wav``, ``mp3``, ``aac``, ``flac``, ``opus`` or ``pcm16``; ``wav`` for other names.

    Formats that are made of frames have one at least.
    """
    return _FORMATS.get(format, _wav)(round(seconds * RATE))


def _pcm16(samples: int) -> bytes:
    return bytes(_SAMPLE * samples)


def _wav(samples: int) -> bytes:
    """Write the RIFF header, and samples of 16 bits."""
    size = _SAMPLE * samples
    head = struct.pack("<HHIIHH", 1, 1, RATE, _SAMPLE * RATE, _SAMPLE, 8 * _SAMPLE)
    return b"RIFF%bWAVEfmt %b%bdata%b%b" % (_long(36 + size), _long(len(head)), head, _long(size), bytes(size))


def _long(number: int) -> bytes:
    return struct.pack("<I", number)


def _mp3(samples: int) -> bytes:
    """Write frames of MPEG-2 layer III at 32 kbit/s. Zeros behind the header are side information of no content."""
    frame = bytes([0xFF, 0xF3, 0x44, 0xC4]).ljust(72 * 32_000 // RATE, b"\0")
    return frame * max(1, -(-samples // 576))


def _aac(samples: int) -> bytes:
    """Write ADTS frames of AAC-LC. Each holds one channel without a single band, and the mark of the end."""
    content = bytes([0, 0, 0, 7])
    size = 7 + len(content)
    # Sync, MPEG-4, no checksum; AAC-LC, rate number 6, one channel; then the size in 13 bits and a full buffer.
    head = 0xFFF1 << 40 | 1 << 38 | 6 << 34 | 1 << 30 | size << 13 | 0x7FF << 2
    return (head.to_bytes(7) + content) * max(1, -(-samples // 1024))


_FORMATS: Final[dict[str, Callable[[int], bytes]]] = {
    "aac": _aac,
    "flac": lambda samples: flac(samples, RATE),
    "mp3": _mp3,
    "opus": lambda samples: opus(samples * 2),
    "pcm16": _pcm16,
    "wav": _wav,
}
