"""What a test is told when an assertion fails: short, with what came nearest and where it differs."""

from __future__ import annotations

import difflib
from textwrap import indent
from typing import TYPE_CHECKING, Final

from openai_mock_api.config.spelling import closest
from openai_mock_api.script.diagnosis import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from openai_mock_api.journal import Exchange
    from openai_mock_api.script.matching.expectations import Unmet
    from openai_mock_api.testing.filters import Search

#: Most exchanges that a report lists, and most lines of a difference.
LISTED: Final = 8
LINES: Final = 24

#: Texts longer than this, or of several lines, are shown by where they differ.
SHORT: Final = 100


def counted(number: int, noun: str = "request") -> str:
    """Return ``1 request``, ``2 requests``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def no_response(id_: str, known: Collection[str]) -> str:
    """Say that a script has no response with an id, which one may have been meant, and which there are."""
    near = closest(id_, known)
    there = ", ".join(list(known)[:LISTED]) + (" …" if len(known) > LISTED else "")
    hint = f"did you mean {near!r}?" if near else f"there are {there}" if there else "the script has none"
    return f"there is no response {id_!r}; {hint}"


def title(exchange: Exchange) -> str:
    """Name an exchange: ``POST /v1/chat/completions (weather)``."""
    outcome = exchange.matched or ("no match" if exchange.missed else str(exchange.status))
    return f"{exchange.method} {exchange.path} ({outcome})"


def listed(exchanges: Sequence[Exchange], described: Callable[[Exchange], str] = title) -> str:
    """List exchanges with their numbers, the first of them."""
    lines = [indent(f"{i}. {described(x)}", "   ").removeprefix("   ") for i, x in enumerate(exchanges[:LISTED], 1)]
    more = len(exchanges) - LISTED
    return "\n".join([*lines, f"… and {more} more"] if more > 0 else lines)


def differences(unmet: Iterable[Unmet]) -> str:
    """Say of each thing what was expected and what came."""
    return "\n".join(map(_difference, unmet))


def _difference(unmet: Unmet) -> str:
    expected, got = unmet.difference.expected, unmet.difference.got
    if "\n" in expected + got or len(expected) + len(got) > 2 * SHORT:
        lines = [f"{unmet.name} (- expected, + got):", indent(_by_lines(expected, got), "  ")]
    else:
        lines = [f"{unmet.name}:", f"  expected: {expected!r}", f"  got:      {got!r}"]
    hint = unmet.difference.hint
    return "\n".join([*lines, f"  hint:     {shortened(hint)}"] if hint else lines)


def _by_lines(expected: str, got: str) -> str:
    compared = difflib.unified_diff(expected.splitlines(), got.splitlines(), n=2, lineterm="")
    lines = [shortened(line) for line in compared if not line.startswith(("---", "+++"))]
    more = len(lines) - LINES
    return "\n".join([*lines[:LINES], f"… {more} more lines"] if more > 0 else lines)


def not_found(search: Search, exchanges: Sequence[Exchange]) -> str:
    """Say what was looked for, and which exchange came nearest."""
    wanted = f" with\n{search}" if search.filters else ""
    if not exchanges:
        return f"expected a request{wanted}\nNo request has come."
    unmet = [search.unmet(exchange) for exchange in exchanges]
    place = max(range(len(exchanges)), key=lambda i: _closeness(unmet[i]))
    nearest = (
        f"the nearest is request {place + 1}, {title(exchanges[place])}:\n{indent(differences(unmet[place]), '  ')}"
    )
    return f"expected a request{wanted}\nNone of {counted(len(exchanges))} is one; {nearest}"


def _closeness(unmet: Sequence[Unmet]) -> float:
    """How near an exchange comes: the fewer differences, and the more alike, the nearer."""
    return sum((failed.difference.similarity or 0.0) - 1 for failed in unmet)


def wrong_number(search: Search, times: int, found: Sequence[Exchange]) -> str:
    """Say how many there should have been, and which there were."""
    wanted = f" with\n{search}" if search.filters else ""
    there = f"There is {counted(1)}" if len(found) == 1 else f"There are {counted(len(found))}"
    return f"expected {counted(times)}{wanted}\n{there}:\n{indent(listed(found), '  ')}"


def misses(exchanges: Sequence[Exchange]) -> str:
    """Explain what matched no response."""
    return f"{counted(len(exchanges))} matched no response:\n{listed(exchanges, _miss)}"


def _miss(exchange: Exchange) -> str:
    error = exchange.error or {}
    _, _, explanation = str(error.get("message", "")).partition("\n\n")
    model = f", model {exchange.model}" if exchange.model else ""
    return f"{exchange.method} {exchange.path}{model}\n{explanation}".rstrip()


def unmet_expectations(exchanges: Sequence[Exchange]) -> str:
    """Explain which requests did not hold what the turn that answered them expects."""

    def described(exchange: Exchange) -> str:
        return f"{title(exchange)}, messages[{exchange.turn}]\n{differences(exchange.unmet)}"

    return f"{counted(len(exchanges))} did not meet what was expected:\n{listed(exchanges, described)}"
