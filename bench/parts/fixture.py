"""The pytest plugin: what its fixture costs a test, and what it costs tests that do not use it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from bench import machine
from bench.results import Result, Row, at_most

if TYPE_CHECKING:
    from bench.rounds import Effort

TITLE = "pytest: set-up and tear-down of a test"


def measure(effort: Effort) -> Result:
    """Measure runs of pytest in a process of their own."""
    command = [sys.executable, "-m", "bench.fixtures", str(effort.rounds)]
    with machine.children_on(None):
        done = subprocess.run(command, cwd=machine.ROOT, stdout=subprocess.PIPE, check=True)
    taken = msgspec.json.decode(done.stdout, type=dict[str, float])
    rows = [
        Row("a bare fixture that yields", taken["bare"], "ms"),
        Row("openai_mock", taken["mock"], "ms"),
        Row("openai_mock with a file of 100 rules", taken["config"], "ms"),
        Row("openai_mock, less a bare fixture", taken["mock"] - taken["bare"], "ms", at_most(1)),
        Row("importing the plugin, in every run of pytest", taken["import"], "ms", at_most(10)),
    ]
    notes = ["medians, the first test of each kind left out: it starts the server, or reads the file"]
    return Result(part="fixture", title=TITLE, rows=rows, notes=notes, series=taken)
