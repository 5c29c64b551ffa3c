"""``python -m bench [part …]``: run parts of the benchmark, all of them unless some are named."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

from bench import machine
from bench.rounds import Effort

#: What is measured, in the order of the design's budgets.
PARTS: Final = ("plain", "stream", "rules", "paced", "start", "fixture", "memory", "workers", "embeddings")

#: What can be asked for beside them.
OTHERS: Final = ("profile", "report")


def main(names: list[str]) -> int:
    """Run parts. Return how many of them broke a budget."""
    unknown = sorted(set(names) - {*PARTS, *OTHERS})
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join((*PARTS, *OTHERS))}")
        return 2
    machine.raise_file_limit()
    machine.bind(machine.CLIENT_CORE)
    print(machine.description())
    broken = 0
    for name in names or PARTS:
        broken += not run(name, Effort.of_environment())
    return min(broken, 1)


def run(name: str, effort: Effort) -> bool:
    """Run one part; print and keep what it found. Return whether its budgets hold."""
    if name == "report":
        import_module("bench.report").write(PARTS)
        return True
    result = import_module(f"bench.parts.{name}").measure(effort)
    result.quick = effort.quick
    result.print()
    result.save()
    return bool(result.passed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
