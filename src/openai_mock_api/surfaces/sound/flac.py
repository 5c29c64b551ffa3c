"""Silence as FLAC (source: RFC 9639): one block of stream information, then frames that hold a constant."""

from __future__ import annotations

from typing import Final

from openai_mock_api.surfaces.sound.checksums import crc

_BLOCK: Final = 4096

#: The numbers that a frame's header has for rates.
_RATES: Final = {8_000: 4, 16_000: 5, 24_000: 7, 32_000: 8, 44_100: 9, 48_000: 10}


def flac(samples: int, rate: int) -> bytes:
    """Return silence of one channel and 16 bits. Its length is rounded up to whole blocks of 4096 samples."""
    blocks = max(1, -(-samples // _BLOCK))
    frames = b"".join(_frame(number, rate) for number in range(blocks))
    return b"fLaC" + _information(blocks * _BLOCK, rate) + frames


def _information(samples: int, rate: int) -> bytes:
    """Write STREAMINFO, the last block before the frames. Frame sizes and digest are 0: not known."""
    sizes = _BLOCK.to_bytes(2) * 2 + bytes(6)
    stream = rate << 44 | 15 << 36 | samples
    content = sizes + stream.to_bytes(8) + bytes(16)
    return b"\x80" + len(content).to_bytes(3) + content


def _frame(number: int, rate: int) -> bytes:
    """Write a frame: its header, a subframe that is the constant 0, and two checksums."""
    head = bytes([0xFF, 0xF8, 0xC0 | _RATES[rate], 0x08]) + _coded(number)
    head += crc(head, 8, 0x07)
    body = head + bytes(3)
    return body + crc(body, 16, 0x8005)


def _coded(number: int) -> bytes:
    """Write a number as UTF-8 writes a code point, which is how frames are numbered."""
    return chr(number).encode()
