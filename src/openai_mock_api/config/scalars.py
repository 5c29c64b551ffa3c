"""Plain scalars of YAML 1.2, by its core schema (https://yaml.org/spec/1.2.2/#103-core-schema).

``no``, ``on``, ``12:30``, ``1_000`` and dates are text. So are numbers with leading zeros, which are codes more often
than numbers.
"""

from __future__ import annotations

import re
from typing import Final

Scalar = str | int | float | bool | None

_CONSTANTS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_BASED: Final = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NUMERIC: Final = frozenset("-+.0123456789")

#: No integer of more digits fits the 64 bits that JSON libraries agree on.
_MOST_DIGITS: Final = 21

CORE: Final = "tag:yaml.org,2002:"


def resolve(text: str) -> Scalar:
    """Read a plain scalar: ``"3000"`` gives 3000, ``"no"`` gives ``"no"``, ``"~"`` gives None."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number(text) if text[0] in _NUMERIC else text


def _number(text: str) -> str | int | float:
    if _INTEGER.match(text):
        return _fitting(int(text)) if len(text) <= _MOST_DIGITS else float(text)
    if _BASED.match(text):
        return _fitting(int(text, 0)) if len(text) <= 2 * _MOST_DIGITS else text
    return float(text) if _FLOAT.match(text) else text


def _fitting(number: int) -> int | float:
    """Return a float for what exceeds 64 bits, as JavaScript does."""
    return number if is_64_bit(number) else float(number)


def is_64_bit(number: int) -> bool:
    """Whether JSON libraries can write the integer."""
    return -(2**63) <= number < 2**64


_TYPES: Final[dict[str, type]] = {"int": int, "float": float, "bool": bool, "null": type(None)}


def tagged(text: str, tag: str) -> Scalar:
    """Read a scalar with an explicit tag. Raises ``ValueError`` when the text is not of that type."""
    name = tag.removeprefix(CORE)
    if name in ("!", "str"):
        return text
    value = resolve(text)
    if type(value) is int and name == "float":
        return float(value)
    if type(value) is not _TYPES[name]:
        raise ValueError(f"{text!r} is not of the type !!{name}")
    return value
