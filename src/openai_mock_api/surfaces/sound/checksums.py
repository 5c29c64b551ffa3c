"""Cyclic redundancy checks, as containers of sound want them: most significant bit first, beginning with 0."""

from __future__ import annotations

from functools import cache


def crc(data: bytes, bits: int, polynomial: int) -> bytes:
    """Return the checksum of ``data``, in big-endian order. ``bits`` is 8, 16 or 32."""
    table, mask, value = _table(bits, polynomial), (1 << bits) - 1, 0
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> (bits - 8) ^ byte]
    return value.to_bytes(bits // 8)


@cache
def _table(bits: int, polynomial: int) -> tuple[int, ...]:
    return tuple(_remainder(byte << (bits - 8), bits, polynomial) for byte in range(256))


def _remainder(value: int, bits: int, polynomial: int) -> int:
    for _ in range(8):
        overflow = value >> (bits - 1)
        value = (value << 1 & (1 << bits) - 1) ^ (polynomial if overflow else 0)
    return value
