"""Streams without delay: chunks a second beside a bare protocol that sends the same bytes in one write."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from bench import exchange, load, servers
from bench.results import Result, Row, at_least
from bench.rounds import interleaved
from bench.rules import CONTAINS, Rules, body

if TYPE_CHECKING:
    from bench.rounds import Effort

TITLE: Final = "Stream: a 50-token answer without delay, 100 rules, 32 connections"

OURS: Final = "openai-mock-api"
VARIED: Final = "openai-mock-api, 2,000 texts in turn"
BARE: Final = "bare httptools protocol"

#: 50 tokens in every current encoding: a space and a frequent word are one.
WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
TEXT: Final = " ".join(WORDS * 5)


def measure(effort: Effort) -> Result:
    """Load both in turn with the same request, and ours with varied ones too."""
    rules = Rules([CONTAINS], 100, {"content": TEXT})
    asked = [body(text, stream=True) for text in rules.hits()]
    with servers.ours(servers.config_file(rules), asked[0]) as ours:
        answer = exchange.ask(ours.port, asked[0])
        chunks = answer.payload.count(b"data: ") - 1
        with servers.bare([(0.0, answer.head + answer.payload)]) as bare:
            same, varied = load.requests_file(asked[:1]), load.requests_file(asked)
            loads = interleaved(
                {
                    OURS: lambda: load.load(ours, same, effort.seconds),
                    VARIED: lambda: load.load(ours, varied, effort.seconds),
                    BARE: lambda: load.load(bare, same, effort.seconds),
                },
                effort.rounds,
            )
    rates = {name: median(taken.per_second for taken in takens) * chunks for name, takens in loads.items()}
    rows = [Row(name, rate, "chunks/s") for name, rate in rates.items()]
    rows.append(Row(f"{OURS} / {BARE}", rates[OURS] / rates[BARE], "x", at_least(0.5)))
    rows.append(Row(f"{VARIED} / {BARE}", rates[VARIED] / rates[BARE], "x"))
    rows += [
        Row(f"{name}: processor time for an answer", median(taken.busy_microseconds for taken in takens), "µs")
        for name, takens in loads.items()
    ]
    notes = [f"an answer has {chunks} chunks and {len(answer.payload):,} bytes", f"load by {load.client()}"]
    notes += load.crowding(*loads.values())
    return Result(part="stream", title=TITLE, rows=rows, notes=notes, series={"rates": rates})
