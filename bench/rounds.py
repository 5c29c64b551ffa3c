"""How long to measure, and in which order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


class Effort(msgspec.Struct, frozen=True):
    """How many rounds, and how many seconds of load in each."""

    quick: bool
    rounds: int
    seconds: int

    @classmethod
    def of_environment(cls) -> Effort:
        """Short when ``QUICK`` is set."""
        quick = os.environ.get("QUICK", "0") not in ("", "0")
        return cls(quick, rounds=1, seconds=1) if quick else cls(quick, rounds=5, seconds=2)


def interleaved(measures: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Take every measure once a round, so that what disturbs the machine for a while disturbs all of them."""
    taken: dict[str, list[T]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken
