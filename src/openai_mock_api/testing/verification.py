"""What a test may assert of the exchanges of its mock."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, Unpack

from openai_mock_api.bell import Bell
from openai_mock_api.clock import seconds_of
from openai_mock_api.config.arguments import checked
from openai_mock_api.journal import Exchange
from openai_mock_api.script.flows import Turn
from openai_mock_api.testing import reports
from openai_mock_api.testing.filters import Filters, Search

if TYPE_CHECKING:
    from openai_mock_api.errors import ReplyError
    from openai_mock_api.server.room import Room
    from openai_mock_api.testing.additions import Additions

#: Seconds that a test waits for a request.
PATIENCE: Final = 5.0


class Verification:
    """The exchanges of a room, and assertions about them. Failures name what came nearest and where it differs.

    When a function that answers has failed, every failed assertion names that as its cause.
    """

    def __init__(self, room: Room, additions: Additions) -> None:
        self._room = room
        self._additions = additions
        self._bell: Bell | None = None
        self._misses_allowed = False

    # -- what happened

    @property
    def requests(self) -> list[Exchange]:
        """The exchanges that the journal keeps, oldest first."""
        return self._room.journal.exchanges()

    @property
    def last_request(self) -> Exchange | None:
        """The newest exchange, None when there was none."""
        exchanges = self.requests
        return exchanges[-1] if exchanges else None

    @property
    def misses(self) -> list[Exchange]:
        """The exchanges that matched no response and got an error for it, oldest first."""
        return [exchange for exchange in self._room.journal.notable() if exchange.missed]

    @property
    def unmet(self) -> list[Exchange]:
        """The exchanges whose request does not hold what the turn that answered expects, oldest first."""
        return [exchange for exchange in self._room.journal.notable() if exchange.unmet]

    @property
    def unused(self) -> list[str]:
        """Ids of the responses that have answered nothing, as far as the journal reaches."""
        used = {exchange.matched for exchange in self.requests}
        return [flow.id for flow in self._room.answering.script.flows if flow.id not in used]

    @property
    def unused_turns(self) -> list[tuple[str, int]]:
        """Turns that have answered nothing, as far as the journal reaches: id of the response, place of the message."""
        used = {(exchange.matched, exchange.turn) for exchange in self.requests}
        turns = [
            (flow.id, place)
            for flow in self._room.answering.script.flows
            for place, step in enumerate(flow.steps)
            if isinstance(step, Turn)
        ]
        return [turn for turn in turns if turn not in used]

    @property
    def errors(self) -> list[ReplyError]:
        """What functions that answer have raised, each as the ``__cause__`` of a ``ReplyError``."""
        return list(self._additions.failed)

    # -- assertions

    @checked
    def assert_requested(
        self, flow: str | None = None, *, times: int | None = None, **filters: Unpack[Filters]
    ) -> Exchange:
        """Assert that a request has come that holds all of this, or exactly so many; return the last of them.

        ``flow`` is the id of the response that answered, ``filters`` are those of ``Filters``. Raises
        ``AssertionError``, and ``ValueError`` for ``times`` below 1: that is ``assert_not_requested``.
        """
        __tracebackhide__ = True
        if times is not None:
            _check(times)
        search = Search(flow, filters)
        exchanges = self.requests
        found = list(filter(search.fits, exchanges))
        if not found:
            self._fail(reports.not_found(search, exchanges) + self._unknown(flow))
        if times is not None and len(found) != times:
            self._fail(reports.wrong_number(search, times, found))
        return found[-1]

    @checked
    def assert_not_requested(self, flow: str | None = None, **filters: Unpack[Filters]) -> None:
        """Assert that no request has come that holds all of this.

        Raises ``AssertionError``, and ``ValueError`` for the id of a response that there is not: it never answers.
        """
        __tracebackhide__ = True
        search = Search(flow, filters)
        found = list(filter(search.fits, self.requests))
        if found:
            self._fail(reports.wrong_number(search, 0, found))
        flows = self._room.answering.script.by_id
        if flow is not None and flow not in flows:
            raise ValueError(reports.no_response(flow, flows))

    @checked
    def assert_order(self, *flows: str) -> None:
        """Assert that these responses have answered one after the other; others may have answered between them.

        Raises ``AssertionError``.
        """
        __tracebackhide__ = True
        came = [exchange.matched for exchange in self.requests]
        left = iter(came)
        for place, flow in enumerate(flows):
            if flow not in left:
                before = f" after {', '.join(flows[:place])}" if place else ""
                order = ", ".join(str(matched or "no match") for matched in came) or "nothing"
                self._fail(
                    f"expected {', '.join(flows)} to answer in this order\n{flow} did not{before}: {order}"
                    f"{self._unknown(flow)}"
                )

    def assert_no_misses(self) -> None:
        """Assert that every call was matched by a response, unless ``allow_misses`` was called.

        Raises ``AssertionError`` with the report of what came nearest.
        """
        __tracebackhide__ = True
        missed = self.misses
        if missed and not self._misses_allowed:
            self._fail(reports.misses(missed))

    def allow_misses(self) -> None:
        """Let calls go unmatched, until the next reset: a test that is about them shall not fail for them."""
        self._misses_allowed = True

    @property
    def misses_allowed(self) -> bool:
        """Whether ``allow_misses`` was called since the last reset."""
        return self._misses_allowed

    @checked
    def assert_all_used(self, *, turns: bool = False) -> None:
        """Assert that every response has answered; with ``turns``, also every turn of each.

        Raises ``AssertionError``, also when the journal no longer knows because it has forgotten exchanges.
        """
        __tracebackhide__ = True
        unused = [f"{flow}, messages[{place}]" for flow, place in self.unused_turns] if turns else self.unused
        if not unused:
            return
        forgotten = self._room.journal.forgotten
        hint = f"\nThe journal has forgotten {forgotten} older exchanges; raise journal.exchanges." if forgotten else ""
        self._fail(
            f"{reports.counted(len(unused), 'turn' if turns else 'response')} never answered: {'; '.join(unused)}{hint}"
        )

    def assert_expectations(self) -> None:
        """Assert that every request held what the turn that answered it expects. Raises ``AssertionError``."""
        __tracebackhide__ = True
        unmet = self.unmet
        if unmet:
            self._fail(reports.unmet_expectations(unmet))

    def assert_no_errors(self) -> None:
        """Assert that no function that answers has failed. Raises ``AssertionError`` from what the first has raised."""
        __tracebackhide__ = True
        errors = self.errors
        if errors:
            self._fail("\n".join(map(str, errors)))

    def verify(self) -> None:
        """Assert what must hold in the end: no errors, no misses, no unmet expectations. Raises ``AssertionError``."""
        __tracebackhide__ = True
        self.assert_no_errors()
        self.assert_no_misses()
        self.assert_expectations()

    def _unknown(self, flow: str | None) -> str:
        """Return a line about an id that the script does not have."""
        flows = self._room.answering.script.by_id
        return "" if flow is None or flow in flows else f"\n{reports.no_response(flow, flows)}"

    def _fail(self, text: str) -> NoReturn:
        __tracebackhide__ = True
        errors = self.errors
        raise AssertionError(text) from (errors[0].__cause__ if errors else None)

    # -- waiting

    @checked
    def wait_for_request(
        self,
        flow: str | None = None,
        *,
        times: int = 1,
        timeout: float | str | timedelta = PATIENCE,
        **filters: Unpack[Filters],
    ) -> Exchange:
        """Wait until so many requests have come that hold all of this, and return the last of them.

        Those that have come before count too. ``timeout`` is real time: seconds, a ``timedelta`` or a text like ``1m``.
        Raises ``TimeoutError`` that says what came nearest, and ``ValueError`` for ``times`` below 1.
        """
        _check(times)
        search = Search(flow, filters)
        found = self._heard().wait_for(partial(self._nth, search, times), seconds_of(timeout))
        return found or self._late(search, times, timeout)

    @checked
    async def wait_for_request_async(
        self,
        flow: str | None = None,
        *,
        times: int = 1,
        timeout: float | str | timedelta = PATIENCE,  # noqa: ASYNC109 - as ``wait_for_request``
        **filters: Unpack[Filters],
    ) -> Exchange:
        """Do the same without holding up the event loop."""
        _check(times)
        search = Search(flow, filters)
        found = await self._heard().wait_for_async(partial(self._nth, search, times), seconds_of(timeout))
        return found or self._late(search, times, timeout)

    def _heard(self) -> Bell:
        if self._bell is None:
            self._bell = Bell()
            self._room.journal.ring = self._bell.ring
        return self._bell

    def _nth(self, search: Search, times: int) -> Exchange | None:
        found = list(filter(search.fits, self.requests))
        return found[times - 1] if len(found) >= times else None

    def _late(self, search: Search, times: int, timeout: float | str | timedelta) -> NoReturn:
        exchanges = self.requests
        found = list(filter(search.fits, exchanges))
        text = reports.wrong_number(search, times, found) if found else reports.not_found(search, exchanges)
        raise TimeoutError(f"within {seconds_of(timeout):g} s {text}{self._unknown(search.filters.get('flow'))}")


def _check(times: int) -> None:
    if times < 1:
        raise ValueError(f"expected 1 or more, got {times}; to assert that none came, use assert_not_requested")
