"""Starting: the command until its first answer, a server in a test's process, and a reset."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING, Final

import msgspec

from bench import machine, node, servers
from bench.results import Budget, Result, Row, at_most, below
from bench.rounds import interleaved
from bench.rules import CONTAINS, Rules, body

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bench.rounds import Effort
    from bench.servers import Server

TITLE: Final = "Start: until the first answer, 100 rules"

OURS: Final = "openai-mock-api"

#: Starts in process for each round of the effort.
STARTS: Final = 5


def measure(effort: Effort) -> Result:
    """Measure commands in turn, then starts in process."""
    commands = interleaved(_commands(), effort.rounds + 1)  # the first fills the system's file cache
    seconds = {name: median(taken[1:]) for name, taken in commands.items()}
    inside = _in_process(effort.rounds * STARTS)
    notes = ["commands may use every core while they start", *filter(None, [node.missing()])]
    rows = [*_command_rows(seconds), *_inside_rows(inside)]
    return Result(part="start", title=TITLE, rows=rows, notes=notes, series={"commands": seconds, **inside})


def _commands() -> dict[str, Callable[[], float]]:
    rules = Rules([CONTAINS], 100)
    config, asking = servers.config_file(rules), body(rules.hits()[0])
    found = {OURS: _timed(lambda: servers.ours(config, asking, core=None))}
    if node.missing() is None:
        fixtures = servers.fixtures_file(rules)
        found["aimock"] = _timed(lambda: servers.aimock(fixtures, asking, core=None))
        found["npm openai-mock-api"] = _timed(lambda: servers.npm(config, asking, core=None))
    return found


def _timed(start: Callable[[], AbstractContextManager[Server]]) -> Callable[[], float]:
    def run() -> float:
        with start() as server:
            return server.start

    return run


def _in_process(rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.starts", str(rounds)]
    with machine.children_on(None):
        done = subprocess.run(command, cwd=machine.ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=dict[str, float])


def _command_rows(seconds: dict[str, float]) -> list[Row]:
    rows = [Row(f"command {name}: first answer", value * 1000, "ms") for name, value in seconds.items()]
    if "aimock" in seconds:
        rows.append(Row(f"command {OURS} / aimock", seconds[OURS] / seconds["aimock"], "x", below(1)))
    return rows


def _inside_rows(inside: dict[str, float]) -> list[Row]:
    return [
        Row("MockServer.start(), imported", inside["start"], "ms"),
        Row("bare uvicorn.Server in a thread", inside["uvicorn"], "ms"),
        Row("MockServer.start() / bare uvicorn.Server", inside["start"] / inside["uvicorn"], "x", at_most(1.5)),
        Row("MockServer.reset()", inside["reset"], "ms"),
        Row("MockServer.reset() / MockServer.start()", inside["reset"] / inside["start"], "x", _HUNDREDTH),
    ]


_HUNDREDTH: Final[Budget] = at_most(0.01)
