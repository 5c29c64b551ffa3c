from __future__ import annotations

import pytest

from openai_mock_api.surfaces.sound.checksums import crc
from openai_mock_api.surfaces.sound.flac import flac

RATES = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000]


@pytest.mark.parametrize("rate", RATES)
def test_the_stream_is_described(rate: int) -> None:
    """Source: RFC 9639, section 8.2."""
    data = flac(10_000, rate)
    assert data[:4] == b"fLaC"
    assert data[4:8] == b"\x80\x00\x00\x22"
    information = data[8 : 8 + 34]
    assert information[:4] == (4096).to_bytes(2) * 2
    packed = int.from_bytes(information[10:18])
    assert (packed >> 44, packed >> 41 & 7, packed >> 36 & 31) == (rate, 0, 15)
    assert packed & (1 << 36) - 1 == 3 * 4096


@pytest.mark.parametrize("samples", [0, 1, 4096, 4097, 2100 * 4096])
def test_frames_are_whole_and_numbered(samples: int) -> None:
    """Source: RFC 9639, section 9: header with a checksum of its own, one constant subframe, checksum of all."""
    data = flac(samples, 24_000)[42:]
    number = 0
    while data:
        assert data[:4] == b"\xff\xf8\xc7\x08"
        coded = chr(number).encode()
        head = data[: 4 + len(coded)]
        assert head[4:] == coded
        rest = data[len(head) :]
        assert rest[:4] == crc(head, 8, 0x07) + bytes(3)
        end = len(head) + 4
        assert data[end : end + 2] == crc(data[:end], 16, 0x8005)
        data = data[end + 2 :]
        number += 1
    assert number == max(1, -(-samples // 4096))
