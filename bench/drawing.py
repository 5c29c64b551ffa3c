"""Plots as SVG, by hand: horizontal bars, and lines over logarithmic axes."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDTH: Final = 760
LEFT: Final = 250
RIGHT: Final = 110
ROW: Final = 30
TOP: Final = 50

#: Size of the field of a plot with axes, and where it begins.
FIELD: Final = (430, 300)
ORIGIN: Final = (80, TOP)

COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")

_TEXT: Final = '<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{text}</text>'


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return _TEXT.format(x=x, y=y, text=escape(text), anchor=anchor, weight=weight)


def _drawing(height: float, title: str, elements: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img"'
            ' font-family="system-ui, sans-serif" font-size="13" fill="#222222">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height:g}" fill="#ffffff"/>',
            _text(12, 26, title, weight="bold"),
            *elements,
            "</svg>\n",
        ]
    )


def bars(title: str, values: Mapping[str, float], unit: str) -> str:
    """Draw one bar for each value, the longest first."""
    most = max(values.values())
    elements: list[str] = []
    for place, (name, value) in enumerate(sorted(values.items(), key=lambda pair: -pair[1])):
        y = TOP + place * ROW
        length = value / most * (WIDTH - LEFT - RIGHT)
        elements += [
            _text(LEFT - 8, y + 15, name, "end"),
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="20" fill="{COLORS[0]}"/>',
            _text(LEFT + length + 6, y + 15, f"{value:,.0f} {unit}"),
        ]
    return _drawing(TOP + len(values) * ROW + 10, title, elements)


class _Axis:
    """A logarithmic axis over whole decades, from ``start`` to ``start + length`` in the drawing."""

    def __init__(self, values: Iterable[float], start: float, length: float) -> None:
        values = list(values)
        self.low = floor(log10(min(values)))
        self.high = max(ceil(log10(max(values))), self.low + 1)
        self._start, self._length = start, length

    def place(self, value: float) -> float:
        return self._start + (log10(value) - self.low) / (self.high - self.low) * self._length

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str) -> str:
    """Draw one line of points for each series, both axes logarithmic."""
    points = [point for line in series.values() for point in line]
    x_axis = _Axis((x for x, _ in points), ORIGIN[0], FIELD[0])
    y_axis = _Axis((y for _, y in points), ORIGIN[1] + FIELD[1], -FIELD[1])
    elements = _axes(x_axis, y_axis, x_name, y_name)
    for place, (name, line) in enumerate(series.items()):
        elements += _line(name, place, [(x_axis.place(x), y_axis.place(y)) for x, y in line])
    return _drawing(ORIGIN[1] + FIELD[1] + 60, title, elements)


def _axes(x_axis: _Axis, y_axis: _Axis, x_name: str, y_name: str) -> list[str]:
    left, right, top, bottom = ORIGIN[0], ORIGIN[0] + FIELD[0], ORIGIN[1], ORIGIN[1] + FIELD[1]
    elements = [_text((left + right) / 2, bottom + 42, x_name, "middle"), _text(left, top - 8, y_name)]
    for x in x_axis.ticks():
        at = x_axis.place(x)
        elements += [_rule(at, top, at, bottom), _text(at, bottom + 20, f"{x:,.0f}", "middle")]
    for y in y_axis.ticks():
        at = y_axis.place(y)
        elements += [_rule(left, at, right, at), _text(left - 8, at + 4, f"{y:,g}", "end")]
    return elements


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _line(name: str, place: int, points: Sequence[tuple[float, float]]) -> list[str]:
    color = COLORS[place % len(COLORS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    legend = ORIGIN[0] + FIELD[0] + 20, ORIGIN[1] + 16 + place * 22
    return [
        f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>' for x, y in points),
        f'<rect x="{legend[0]}" y="{legend[1] - 10}" width="12" height="12" fill="{color}"/>',
        _text(legend[0] + 18, legend[1], name),
    ]
