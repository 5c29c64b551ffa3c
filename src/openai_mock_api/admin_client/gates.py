"""Gates in a server in another process."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.admin_client.plans import AwaitingContext, BlockingContext, Plan, Speaker, Verb, View, awaited
from openai_mock_api.clock import seconds_of
from openai_mock_api.errors import AdminError
from openai_mock_api.server.admin.shapes import Cancelled, GateState, Recorded, Release, ReleaseChunks
from openai_mock_api.server.gate_texts import nobody_left, nothing_came, titled

if TYPE_CHECKING:
    from datetime import timedelta

    from openai_mock_api.admin_client.connection import Connection

#: Seconds that are waited for something to happen, and that the server gets to answer.
PATIENCE: Final = 10.0


class GateVerbs(Speaker):
    """What can be done with a gate."""

    def __init__(self, connection: Connection, base: str, state: GateState) -> None:
        super().__init__(connection, base)
        self._path = f"/gates/{state.id}"
        self._told = 0

    @View
    def held(self) -> Plan[list[Recorded]]:
        """The requests whose answers are kept back now, oldest first."""
        held = []
        for id_ in (yield from self._state()).held:
            held.append((yield from self._request(id_)))  # noqa: PERF401 - a comprehension cannot yield
        return held

    @View
    def cancelled(self) -> Plan[Cancelled | None]:
        """The last client that has hung up while its answer was kept back."""
        return (yield from self._left())

    @Verb
    def wait(self, timeout: float | str | timedelta = PATIENCE) -> Plan[Recorded]:
        """Wait until a request has come whose answer is kept back, and return it; the next time, the next.

        Raises ``TimeoutError``.
        """
        id_ = yield from awaited(self._newcomer, timeout)
        if id_ is None:
            state = yield from self._state()
            passed = yield from self._remembered(state.passed)
            raise TimeoutError(nothing_came(titled(state.responses), seconds_of(timeout), passed))
        return (yield from self._request(id_))

    @Verb
    def wait_cancelled(self, timeout: float | str | timedelta = PATIENCE) -> Plan[Cancelled]:
        """Wait until a client has hung up while its answer was kept back. Raises ``TimeoutError``."""
        left = yield from awaited(self._left, timeout)
        if left is None:
            title = titled((yield from self._state()).responses)
            raise TimeoutError(nobody_left(title, seconds_of(timeout)))
        return left

    @Verb
    def release(self, count: int | None = None) -> Plan[None]:
        """Let all answers go, and keep none back from now on; with ``count``, only so many: the oldest first."""
        yield from self._tell("release", Release(count=count))

    @Verb
    def release_chunks(self, count: int) -> Plan[None]:
        """Let so many more events of each stream go that is kept back."""
        yield from self._tell("release_chunks", ReleaseChunks(count=count))

    @Verb
    def disconnect(self) -> Plan[None]:
        """Cut the connections of all answers that are kept back."""
        yield from self._tell("disconnect", None)

    @Verb
    def close(self) -> Plan[None]:
        """Let all answers go, and be a gate no more. Does nothing when it is closed already.

        Warns (``UserWarning``) when an answer was kept back too long.
        """
        try:
            expired = (yield from self._ask(GateState, "DELETE", self._path)).expired
        except AdminError as error:
            if error.status != 404:  # it is closed already
                raise
            return
        if expired:
            warnings.warn(
                f"The gate let {len(expired)} answers go by itself: nobody released them in time. Call release(), or "
                "leave the gate's `with` block.",
                stacklevel=3,  # of who has this plan carried out
            )

    def _state(self) -> Plan[GateState]:
        return self._ask(GateState, "GET", self._path)

    def _tell(self, verb: str, said: Any) -> Plan[GateState]:
        return self._ask(GateState, "POST", f"{self._path}/{verb}", said)

    def _remembered(self, ids: list[str]) -> Plan[list[Recorded]]:
        """Return those requests that the journal still has."""
        remembered = []
        for id_ in ids:
            with suppress(AdminError):
                remembered.append((yield from self._request(id_)))
        return remembered

    def _request(self, id_: str) -> Plan[Recorded]:
        return self._ask(Recorded, "GET", f"/requests/{id_}")

    def _left(self) -> Plan[Cancelled | None]:
        cancelled = (yield from self._state()).cancelled
        return cancelled[-1] if cancelled else None

    def _newcomer(self) -> Plan[str | None]:
        came = (yield from self._state()).came
        if len(came) == self._told:
            return None
        self._told += 1
        return came[self._told - 1]


class AdminGate(GateVerbs, BlockingContext):
    """A gate in another process. ``AdminClient.hold`` makes it; as a context manager it opens in the end."""


class AsyncAdminGate(GateVerbs, AwaitingContext):
    """The same, to be awaited. ``AsyncAdminClient.hold`` makes it."""
