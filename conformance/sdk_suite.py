"""``python -m conformance.sdk_suite [part …]``: OpenAI's own test suite of its Python SDK, against the mock.

The suite is in the source distribution of the installed SDK. Its cases call every method of the SDK in strict
validation and compare what comes back with the declared types. Parts are the resources of ``tests/api_resources``:
``chat``, ``completions``, ``models`` …; all of them unless some are named.

Exit codes: 0 when every part has the passes that ``sdk_suite.toml`` holds it to, 1 when not, 2 for a part that does not
exist.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

from conformance.environments import ROOT, SCRATCH, Environment, Unavailable, pip
from conformance.serving import serving
from conformance.tally import Case, Tally, read_cases

HERE: Final = Path(__file__).parent
FOLDER: Final = SCRATCH / "sdk-suite"
RESOURCES: Final = Path("tests", "api_resources")

#: A folder whose resources are parts of their own: ``beta/responses``.
BETA: Final = "beta"

#: Seconds that pytest gets.
PATIENCE: Final = 3000

#: Most failures that are listed. All of them are in ``.scratch/sdk-suite/output.txt``.
LISTED: Final = 20


def main(parts: list[str]) -> int:
    """Run parts of the suite and print what became of them. Return the exit code."""
    try:
        suite = download(version("openai"))
        python = Environment(FOLDER / "venv", ["-r", "requirements/sdk-suite.txt"]).prepare()
    except Unavailable as error:
        print(error)
        return 1
    known = parts_of(suite)
    unknown = sorted(set(parts) - known.keys())
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    chosen = parts or list(known)
    report = run(python, suite, [str(path) for part in chosen for path in known[part]])
    return judge(report, {part: number for part, number in held().items() if part in chosen})


def download(number: str) -> Path:
    """Return the folder of the SDK's source distribution, fetched once for each version. Raises ``Unavailable``."""
    folder = FOLDER / f"openai-{number}"
    if not folder.exists():
        print(f"Downloading the source of openai {number} …", flush=True)
        fresh = FOLDER / "download"
        shutil.rmtree(fresh, ignore_errors=True)
        pip(Path(sys.executable), "download", "--no-deps", "--no-binary=openai", f"--dest={fresh}", f"openai=={number}")
        with tarfile.open(next(fresh.glob("*.tar.gz"))) as archive:
            archive.extractall(fresh, filter="data")
        (fresh / folder.name).rename(folder)
    return folder


def parts_of(suite: Path) -> dict[str, list[Path]]:
    """Return the parts of the suite: files and folders of tests, relative to the suite, by resource."""
    found: dict[str, list[Path]] = {}
    folder = suite / RESOURCES
    for path in sorted([*folder.iterdir(), *folder.glob(f"{BETA}/*")]):
        if path.name.startswith("test_") or (path.is_dir() and not path.name.startswith("_") and path.name != BETA):
            relative = path.relative_to(folder).with_suffix("")
            found.setdefault(part_of_module(*relative.parts), []).append(path.relative_to(suite))
    return dict(sorted(found.items()))


def part_of_module(name: str, below: str = "") -> str:
    """Return the part of a file or folder: of the beta, one for each resource ``below`` it."""
    return f"{BETA}/{part_of_module(below)}" if name == BETA else name.removeprefix("test_")


def part_of_case(name: str) -> str:
    """Return the part of a case by its name, ``tests.api_resources.chat.test_completions.TestCompletions.test_…``."""
    return part_of_module(*name.split(".")[2:4])


def held() -> dict[str, int]:
    """Return how many cases must pass, by part."""
    passes: dict[str, int] = tomllib.loads((HERE / "sdk_suite.toml").read_text(encoding="utf-8"))["passes"]
    return passes


def run(python: Path, suite: Path, paths: list[str]) -> Path:
    """Run the suite's files against the command; return the report. What pytest printed is beside it."""
    report = FOLDER / "report.xml"
    report.unlink(missing_ok=True)
    options = ["-o", "addopts=", "-p", "no:cacheprovider", "-n", "auto", "--timeout=60", "-q", "--tb=short"]
    with (
        serving(HERE / "sdk_suite.yaml", FOLDER / "server.log", "--unmatched", "auto", "--quiet") as address,
        (FOLDER / "output.txt").open("wb") as output,
    ):
        environment = {**os.environ, "TEST_API_BASE_URL": address}
        command = [str(python), "-m", "pytest", *options, f"--junitxml={report}", *paths]
        with suppress(subprocess.TimeoutExpired):  # then there is no report
            subprocess.run(command, cwd=suite, env=environment, stdout=output, stderr=output, timeout=PATIENCE)
    return report


def judge(report: Path, passes: dict[str, int]) -> int:
    """Print the table, and before it what failed in the parts that are held. Return the exit code."""
    if not report.exists():
        print((FOLDER / "output.txt").read_text(encoding="utf-8"))
        return 1
    cases = read_cases(report)
    list_faults([case for case in cases if case.fault is not None and part_of_case(case.name) in passes])
    tally = Tally.of(cases, part_of_case, passes)
    print(tally.table())
    return int(tally.broken)


def list_faults(cases: list[Case]) -> None:
    """Print why cases failed, unless they are too many."""
    for case in cases[:LISTED]:
        print(f"failed: {case.name.removeprefix('tests.api_resources.')}: {case.fault}")
    if len(cases) > LISTED:
        print(f"… and {len(cases) - LISTED} more; see {(FOLDER / 'output.txt').relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
