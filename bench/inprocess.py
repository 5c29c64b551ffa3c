"""Time of a request in process, for scripts of several sizes. ``python -m bench.inprocess ROUNDS SIZES ONLY KIND …``.

A process of its own for each kind, so that one kind's rules are no burden to another's. Prints JSON:
``{"10 hit": µs, "10 miss": µs, "10 match": µs, …}``. ``ONLY`` is the kind that hits, empty for all of them.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Final

import msgspec

from bench.core import app_of, request_of
from bench.rounds import interleaved
from bench.rules import KINDS, Rules, body
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat import request as chat_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from bench.rules import Kind
    from openai_mock_api.script.messages import Call

#: Seconds that one measure may take; slow scripts are asked fewer texts.
LIMIT: Final = 0.3


def measure(kinds: Sequence[str], only: str, sizes: Sequence[int], rounds: int) -> dict[str, float]:
    """Time hits, misses and matching alone, at every size."""
    measures: dict[str, Callable[[], float]] = {}
    for size in sizes:
        rules = Rules([KINDS[kind] for kind in kinds], size)
        measures.update({f"{size} {what}": run for what, run in _measures(rules, KINDS.get(only)).items()})
    gc.freeze()  # the rules of the other sizes are no burden
    return {name: median(taken[1:]) for name, taken in interleaved(measures, rounds + 1).items()}


def _measures(rules: Rules, only: Kind | None) -> dict[str, Callable[[], float]]:
    app = app_of(rules)
    hits = [request_of(body(text)) for text in rules.hits(only)]
    misses = [request_of(body(text)) for text in rules.misses()]
    calls = [chat_request.parse(request, json_object(request)) for request in hits]

    def match(call: Call) -> object:
        return app.answering.script.match(call, app.answering.plays)

    return {
        "hit": lambda: _microseconds(app.handle, hits),
        "miss": lambda: _microseconds(app.handle, misses),
        "match": lambda: _microseconds(match, calls),
    }


def _microseconds(run: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    """Run with every argument in turn until the limit; return the mean time."""
    begun = time.perf_counter()
    done = 0
    for argument in arguments:
        run(argument)
        done += 1
        if not done % 16 and time.perf_counter() - begun > LIMIT:
            break
    return (time.perf_counter() - begun) / done * 1e6


if __name__ == "__main__":
    logging.disable()  # as a quiet server whose log nobody reads
    found = measure(sys.argv[4:], sys.argv[3], [int(size) for size in sys.argv[2].split(",")], int(sys.argv[1]))
    sys.stdout.write(msgspec.json.encode(found).decode())
