"""``python -m conformance.clients``: LangChain, pydantic-ai and LiteLLM against the mock.

Runs ``tests/clients`` in a virtual environment of its own, since these clients choose the versions of the SDK and of
much else. The exit code is pytest's, 1 when the clients cannot be installed.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from conformance.environments import ROOT, SCRATCH, Environment, Unavailable

REQUIREMENTS: Final = ["-r", "requirements/runtime.txt", "-r", "requirements/clients.txt", "-e", "."]

#: What the clients warn of is not ours.
OPTIONS: Final = ["-q", "-p", "no:cacheprovider", "-W", "ignore"]


def main() -> int:
    """Run the tests. Return the exit code."""
    try:
        python = Environment(SCRATCH / "clients" / "venv", REQUIREMENTS).prepare()
    except Unavailable as error:
        print(error)
        return 1
    return subprocess.run([str(python), "-m", "pytest", *OPTIONS, "tests/clients"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
