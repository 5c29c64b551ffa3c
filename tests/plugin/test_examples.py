"""The examples of tests pass."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from tests.docs.blocks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = ROOT / "examples" / "testing"


def test_examples_pass(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES, tmp_path / "testing", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [file.name for file in sorted(EXAMPLES.glob("test_*.py")) if f"{file.name} ." not in done.stdout] == []
