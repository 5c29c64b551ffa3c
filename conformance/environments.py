"""Virtual environments below ``.scratch``, one for each command.

One is made when it is first needed, and anew when its pins change, or what the project asks for that it holds.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parents[1]
SCRATCH: Final = ROOT / ".scratch"

#: Seconds that pip gets for one command.
PATIENCE: Final = 900


class Unavailable(Exception):  # noqa: N818 - it is no fault of anybody's
    """Something from outside cannot be had. The text says what, and what to do."""


class Environment:
    """A virtual environment with ``arguments`` installed by pip: requirements as pip's command line takes them."""

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self.folder = folder
        self.arguments = list(arguments)
        programs = "Scripts" if os.name == "nt" else "bin"
        self.python = folder / programs / ("python.exe" if os.name == "nt" else "python")

    def prepare(self) -> Path:
        """Make the environment unless it is there already. Return its Python. Raises ``Unavailable``."""
        stamp = self.folder / "installed"
        if not stamp.exists() or stamp.read_text() != self._state():
            print(f"Installing what is needed into {self.folder.relative_to(ROOT)} …", flush=True)
            shutil.rmtree(self.folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(self.folder)], check=True)
            pip(self.python, "install", *self.arguments)
            stamp.write_text(self._state())
        return self.python

    def _state(self) -> str:
        """What the environment is made of, as one text: another one means to make it anew."""
        files = [ROOT / argument for argument in self.arguments if argument.endswith(".txt")]
        parts = [sys.version, *self.arguments, *(text for file in files for text in _pins(file))]
        if "." in self.arguments:
            parts.append(_project())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _pins(file: Path) -> Iterator[str]:
    """Yield what a requirements file says, and the files that it names."""
    text = file.read_text(encoding="utf-8")
    yield text
    for name in re.findall(r"^-[cr] (\S+)$", text, re.MULTILINE):
        yield from _pins(file.parent / name)


def _project() -> str:
    """Return what the project says of itself to pip: what it needs, and its commands and plugins."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return repr((said["build-system"], said["project"]))


def pip(python: Path, command: str, *arguments: str) -> None:
    """Run pip, from the project's folder. Raises ``Unavailable``."""
    line = [str(python), "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    try:
        code = subprocess.run(line, cwd=ROOT, timeout=PATIENCE).returncode
    except subprocess.TimeoutExpired:
        code = -1
    if code:
        raise Unavailable(
            f"pip could not {command} {' '.join(arguments)}; is a package index in reach? (PIP_INDEX_URL names another)"
        )
