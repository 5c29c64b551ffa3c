"""Memory: after the start, and whether a million requests leave something behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench import load, servers
from bench.machine import resident
from bench.results import Result, Row, at_most
from bench.rules import CONTAINS, COUNTER, Rules, body

if TYPE_CHECKING:
    from bench.rounds import Effort
    from bench.servers import Server

TITLE: Final = "Memory: resident, 100 rules"

REQUESTS: Final = 1_000_000
QUICK_REQUESTS: Final = 100_000

#: Seconds of load between two looks.
STEP: Final = 2

#: MB that may come and go: caches fill and are emptied, and the allocator keeps some of it.
FLAT: Final = 8.0


def measure(effort: Effort) -> Result:
    """Look after the start, then keep looking while requests come, no text twice."""
    rules = Rules([CONTAINS], 100)
    config = servers.config_file(rules)
    with servers.ours_untabled(config) as server:
        bare = resident(server.pid)
    with servers.ours(config, body(rules.hits()[0])) as server:
        begun = resident(server.pid)
        seen = _watched(server, rules, QUICK_REQUESTS if effort.quick else REQUESTS)
    rows = [
        Row("after the start, token tables not loaded", bare, "MB", at_most(60)),
        Row("after the first answer, token tables loaded", begun, "MB"),
        *_growth(seen),
    ]
    notes = ["one request in ten is streamed, one in a hundred met by no rule, and no text comes twice"]
    return Result(part="memory", title=TITLE, rows=rows, notes=notes, series={"seen": seen})


def _watched(server: Server, rules: Rules, most: int) -> list[tuple[int, float]]:
    """Load until there were ``most`` requests; return pairs of their number and the memory then."""
    bodies = load.requests_file(_requests(rules))
    seen: list[tuple[int, float]] = []
    done = 0
    while done < most:
        done += load.load(server, bodies, STEP, unique=True).requests
        seen.append((done, resident(server.pid)))
    return seen


def _requests(rules: Rules) -> list[bytes]:
    hits, misses = rules.hits(), rules.misses()
    return [
        body(f"{misses[n] if n % 100 == 99 else text} {COUNTER}", **({"stream": True} if n % 10 == 0 else {}))
        for n, text in enumerate(hits)
    ]


def _growth(seen: list[tuple[int, float]]) -> list[Row]:
    """Compare the end with the time when journal and caches were full: a fifth of the way."""
    last, end = seen[-1]
    early, full = next(pair for pair in seen if pair[0] >= last / 5)
    return [
        Row(f"after {early:,} requests", full, "MB"),
        Row(f"after {last:,} requests", end, "MB"),
        Row("growth between them", end - full, "MB", at_most(FLAT)),
    ]
