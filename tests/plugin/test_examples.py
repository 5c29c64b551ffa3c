"""The examples of tests pass, each file by itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.docs.blocks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = ROOT / "examples" / "testing"


@pytest.mark.parametrize("file", sorted(file.name for file in EXAMPLES.glob("test_*.py")))
def test_examples_pass(tmp_path: Path, file: str) -> None:
    folder = shutil.copytree(EXAMPLES, tmp_path / "testing", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", file]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_examples() -> None:
    assert len(list(EXAMPLES.glob("test_*.py"))) >= 6
