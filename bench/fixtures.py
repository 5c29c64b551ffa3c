"""What a fixture costs a test. ``python -m bench.fixtures ROUNDS``.

Prints JSON: milliseconds of set-up and tear-down of a test with a bare fixture, with ``openai_mock`` and with it and a
configuration of 100 rules, medians over all tests but the first; and milliseconds of importing the plugin where pytest
is imported already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import pytest

from bench.rounds import interleaved
from bench.rules import CONTAINS, Rules
from bench.servers import config_file

#: Tests of each kind in a round.
TESTS: Final = 300

#: Plugins of others that take time themselves.
WITHOUT: Final = [f"-pno:{name}" for name in ("asyncio", "cacheprovider", "hypothesispytest", "timeout")]

SUITE: Final = """
import pytest

@pytest.fixture
def bare():
    yield

@pytest.mark.parametrize("number", range({tests}))
def test_bare(bare, number):
    pass

@pytest.mark.parametrize("number", range({tests}))
def test_mock(openai_mock, number):
    pass

@pytest.mark.parametrize("number", range({tests}))
@pytest.mark.openai_mock(config={config!r})
def test_config(openai_mock, number):
    pass
"""

IMPORT: Final = (
    "import time, pytest; begun = time.perf_counter(); import openai_mock_api.pytest_plugin; "
    "print((time.perf_counter() - begun) * 1000)"
)


class Durations:
    """A plugin that adds up set-up and tear-down of every test, in milliseconds, by the test's function."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            self.tests[report.nodeid] += report.duration * 1000

    def medians(self) -> dict[str, float]:
        """Return the median of each function; its first test is left out, for it may start the server."""
        taken: dict[str, list[float]] = defaultdict(list)
        for test, duration in self.tests.items():
            taken[test.partition("::test_")[2].partition("[")[0]].append(duration)
        return {function: median(durations[1:]) for function, durations in taken.items()}


def suite(folder: Path, config: Path) -> dict[str, float]:
    """Run the suite once."""
    (folder / "test_fixtures.py").write_text(SUITE.format(tests=TESTS, config=str(config)), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    durations = Durations()
    with redirect_stdout(StringIO()):
        assert pytest.main([*WITHOUT, f"--rootdir={folder}", str(folder)], plugins=[durations]) == 0
    return durations.medians()


def import_plugin() -> float:
    """Import the plugin in a process that has imported pytest; return the milliseconds."""
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(rounds: int) -> dict[str, float]:
    """Measure everything in turn."""
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        config = config_file(Rules([CONTAINS], 100))
        taken = interleaved(
            {"suite": lambda: suite(Path(folder), config), "import": lambda: {"import": import_plugin()}}, rounds + 1
        )
    names = {name for found in taken.values() for name in found[0]}
    found = [one for results in taken.values() for one in results[1:]]
    return {name: median([one[name] for one in found if name in one]) for name in names}


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(measure(int(sys.argv[1]))).decode())
