"""Chat completions that are not streamed: ours beside a bare protocol and beside other mocks."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING, Final

from bench import exchange, load, node, servers
from bench.results import Result, Row, at_least
from bench.rounds import interleaved
from bench.rules import ANSWER, CONTAINS, COUNTER, Rules, body

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.load import Load
    from bench.rounds import Effort
    from bench.servers import Server

TITLE: Final = "Plain: chat completions, 100 rules, 32 connections"

OURS: Final = "openai-mock-api"
LOGGING: Final = "openai-mock-api, logging requests"
VARIED: Final = "openai-mock-api, 2,000 texts in turn"
UNIQUE: Final = "openai-mock-api, no text twice"
BARE: Final = "bare httptools protocol"


def measure(effort: Effort) -> Result:
    """Load all servers in turn with the same request, and ours with varied ones too."""
    rules = Rules([CONTAINS], 100)
    with ExitStack() as running:
        started = _start(rules, running)
        loads = interleaved(_measures(rules, started, effort), effort.rounds + 1)
    loads = {name: taken[1:] for name, taken in loads.items()}  # the first round warms up
    rates = {name: median(taken.per_second for taken in takens) for name, takens in loads.items()}
    times = {name: median(taken.busy_microseconds for taken in takens) for name, takens in loads.items()}
    notes = [f"load by {load.client()}", *filter(None, [node.missing()]), *load.crowding(*loads.values())]
    return Result(part="plain", title=TITLE, rows=_rows(rates, times), notes=notes, series={"rates": rates})


def _start(rules: Rules, running: ExitStack) -> dict[str, Server]:
    config, asking = servers.config_file(rules), body(rules.hits()[0])
    started = {
        OURS: running.enter_context(servers.ours(config, asking)),
        LOGGING: running.enter_context(servers.ours(config, asking, "--log-format", "text")),
    }
    answer = exchange.ask(started[OURS].port, asking)
    started[BARE] = running.enter_context(servers.bare([(0.0, answer.head + answer.payload)]))
    if node.missing() is None:
        started["aimock"] = running.enter_context(servers.aimock(servers.fixtures_file(rules), asking))
        started["npm openai-mock-api"] = running.enter_context(servers.npm(config, asking))
    _check(started, rules)
    return started


def _check(started: dict[str, Server], rules: Rules) -> None:
    """Make sure that everybody answers, and says the same."""
    for name, server in started.items():
        for text in rules.hits()[:100:33]:
            answer = exchange.ask(server.port, body(text))
            if answer.status != 200 or ANSWER.encode() not in answer.payload:
                raise RuntimeError(f"{name} does not answer as it should: {answer}")


def _measures(rules: Rules, started: dict[str, Server], effort: Effort) -> dict[str, Callable[[], Load]]:
    repeated = load.requests_file([body(rules.hits()[0])])
    varied = load.requests_file(body(text) for text in rules.hits())
    unique = load.requests_file(body(f"{text} {COUNTER}") for text in rules.hits())
    measures = {name: _rate(server, repeated, effort) for name, server in started.items()}
    measures[VARIED] = _rate(started[OURS], varied, effort)
    return {**measures, UNIQUE: _rate(started[OURS], unique, effort, unique=True)}


def _rate(server: Server, bodies: Path, effort: Effort, *, unique: bool = False) -> Callable[[], Load]:
    return lambda: load.load(server, bodies, effort.seconds, unique=unique)


def _rows(rates: dict[str, float], times: dict[str, float]) -> list[Row]:
    ours = rates[OURS]
    rows = [Row(name, rate, "req/s") for name, rate in sorted(rates.items(), key=lambda pair: -pair[1])]
    rows.append(Row(f"{OURS} / {BARE}", ours / rates[BARE], "x", at_least(0.5)))
    rows.append(Row(f"{VARIED} / {BARE}", rates[VARIED] / rates[BARE], "x"))
    rows.append(Row(f"{UNIQUE} / {BARE}", rates[UNIQUE] / rates[BARE], "x"))
    rows.append(Row(f"{LOGGING} / {BARE}", rates[LOGGING] / rates[BARE], "x"))
    rows += [
        Row(f"{OURS} / {name}", ours / rates[name], "x", at_least(limit))
        for name, limit in (("aimock", 8), ("npm openai-mock-api", 30))
        if name in rates
    ]
    rows += [Row(f"{name}: processor time for a request", time, "µs") for name, time in times.items()]
    return rows
