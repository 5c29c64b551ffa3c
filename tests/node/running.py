"""Programs for Node against the mock.

They need ``node`` and ``npm``; their tests are skipped without them, unless the environment variable
OPENAI_MOCK_REQUIRE_NODE is 1. Packages are installed once for each version of package.json, below pytest's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from openai_mock_api import MockServer

FOLDER: Final = Path(__file__).parent


def unavailable(reason: str) -> NoReturn:
    if os.environ.get("OPENAI_MOCK_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    return shutil.which(name) or unavailable(f"{name} is not installed")


def installed(cache: Path) -> Path:
    """Return a folder in which the packages are installed. Several test processes may do this at once."""
    package = (FOLDER / "package.json").read_bytes()
    folder = cache / hashlib.sha256(package).hexdigest()[:16]
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=cache) as name:
        fresh = Path(name, "packages")
        fresh.mkdir()
        (fresh / "package.json").write_bytes(package)
        install(fresh)
        if not folder.exists():
            fresh.rename(folder)
    return folder


def install(folder: Path) -> None:
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--fetch-retries=1"]
    try:
        done = subprocess.run([program("npm"), "install", *options], cwd=folder, capture_output=True, timeout=200)
    except subprocess.TimeoutExpired:
        unavailable("npm took too long; is a package registry in reach?")
    if done.returncode:
        unavailable(
            f"npm could not install the packages (exit code {done.returncode}); is a package registry in reach?"
        )


def printed(script: str, request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run a script against a server of its own. Return the JSON that it prints."""
    node = program("node")
    cache: pytest.Cache | None = getattr(request.config, "cache", None)
    folder = installed(factory.mktemp("node") if cache is None else cache.mkdir("openai-node-sdk"))
    with MockServer(FOLDER / "conversations.yaml", port=0) as server:
        done = subprocess.run(
            [node, "--input-type=module", "-", server.base_url],  # as standard input it finds the folder's packages
            input=(FOLDER / script).read_bytes(),
            cwd=folder,
            capture_output=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told
