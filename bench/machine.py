"""The machine: which core serves and which one asks, how many files may be open, and what to call it all."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent

#: What is installed or written for the benchmarks alone.
SCRATCH: Final = ROOT / ".scratch"

PACKAGES: Final = ("openai-mock-api", "uvicorn", "httptools", "uvloop", "msgspec", "rapidfuzz")

_AVAILABLE: Final = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

#: The cores of servers and of clients, None where processes cannot be bound to one.
SERVER_CORE: Final = _AVAILABLE[0] if len(_AVAILABLE) > 1 else None
CLIENT_CORE: Final = _AVAILABLE[1] if len(_AVAILABLE) > 1 else None


def bind(core: int | None) -> None:
    """Keep this process, and the children that it starts from now on, on one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})


@contextmanager
def children_on(core: int | None) -> Iterator[None]:
    """Start children on a core; None lets them use every core. This process stays where it is afterwards."""
    if SERVER_CORE is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _AVAILABLE if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def raise_file_limit() -> int:
    """Allow as many open files as the system lets this process and its children have, and return how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted


def resident(pid: int) -> float:
    """Memory of a process that is not swapped out, in MB."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout) / 1024


def busy(pid: int) -> float | None:
    """Seconds of processor time that a process has had, None where the system does not say it exactly."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def description() -> str:
    """Name processor, cores, system and Python."""
    bound = "server and client each bound to one core" if SERVER_CORE is not None else "processes not bound to cores"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}; {bound}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def versions() -> dict[str, str]:
    """Versions of what is compared and of what it is built on."""
    found = {name: version(name) for name in PACKAGES if name != "uvloop" or sys.platform != "win32"}
    if shutil.which("node"):
        found["node"] = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return found
