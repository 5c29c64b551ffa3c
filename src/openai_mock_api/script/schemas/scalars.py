"""Texts and numbers within the limits that a JSON Schema sets, the plainest first."""

from __future__ import annotations

import math
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.lazy import Lazy
from openai_mock_api.script.schemas import patterns

if TYPE_CHECKING:
    import fractions
    from collections.abc import Iterator
    from fractions import Fraction
else:
    fractions = Lazy("fractions")

#: Most values of one schema.
MOST: Final = 200

#: Values of the formats that JSON Schema names, and what may be put before and behind one to make it longer.
_FORMATS: Final = {
    "date-time": ("", "2025-01-01T00:00:00Z", ""),
    "date": ("", "2025-01-01", ""),
    "time": ("", "00:00:00Z", ""),
    "duration": ("", "P1D", ""),
    "email": ("u", "user@example.com", ""),
    "idn-email": ("u", "user@example.com", ""),
    "hostname": ("w", "example.com", ""),
    "idn-hostname": ("w", "example.com", ""),
    "ipv4": ("", "192.0.2.1", ""),
    "ipv6": ("", "2001:db8::1", ""),
    "uuid": ("", "00000000-0000-4000-8000-000000000000", ""),
    "uri": ("", "https://example.com/", "p"),
    "uri-reference": ("", "/path", "h"),
    "iri": ("", "https://example.com/", "p"),
    "iri-reference": ("", "/path", "h"),
    "uri-template": ("", "https://example.com/{id}", "p"),
    "json-pointer": ("", "/path", "h"),
    "relative-json-pointer": ("", "0", ""),
    "regex": ("", ".*", "."),
}

#: What tells values of a format apart where they must differ: this digit or letter is counted on.
_VARIED: Final = {
    "date-time": "2025-01-01T00:{:02d}:00Z",
    "date": "{}-01-01",
    "duration": "P{}D",
    "email": "user{}@example.com",
    "hostname": "host{}.example.com",
    "ipv4": "192.0.2.{}",
    "uri": "https://example.com/{}",
    "uuid": "00000000-0000-4000-8000-{:012d}",
}


def texts(schema: dict[str, Any], name: str) -> Iterator[str]:
    """Yield texts: of the format, of the pattern, else ``name``, as long as they must and as short as they may be."""
    least = whole(schema, "minLength", 0)
    most = whole(schema, "maxLength", patterns.LONGEST)
    if least > patterns.LONGEST:
        return
    yield from _of_format(schema.get("format"), least)
    if isinstance(schema.get("pattern"), str):
        yield from islice(patterns.texts(schema["pattern"], least), MOST)
    yield from (_fitted(name, number, least, most) for number in range(1, MOST))


def whole(schema: dict[str, Any], key: str, default: int) -> int:
    """Return a limit on a length, or ``default`` where there is none."""
    value = schema.get(key)
    return default if isinstance(value, bool) or not isinstance(value, int | float) else int(value)


def _of_format(name: Any, least: int) -> Iterator[str]:
    if name in _FORMATS:
        before, plain, behind = _FORMATS[name]
        missing = least - len(plain)
        yield before * missing + plain if before else plain + behind * missing
    if name in _VARIED:
        yield from (_VARIED[name].format(number) for number in chain(range(1, 60), range(2026, 2026 + MOST)))


def _fitted(name: str, number: int, least: int, most: int) -> str:
    """Write ``name``, counted from the second on, repeated until it is long enough."""
    end = "" if number == 1 else f" {number}"
    length = max(least, min(most, len(name) + len(end)))
    repeated = name * (length // max(1, len(name)) + 1)
    return (repeated[: max(0, length - len(end))] + end)[-length:] if length else ""


def numbers(schema: dict[str, Any], *, integers: bool) -> Iterator[int | float]:
    """Yield numbers between the bounds, the nearest to zero first."""
    low = max(_bounds(schema, "minimum", "exclusiveMinimum"), default=-math.inf)
    high = min(_bounds(schema, "maximum", "exclusiveMaximum"), default=math.inf)
    step = _step(schema.get("multipleOf"), integers=integers)
    start = low if low > 0 else high if high < 0 else 0
    yield from _multiples(start, step or fractions.Fraction(1), up=high >= 0)
    if step is None:
        yield from _between(low, high, start)


def _bounds(schema: dict[str, Any], *keys: str) -> Iterator[float]:
    """The limits that are numbers: draft 4 has booleans for those that exclude."""
    for key in keys:
        value = schema.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value


def _step(multiple: Any, *, integers: bool) -> Fraction | None:
    """Return what all allowed numbers are multiples of, or None."""
    if isinstance(multiple, bool) or not isinstance(multiple, int | float) or multiple <= 0:
        return fractions.Fraction(1) if integers else None
    step = fractions.Fraction(str(multiple))
    return fractions.Fraction(step.numerator) if integers else step


def _multiples(start: float, step: Fraction, *, up: bool) -> Iterator[int | float]:
    """Yield the multiples of ``step`` from ``start`` on, away from zero; around zero in both directions."""
    first = math.ceil(fractions.Fraction(start) / step) if up else math.floor(fractions.Fraction(start) / step)
    for distance in islice(count(), MOST):
        yield _plain((first + distance if up else first - distance) * step)
        if start == 0 and distance:
            yield _plain(-distance * step)


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _between(low: float, high: float, start: float) -> Iterator[float]:
    """Yield the bound, then what lies between two that are less than one apart."""
    yield start
    if low > -math.inf and high < math.inf:
        yield from (low + (high - low) / 2**part for part in range(1, 20))
