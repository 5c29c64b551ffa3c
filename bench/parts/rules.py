"""More rules: what a request costs among 10, 1,000, 10,000 and 100,000 of them, over the socket and in process."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from bench import load, servers
from bench.machine import ROOT, SERVER_CORE, children_on
from bench.results import Budget, Result, Row, at_most, below
from bench.rounds import interleaved
from bench.rules import BARE_REGEX, CONTAINS, EXACT, FUZZY, MIXED, REGEX, Kind, Rules, body

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.load import Load
    from bench.rounds import Effort

TITLE: Final = "Rules: time of a request as the script grows"

SIZES: Final = (10, 1000, 10_000, 100_000)

#: The size that the budgets are about.
MANY: Final = 10_000

CONNECTIONS: Final = 8

COMPILING: Final = "100,000 regular expressions are not tried: compiling them takes minutes"

#: A miss among ``MANY`` rules takes less than so many hits.
MISS: Final = below(10)


class Case(NamedTuple):
    """Rules of some kinds; what a request among ``MANY`` may cost as a multiple of one among 10; ``only`` what hits.

    ``most`` is how many rules are tried over the socket; in process it is ``MANY``.
    """

    name: str
    kinds: Sequence[Kind]
    budget: Budget | None = None
    only: Kind | None = None
    most: int = SIZES[-1]

    def sizes(self, most: int) -> list[int]:
        """Return the sizes to measure, none above ``most``."""
        return [size for size in SIZES if size <= min(most, self.most)]


CASES: Final = (
    Case("exact", [EXACT], at_most(1.3)),
    Case("contains", [CONTAINS], at_most(1.3)),
    Case("regex with literal", [REGEX], at_most(1.3), most=MANY),
    Case("regex without literal", [BARE_REGEX], most=MANY),
    Case("fuzzy", [FUZZY]),
    Case("mixed, one in five fuzzy", MIXED, at_most(3)),
    Case("mixed, met by a fuzzy rule", MIXED, at_most(3), only=FUZZY),
)


def measure(effort: Effort) -> Result:
    """Measure every case at every size."""
    rows: list[Row] = []
    series: dict[str, Any] = {}
    crowded: list[Load] = []
    for case in CASES:
        loads = _over_socket(case, case.sizes(MANY if effort.quick else SIZES[-1]), effort)
        crowded += loads.values()
        wire = {name: taken.busy_microseconds for name, taken in loads.items()}
        series[case.name] = {"socket": wire, "in process": _in_process(case, effort)}
        rows += _rows(case, wire, series[case.name]["in process"])
        print(f"  {case.name}: done", flush=True)
    notes = [
        f"load by {load.client()}",
        "over the socket: the server's processor time",
        COMPILING,
        *load.crowding(crowded),
    ]
    return Result(part="rules", title=TITLE, rows=rows, notes=notes, series=series)


def _over_socket(case: Case, sizes: Sequence[int], effort: Effort) -> dict[str, Load]:
    """Run a server for each size, and load them in turn with hits and misses."""
    measures: dict[str, Callable[[], Load]] = {}
    with ExitStack() as running:
        for size in sizes:
            rules = Rules(case.kinds, size)
            hits, misses = rules.hits(case.only), rules.misses()
            server = running.enter_context(servers.ours(servers.config_file(rules), body(hits[0])))
            measures[f"{size} hit"] = _load(server, hits)
            measures[f"{size} miss"] = _load(server, misses)
        taken = interleaved(measures, max(1, effort.rounds // 2) + 1)  # the first round warms up
    return {name: sorted(loads[1:], key=_time)[len(loads[1:]) // 2] for name, loads in taken.items()}


def _time(found: Load) -> float:
    return found.busy_microseconds


def _load(server: servers.Server, texts: Sequence[str]) -> Callable[[], Load]:
    bodies: Path = load.requests_file(body(text) for text in texts)
    return lambda: load.load(server, bodies, 1, CONNECTIONS)


def _in_process(case: Case, effort: Effort) -> dict[str, float]:
    """Measure in a process of its own, on the servers' core."""
    only = case.only.name if case.only else ""
    arguments = [
        str(max(1, effort.rounds // 2)),
        ",".join(map(str, case.sizes(MANY))),
        only,
        *(kind.name for kind in case.kinds),
    ]
    with children_on(SERVER_CORE):
        command = [sys.executable, "-m", "bench.inprocess", *arguments]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=dict[str, float])


def _rows(case: Case, wire: dict[str, float], inside: dict[str, float]) -> list[Row]:
    """Show the times over the socket, which the budgets are about, and in process."""
    return [
        *_table(f"{case.name}, socket", wire, case.budget, MISS),
        *_table(f"{case.name}, in process", inside, None, None),
    ]


def _table(name: str, times: dict[str, float], most: Budget | None, miss: Budget | None) -> list[Row]:
    """Show the time among 10 rules, the others as multiples of it, and what a miss costs."""
    few, many = times[f"{SIZES[0]} hit"], times[f"{MANY} hit"]
    ratios = {size: times[f"{size} hit"] / few for size in SIZES if size >= MANY and f"{size} hit" in times}
    return [
        Row(f"{name}: hit among {SIZES[0]}", few, "µs"),
        *(
            Row(f"{name}: hit among {size:,} / {SIZES[0]}", ratio, "x", most if size == MANY else None)
            for size, ratio in ratios.items()
        ),
        Row(f"{name}: miss / hit among {MANY:,}", times[f"{MANY} miss"] / many, "x", miss),
    ]
