"""Answers that are the same every time, by the bytes of their requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from openai_mock_api.http import Request, Response
    from openai_mock_api.script.search.candidates import Match
    from openai_mock_api.server.answering import Answering, Rendering
    from openai_mock_api.server.room import Room

#: So many requests, each of at most so many bytes, are remembered with their answers, each of at most so many.
KEPT: Final = 1000
SHORT: Final = 8192
LONG: Final = 65_536


class Kept(NamedTuple):
    """A request that always gets the same answer: whose it is, which script gave it, and the answer."""

    room: Room
    answering: Answering
    request: Request
    rendering: Rendering
    match: Match


class Memory:
    """What is kept, by the bytes of the requests. What an older script gave is found, and is the room's to refuse."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Kept] = {}
        self.find = self._kept.get

    def keep(self, data: bytes, room: Room, request: Request, response: Response) -> None:
        """Keep the answer to the bytes of a request, which is the answer to those bytes every time."""
        if len(data) > SHORT or response.size > LONG:
            return
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[data] = Kept(room, response.maker, request, response.rendering, response.outcome)

    def forget(self, room: Room) -> None:
        """Let go what is kept for a room."""
        for data, kept in list(self._kept.items()):
            if kept.room is room:
                self._kept.pop(data, None)

    def __len__(self) -> int:
        """Count the requests."""
        return len(self._kept)
