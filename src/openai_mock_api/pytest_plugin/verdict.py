"""What was wrong with what a test said to its mock."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from openai_mock_api.testing import reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.errors import ReplyError
    from openai_mock_api.journal import Exchange
    from openai_mock_api.mock import Mock
    from openai_mock_api.pytest_plugin.guard import Guard

#: The folder of this package: its frames are nobody's fault.
OURS: Final = str(Path(__file__).parents[1])

#: So many faults are named in the message of a failure.
NAMED: Final = 5


class Fault(NamedTuple):
    """One thing that was wrong: what tells it from others, and a line about it."""

    key: object
    line: str


class Verdict:
    """All faults of a test, and which of them it has been told."""

    def __init__(self, mock: Mock, guard: Guard) -> None:
        self._mock = mock
        self._guard = guard
        self._told: set[object] = set()

    def news(self) -> list[Fault]:
        """Return the faults that have not been told, and regard them as told."""
        fresh = [fault for fault in self._faults() if fault.key not in self._told]
        self._told.update(fault.key for fault in fresh)
        return fresh

    def stories(self) -> Iterator[tuple[str, str]]:
        """Yield a title and a text for what takes more than a line. The misses come last: they say what to do."""
        if errors := self._mock.errors:
            yield "a function failed", "\n\n".join(map(_traced, errors))
        if unmet := self._mock.unmet:
            yield "an expectation did not hold", reports.unmet_expectations(unmet)
        if misses := self._misses():
            yield "no response matched", reports.misses(misses)

    def _faults(self) -> Iterator[Fault]:
        for place, escape in enumerate(self._guard.escapes):
            yield Fault(("escape", place), str(escape))
        for place, error in enumerate(self._mock.errors):
            yield Fault(("error", place), str(error))
        for exchange in self._mock.unmet:
            yield Fault(("unmet", exchange.id), _unmet(exchange))
        for exchange in self._misses():
            yield Fault(("miss", exchange.id), _missed(exchange))

    def _misses(self) -> list[Exchange]:
        return [] if self._mock.misses_allowed else self._mock.misses


def message(faults: list[Fault]) -> str:
    """Write faults as the message of a failure."""
    lines = [f"openai-mock: {fault.line}" for fault in faults[:NAMED]]
    more = len(faults) - NAMED
    return "\n".join([*lines, f"… and {more} more"] if more > 0 else lines)


def _unmet(exchange: Exchange) -> str:
    first = exchange.unmet[0]
    expected, got = first.difference.expected, first.difference.got
    return f"{exchange.matched} expected {first.name} {expected!r}, got {got!r}"


def _missed(exchange: Exchange) -> str:
    line = f"no response matched {title_of(exchange)}"
    near = next(iter((exchange.error or {}).get("nearest") or ()), None)
    if near is None:
        return f"{line}; the script holds no responses"
    return f"{line}; {near['id']} parted at {near['parted_at']}, expected {near['expected']!r}, got {near['got']!r}"


def _traced(error: ReplyError) -> str:
    """Write the traceback of what a function has raised, from the function on."""
    cause = error.__cause__ or error
    trace = cause.__traceback__
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename.startswith(OURS):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(cause), cause, trace)).rstrip()


def title_of(exchange: Exchange) -> str:
    """Name an exchange by its request: ``POST /v1/chat/completions 'Hello'``."""
    said = exchange.user
    return f"{exchange.method} {exchange.path}" + (f" {said[:80]!r}" if said else "")
