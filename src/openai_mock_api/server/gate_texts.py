"""What is said of gates, in the process of the server and in others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Answered(Protocol):
    """What an exchange has, and what admin routes tell of one."""

    @property
    def method(self) -> str:
        """``POST``, …"""

    @property
    def path(self) -> str:
        """Path of the request."""

    @property
    def status(self) -> int:
        """HTTP status of the answer."""

    @property
    def matched(self) -> str | None:
        """Id of the response that answered."""


def titled(wanted: Iterable[str | None]) -> str:
    """Name a gate by the ids of the responses that it keeps back; None stands for a function."""
    return ", ".join("a function" if id_ is None else repr(id_) for id_ in wanted) or "all responses"


def listed(exchanges: Iterable[Answered]) -> str:
    """``POST /v1/chat/completions (weather)``, one after the other."""
    return ", ".join(f"{one.method} {one.path} ({one.matched or one.status})" for one in exchanges)


def nothing_came(title: str, seconds: float, passed: Iterable[Answered]) -> str:
    """Say that a gate has kept nothing back in its time, and what it has let pass."""
    answered = listed(passed)
    meanwhile = f" Answered meanwhile: {answered}." if answered else ""
    return f"no request came to the gate of {title} within {seconds:g} s.{meanwhile}"


def nobody_left(title: str, seconds: float) -> str:
    """Say that no client has hung up in the time."""
    return f"no client hung up at the gate of {title} within {seconds:g} s"
