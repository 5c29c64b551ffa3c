from __future__ import annotations

import struct
from typing import NamedTuple

import pytest

from openai_mock_api.surfaces.sound.checksums import crc
from openai_mock_api.surfaces.sound.ogg import opus


class Page(NamedTuple):
    kind: int
    position: int
    serial: int
    number: int
    packets: list[bytes]


def pages(data: bytes) -> list[Page]:
    """Read pages, and check each against its checksum (source: RFC 3533, section 6)."""
    found = []
    while data:
        magic, version, kind, position, serial, number, checksum, segments = struct.unpack("<4sBBQIIIB", data[:27])
        assert (magic, version) == (b"OggS", 0)
        sizes = data[27 : 27 + segments]
        end = 27 + segments + sum(sizes)
        assert crc(data[:22] + bytes(4) + data[26:end], 32, 0x04C11DB7) == checksum.to_bytes(4)
        packets, place = [], 27 + segments
        for size in sizes:
            packets.append(data[place : place + size])
            place += size
        found.append(Page(kind, position, serial, number, packets))
        data = data[end:]
    return found


def test_two_pages_describe_the_stream() -> None:
    """Source: RFC 7845, section 5."""
    head, tags, *_ = pages(opus(48_000))
    assert (head.kind, tags.kind) == (2, 0)
    assert struct.unpack("<8sBBHIhB", head.packets[0]) == (b"OpusHead", 1, 1, 0, 24_000, 0, 0)
    assert tags.packets[0].startswith(b"OpusTags")


@pytest.mark.parametrize("samples", [0, 1, 960, 961, 48_000, 48_001, 100_000])
def test_pages_of_sound(samples: int) -> None:
    found = pages(opus(samples))
    assert [page.number for page in found] == list(range(len(found)))
    assert len({page.serial for page in found}) == 1
    sound = found[2:]
    assert [page.kind for page in sound] == [0] * (len(sound) - 1) + [4]
    packets = max(1, -(-samples // 960))
    assert sum(len(page.packets) for page in sound) == packets
    assert sound[-1].position == packets * 960
    assert {packet for page in sound for packet in page.packets} == {b"\xf8\xff\xfe"}
