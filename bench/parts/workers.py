"""Several workers on one port. The client needs a core too, so requests are ones that cost the server most."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING, Final

from bench import load, servers
from bench.results import Result, Row
from bench.rounds import interleaved
from bench.rules import CONTAINS, COUNTER, Rules, body

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bench.load import Load
    from bench.rounds import Effort
    from bench.servers import Server

TITLE: Final = "Workers: texts that never come again, 100 rules, 32 connections, all cores"

COUNTS: Final = (1, 2)


def measure(effort: Effort) -> Result:
    """Load servers of one and of two workers in turn."""
    rules = Rules([CONTAINS], 100)
    unique = load.requests_file(body(f"{text} {COUNTER}") for text in rules.hits())
    with ExitStack() as running:
        started = {count: running.enter_context(_server(rules, count)) for count in COUNTS}
        loads = interleaved(
            {str(count): _rate(server, unique, effort) for count, server in started.items()}, effort.rounds
        )
    rates = {count: median(taken.per_second for taken in loads[str(count)]) for count in COUNTS}
    rows = [Row(f"workers: {count}", rate, "req/s") for count, rate in rates.items()]
    rows.append(Row("two workers / one", rates[2] / rates[1], "x"))
    return Result(part="workers", title=TITLE, rows=rows, notes=["the client runs on the same cores"])


def _server(rules: Rules, count: int) -> AbstractContextManager[Server]:
    flags = ("--quiet", "--workers", str(count))
    return servers.ours(servers.config_file(rules), body(rules.hits()[0]), *flags, core=None)


def _rate(server: Server, bodies: Path, effort: Effort) -> Callable[[], Load]:
    return lambda: load.load(server, bodies, effort.seconds, unique=True)
