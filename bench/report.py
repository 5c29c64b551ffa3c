"""The page of the documentation: tables and plots from what was kept, between its markers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench import drawing, node
from bench.machine import ROOT
from bench.results import saved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.results import Result

PAGE: Final = ROOT / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- results: written by `python -m bench report` -->"
END: Final = "<!-- end of results -->"


def write(parts: Iterable[str]) -> None:
    """Put tables and plots of the newest results into the page."""
    results = saved(parts)
    if not results:
        print("there are no results yet; run python -m bench")
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    content = "\n\n".join([_machine(results), *(_section(result) for result in results)])
    PAGE.write_text(f"{before}{BEGIN}\n\n{content}\n\n{END}{after}", encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def _machine(results: list[Result]) -> str:
    """Say where and when, and with what."""
    newest = max(results, key=lambda result: result.date)
    versions = {**newest.versions, **node.versions()}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"Measured {newest.date}. {newest.machine}.\n\nVersions: {listed}."


def _section(result: Result) -> str:
    lines = [f"### {result.title}", "", "| what | value | budget | |", "| --- | ---: | ---: | --- |"]
    lines += [f"| {' | '.join(row.cells())} |" for row in result.rows]
    notes = [f"Measured {result.date}{' in short rounds' if result.quick else ''}", *result.notes]
    lines += ["", ". ".join(note[:1].upper() + note[1:] for note in notes) + "."]
    if result.part in PLOTS:
        lines += ["", _plot(result)]
    return "\n".join(lines)


def _plot(result: Result) -> str:
    name = f"benchmarks-{result.part}.svg"
    (PAGE.parent / name).write_text(PLOTS[result.part](result), encoding="utf-8")
    return f"![{result.title}]({name})"


def _rates(result: Result) -> str:
    return drawing.bars(result.title, result.series["rates"], "req/s")


def _growth(result: Result) -> str:
    series = {case: _hits(times["socket"]) for case, times in result.series.items()}
    return drawing.lines(result.title, series, "rules", "µs of the server's core for a request that hits")


def _hits(times: dict[str, float]) -> list[tuple[float, float]]:
    """Turn ``{"10 hit": 20.5, "10 miss": …}`` into ``[(10, 20.5), …]``."""
    return [(float(name.split()[0]), time) for name, time in times.items() if name.endswith(" hit")]


def _lateness(result: Result) -> str:
    names = {name for found in result.series.values() for name in found}
    series = {
        f"{name}, {figure}": [(float(count), found[name][figure]) for count, found in result.series.items()]
        for name in sorted(names, reverse=True)
        for figure in ("p50", "p99")
    }
    return drawing.lines(result.title, series, "streams", "lateness of a token in ms")


PLOTS: Final[dict[str, Callable[[Result], str]]] = {"plain": _rates, "rules": _growth, "paced": _lateness}
