"""Paced streams: how late tokens are, beside a bare protocol that only runs timers and writes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Final

import msgspec

from bench import exchange, machine, readers, servers
from bench.results import Result, Row, at_least, at_most
from bench.rounds import interleaved
from bench.rules import CONTAINS, Rules, body

if TYPE_CHECKING:
    from bench.bare import Frames
    from bench.exchange import Answer
    from bench.rounds import Effort
    from bench.servers import Server

TITLE: Final = "Paced: streams of 40 tokens at 20 tokens/s"

RATE: Final = 20
TEXT: Final = " ".join(("one", "two", "three", "four", "five") * 8)

#: How many streams at once, and whether the lateness has a budget: beyond some 2,500 the system calls of one core are
#: spent, for the bare protocol too.
COUNTS: Final = {1000: True, 2000: True, 5000: False}

OURS: Final = "openai-mock-api"
BARE: Final = "bare timers"


class Lateness(msgspec.Struct, frozen=True):
    """What the client found, in milliseconds."""

    finished: int
    p50: float
    p99: float
    most: float


def measure(effort: Effort) -> Result:
    """Read streams from both in turn."""
    rules = Rules([CONTAINS], 100, {"content": TEXT, "pacing": {"tokens_per_second": RATE}})
    asked = body(rules.hits()[0], stream=True)
    rows: list[Row] = []
    series: dict[str, dict[str, dict[str, float]]] = {}
    with servers.ours(servers.config_file(rules), asked) as ours:
        answer = exchange.ask(ours.port, asked)
        events = answer.payload.count(b"\n\n")
        with servers.bare(frames(answer)) as bare:
            for count, judged in COUNTS.items():
                found = _both({OURS: ours, BARE: bare}, count, events, asked, effort)
                rows += _rows(count, found, judged=judged)
                series[str(count)] = {name: msgspec.structs.asdict(middle(taken)) for name, taken in found.items()}
    notes = ["the client is one process with raw protocols; requests are spread over one second"]
    return Result(part="paced", title=TITLE, rows=rows, notes=notes, series=series)


def frames(answer: Answer) -> Frames:
    """Cut an answer into what leaves at one moment: the beginning with the first token, each token, the end."""
    chunks = answer.chunks()
    ends = answer.payload[sum(map(len, chunks)) :]
    first = answer.head + b"".join(chunks[: readers.FIRST])
    tokens = chunks[readers.FIRST : -2]
    paced = [(number / RATE, chunk) for number, chunk in enumerate([*tokens, b"".join(chunks[-2:]) + ends], 1)]
    return [(0.0, first), *paced]


def middle(taken: list[Lateness]) -> Lateness:
    """Take the median of each figure, and of streams that finished the fewest."""
    return Lateness(
        min(found.finished for found in taken),
        *(median(getattr(found, name) for found in taken) for name in ("p50", "p99", "most")),
    )


def _both(
    running: dict[str, Server], count: int, events: int, asked: bytes, effort: Effort
) -> dict[str, list[Lateness]]:
    file = servers.file_of(asked)
    arguments = [str(count), str(events), str(1 / RATE), str(file)]
    rounds = max(1, effort.rounds // 2 + 1)
    return interleaved({name: partial(_read, server, arguments) for name, server in running.items()}, rounds)


def _read(server: Server, arguments: list[str]) -> Lateness:
    command = [sys.executable, "-m", "bench.readers", str(server.port), *arguments]
    with machine.children_on(machine.CLIENT_CORE):
        done = subprocess.run(command, cwd=machine.ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Lateness)


def _rows(count: int, found: dict[str, list[Lateness]], *, judged: bool) -> list[Row]:
    rows: list[Row] = []
    for name, taken in found.items():
        late = middle(taken)
        rows += [Row(f"{count:,} streams, {name}: lateness p50", late.p50, "ms")]
        rows += [Row(f"{count:,} streams, {name}: lateness p99", late.p99, "ms")]
    ratio = middle(found[OURS]).p99 / middle(found[BARE]).p99
    rows.append(Row(f"{count:,} streams: p99 / p99 of bare timers", ratio, "x", at_most(2) if judged else None))
    rows.append(Row(f"{count:,} streams: finished", middle(found[OURS]).finished, "", at_least(count)))
    return rows
