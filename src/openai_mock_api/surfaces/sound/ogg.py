"""Silence as Opus in Ogg (source: RFC 3533, RFC 6716 and RFC 7845)."""

from __future__ import annotations

import struct
from typing import Final

from openai_mock_api.surfaces.sound.checksums import crc

#: 20 ms of one channel, full band: the encoder's own way to say nothing.
_PACKET: Final = b"\xf8\xff\xfe"
_SAMPLES: Final = 960
_A_PAGE: Final = 50

_HEAD: Final = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 24_000, 0, 0)
_TAGS: Final = b"OpusTags" + struct.pack("<I", 4) + b"mock" + struct.pack("<I", 0)

_FIRST: Final = 2
_LAST: Final = 4


def opus(samples: int) -> bytes:
    """Return so much silence, counted at 48,000 samples a second and rounded up to packets of 20 ms."""
    packets = max(1, -(-samples // _SAMPLES))
    pages = [_page(0, 0, _FIRST, [_HEAD]), _page(1, 0, 0, [_TAGS])]
    for begun in range(0, packets, _A_PAGE):
        done = min(begun + _A_PAGE, packets)
        kind = _LAST if done == packets else 0
        pages.append(_page(len(pages), done * _SAMPLES, kind, [_PACKET] * (done - begun)))
    return b"".join(pages)


def _page(number: int, position: int, kind: int, packets: list[bytes]) -> bytes:
    """Write a page: header, sizes of its packets (each below 255 bytes), packets. The checksum counts itself as 0."""
    sizes = bytes(map(len, packets))
    head = struct.pack("<4sBBQII", b"OggS", 0, kind, position, 1, number)
    rest = bytes([len(sizes)]) + sizes + b"".join(packets)
    checksum = crc(head + bytes(4) + rest, 32, 0x04C11DB7)
    return head + checksum[::-1] + rest
