"""The programs for Node.js that we are compared with, installed into a folder of the benchmarks' own."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Final

from bench.machine import SCRATCH

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = SCRATCH / "npm"
PACKAGES: Final = {"npm openai-mock-api": "openai-mock-api", "aimock": "@copilotkit/aimock"}
SCRIPTS: Final = {"npm openai-mock-api": "openai-mock-api/dist/cli.js", "aimock": "@copilotkit/aimock/dist/cli.js"}


@cache
def missing() -> str | None:
    """Install both programs. Return why that cannot be, or None."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node.js is not installed: nothing is compared with aimock and npm openai-mock-api"
    if all(script(name).exists() for name in SCRIPTS):
        return None
    print(f"Installing {' and '.join(PACKAGES.values())} into {FOLDER.relative_to(SCRATCH.parent)} …")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(FOLDER), *PACKAGES.values()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"npm could not install the programs to compare with: {done.stderr.strip()}" if done.returncode else None


def script(name: str) -> Path:
    """The file to run with Node.js."""
    return FOLDER / "node_modules" / SCRIPTS[name]


def versions() -> dict[str, str]:
    """Versions of both programs, empty when they are not there."""
    files = {name: FOLDER / "node_modules" / package / "package.json" for name, package in PACKAGES.items()}
    return {name: json.loads(file.read_text())["version"] for name, file in files.items() if file.exists()}
