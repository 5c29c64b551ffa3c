from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.surfaces.sound.checksums import crc


@pytest.mark.parametrize(
    ("bits", "polynomial", "checksum"), [(8, 0x07, "f4"), (16, 0x8005, "fee8"), (32, 0x04C11DB7, "89a1897f")]
)
def test_published_checks(bits: int, polynomial: int, checksum: str) -> None:
    """The catalogue of CRC algorithms gives these for the nine digits."""
    assert crc(b"123456789", bits, polynomial).hex() == checksum


@given(st.binary(min_size=4))
def test_32_bits_are_those_of_zlib_in_a_mirror(data: bytes) -> None:
    """zlib takes the bits of a byte from the other end, begins with ones and ends with their complement."""
    begun = bytes(byte ^ 0xFF for byte in data[:4]) + data[4:]
    found = int.from_bytes(crc(bytes(int(f"{byte:08b}"[::-1], 2) for byte in begun), 32, 0x04C11DB7))
    assert int(f"{found:032b}"[::-1], 2) == zlib.crc32(data) ^ 0xFFFFFFFF


def test_nothing_has_the_checksum_zero() -> None:
    assert crc(b"", 16, 0x8005) == b"\0\0"
