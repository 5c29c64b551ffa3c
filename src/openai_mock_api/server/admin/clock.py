"""The clock of a server, which all its rooms share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openai_mock_api.server.admin.shapes import Advance, Freeze, Scale, Time
from openai_mock_api.server.admin.visit import AdminRoute

if TYPE_CHECKING:
    from openai_mock_api.server.admin.visit import Visit


def show(visit: Visit) -> Time:
    """Tell the time, and how fast it runs."""
    clock = visit.app.clock
    return Time(now=clock.now(), speed=clock.speed)


def freeze(visit: Visit) -> Time:
    """Stop the time: whatever waits goes on waiting until it is moved."""
    visit.app.clock.freeze(visit.said.at)
    return show(visit)


def advance(visit: Visit) -> Time:
    """Move the time forward: what becomes due happens at once."""
    visit.app.clock.advance(visit.said.by)
    return show(visit)


def scale(visit: Visit) -> Time:
    """Let everything take so many times as long."""
    visit.app.clock.scale(visit.said.factor)
    return show(visit)


def resume(visit: Visit) -> Time:
    """Let the time run at its own pace, from where it is."""
    visit.app.clock.resume()
    return show(visit)


def reset(visit: Visit) -> Time:
    """Show the system's time again."""
    visit.app.clock.reset()
    return show(visit)


ROUTES: Final = (
    AdminRoute("GET", "/clock", show, gives=Time),
    AdminRoute("POST", "/clock/freeze", freeze, takes=Freeze, gives=Time),
    AdminRoute("POST", "/clock/advance", advance, takes=Advance, gives=Time),
    AdminRoute("POST", "/clock/scale", scale, takes=Scale, gives=Time),
    AdminRoute("POST", "/clock/resume", resume, gives=Time),
    AdminRoute("POST", "/clock/reset", reset, gives=Time),
)
