"""How many cases of a test run passed, by part, and whether that is as many as must."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, Self
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


class Case(NamedTuple):
    """One case of a run. ``fault`` is the first line of why it failed, None when it passed."""

    name: str
    fault: str | None = None


class Row(NamedTuple):
    """What became of the cases of one part. ``held`` is how many must pass, None when that is not said."""

    part: str
    passed: int
    failed: int
    held: int | None = None

    @property
    def broken(self) -> bool:
        """Whether fewer cases pass than must."""
        return self.held is not None and self.passed < self.held

    @property
    def remark(self) -> str:
        """What there is to say of it beside the numbers."""
        if self.held is None or self.passed == self.held:
            return ""
        return f"{self.held} must pass" if self.broken else f"only {self.held} are held"


class Tally(NamedTuple):
    """The rows of a run, one for each part."""

    rows: list[Row]

    @classmethod
    def of(cls, cases: Iterable[Case], part_of: Callable[[str], str], held: Mapping[str, int]) -> Self:
        """Count cases by part. A part that is held but has no case at all is counted too."""
        counts = Counter((part_of(case.name), case.fault is None) for case in cases)
        parts = sorted({*held, *(part for part, _ in counts)})
        return cls([Row(part, counts[part, True], counts[part, False], held.get(part)) for part in parts])

    @property
    def broken(self) -> bool:
        """Whether some part has fewer passes than it must."""
        return any(row.broken for row in self.rows)

    def table(self) -> str:
        """Write the rows with their sums; the last line is ``N passed, N failed``."""
        width = max(len(part) for part in ("resource", *(row.part for row in self.rows)))
        lines = [f"{'resource':{width}}  passed  failed"]
        lines += [f"{row.part:{width}}  {row.passed:6}  {row.failed:6}  {row.remark}".rstrip() for row in self.rows]
        passed, failed = sum(row.passed for row in self.rows), sum(row.failed for row in self.rows)
        return "\n".join([*lines, "", f"{passed} passed, {failed} failed"])


def read_cases(report: Path) -> list[Case]:
    """Read the cases of a JUnit report, as pytest writes it. Skipped ones are left out."""
    root = ElementTree.parse(report).getroot()
    return [_case(element) for element in root.iter("testcase") if element.find("skipped") is None]


def _case(element: ElementTree.Element) -> Case:
    fault = next((child for child in element if child.tag in ("failure", "error")), None)
    name = ".".join(filter(None, (element.get("classname"), element.get("name"))))
    return Case(name, None if fault is None else (fault.get("message") or fault.tag).splitlines()[0])
