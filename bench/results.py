"""What a part found out: rows with budgets, printed as a table and kept as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from bench.machine import description
from bench.machine import versions as known_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOLDER: Final = Path(__file__).parent / "results"


class Budget(msgspec.Struct, frozen=True):
    """What a value must keep to."""

    bound: Literal["at least", "at most", "below"]
    limit: float

    def holds(self, value: float) -> bool:
        """Whether ``value`` is within the budget."""
        if self.bound == "at least":
            return value >= self.limit
        return value <= self.limit if self.bound == "at most" else value < self.limit


def at_least(limit: float) -> Budget:
    """Build a lower bound."""
    return Budget("at least", limit)


def at_most(limit: float) -> Budget:
    """Build an upper bound."""
    return Budget("at most", limit)


def below(limit: float) -> Budget:
    """Build an upper bound that is itself too much."""
    return Budget("below", limit)


class Row(msgspec.Struct, frozen=True):
    """One value. ``unit`` is ``x`` for a ratio."""

    what: str
    value: float
    unit: str = ""
    budget: Budget | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the budget is kept; None when there is none."""
        return None if self.budget is None else self.budget.holds(self.value)

    def cells(self) -> tuple[str, str, str, str]:
        """Show the row: what, value, budget, verdict."""
        budget = f"{self.budget.bound} {shown(self.budget.limit, self.unit)}" if self.budget else ""
        verdict = {None: "", True: "pass", False: "FAIL"}[self.passed]
        return self.what, shown(self.value, self.unit), budget, verdict


def shown(value: float, unit: str) -> str:
    """Write a value with as many digits as mean something."""
    digits = 0 if abs(value) >= 1000 or value == int(value) else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4
    return f"{value:,.{digits}f}{'' if unit in ('', 'x') else ' '}{unit}"


class Result(msgspec.Struct, kw_only=True):
    """One part's outcome. ``series`` holds what plots are drawn from."""

    part: str
    title: str
    rows: list[Row]
    notes: list[str] = msgspec.field(default_factory=list)
    series: dict[str, Any] = msgspec.field(default_factory=dict)
    quick: bool = False
    date: str = msgspec.field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    machine: str = msgspec.field(default_factory=description)
    versions: dict[str, str] = msgspec.field(default_factory=known_versions)

    def print(self) -> None:
        """Print the table and the notes."""
        print(f"\n{self.title}\n")
        print("\n".join(_aligned([("what", "value", "budget", ""), *(row.cells() for row in self.rows)])))
        for note in self.notes:
            print(f"  note: {note}")

    def save(self) -> None:
        """Keep as JSON, over what the part found before."""
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{self.part}.json").write_bytes(msgspec.json.format(msgspec.json.encode(self)))

    @property
    def passed(self) -> bool:
        """Whether every budget is kept."""
        return all(row.passed is not False for row in self.rows)


def saved(parts: Iterable[str]) -> list[Result]:
    """Read what was kept of the parts, in their order."""
    files = [FOLDER / f"{part}.json" for part in parts]
    return [msgspec.json.decode(file.read_bytes(), type=Result) for file in files if file.exists()]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return [
        "  ".join([line[0].ljust(first), *(cell.rjust(width) for cell, width in zip(line[1:], others, strict=True))])
        for line in lines
    ]
