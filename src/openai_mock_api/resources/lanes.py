"""What a connection remembers, so that responses on it can follow each other without being stored.

Source: guide "WebSocket mode".
"""

from __future__ import annotations

from typing import Any, NamedTuple

Item = dict[str, Any]


class Latest(NamedTuple):
    """The last response of a lane: its id, and all items up to its end."""

    id: str
    items: list[Item]


class Lane(NamedTuple):
    """A lane of a connection, for one request on it. ``latest`` is what all lanes of the connection share.

    ``follows`` is the response that the request follows. With ``generates`` as false the request is to be remembered,
    and not answered.
    """

    latest: dict[str | None, Latest]
    name: str | None = None
    follows: str | None = None
    generates: bool = True

    def find(self, response: str | None) -> list[Item] | None:
        """Return all items up to the end of a response, if it is the last one of any lane."""
        return next((latest.items for latest in self.latest.values() if latest.id == response), None)

    def keep(self, response: str, items: list[Item]) -> None:
        """Remember a response, in place of the lane's last one."""
        self.latest[self.name] = Latest(response, items)

    def fail(self) -> None:
        """Note that the request has failed: the lane forgets what it followed, other lanes do not."""
        latest = self.latest.get(self.name)
        if latest is not None and latest.id == self.follows:
            del self.latest[self.name]
