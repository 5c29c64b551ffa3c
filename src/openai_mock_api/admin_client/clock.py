"""The clock of a server in another process."""

from __future__ import annotations

from datetime import datetime, timedelta

from openai_mock_api.admin_client.plans import Awaiting, Blocking, Plan, Speaker, Verb
from openai_mock_api.server.admin.shapes import Advance, Freeze, Scale, Time


class ClockVerbs(Speaker):
    """What a clock can be told."""

    @Verb
    def now(self) -> Plan[float]:
        """Seconds since the epoch."""
        return (yield from self._ask(Time, "GET", "/clock")).now

    @Verb
    def freeze(self, at: datetime | float | None = None) -> Plan[None]:
        """Stop the time, where it is or ``at`` a moment."""
        moment = at.timestamp() if isinstance(at, datetime) else at
        yield from self._ask(Time, "POST", "/clock/freeze", Freeze(at=moment))

    @Verb
    def advance(self, duration: float | str | timedelta) -> Plan[None]:
        """Move the time forward. Raises ``AdminError`` for what is no duration."""
        by = duration.total_seconds() if isinstance(duration, timedelta) else duration
        yield from self._ask(Time, "POST", "/clock/advance", Advance(by=by))

    @Verb
    def scale(self, factor: float) -> Plan[None]:
        """Let everything take ``factor`` times as long. Raises ``AdminError`` unless it is more than 0."""
        yield from self._ask(Time, "POST", "/clock/scale", Scale(factor=factor))

    @Verb
    def resume(self) -> Plan[None]:
        """Let the time run at its own pace, from where it is."""
        yield from self._ask(Time, "POST", "/clock/resume")

    @Verb
    def reset(self) -> Plan[None]:
        """Show the system's time again."""
        yield from self._ask(Time, "POST", "/clock/reset")


class AdminClock(ClockVerbs, Blocking):
    """The clock of a server in another process, which all its namespaces share."""


class AsyncAdminClock(ClockVerbs, Awaiting):
    """The same, to be awaited."""
