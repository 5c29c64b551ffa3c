"""The app: what a server serves. It is the main room, and knows the way to the others and to the admin routes."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from openai_mock_api.errors import ApiError
from openai_mock_api.lazy import Lazy
from openai_mock_api.server.memory import Memory
from openai_mock_api.server.namespaces import BASE, Namespaces, closed, new_key
from openai_mock_api.server.pacer import Pacers
from openai_mock_api.server.room import Room
from openai_mock_api.server.routes import ADMIN
from openai_mock_api.surfaces.errors import error_response

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.http import Request, Response
    from openai_mock_api.server.admin import desk
else:
    desk = Lazy("openai_mock_api.server.admin.desk")

#: What paths begin with that the main room does not answer.
ASIDE: Final = (BASE, ADMIN)


class App(Room):
    """The main room of a server, and its namespaces. They share nothing but the clock and the port."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        super().__init__(settings, clock)
        self.pacers = Pacers(self.clock)
        self.namespaces = Namespaces()
        self._memory = Memory()

    @cached_property
    def _desk(self) -> desk.Desk:
        return desk.Desk(self)

    def open(self, name: str | None = None, settings: Settings | None = None) -> Room:
        """Open a namespace, with what the main room has been configured with unless ``settings`` say otherwise.

        Without a ``name`` it gets one. Raises ``ApiError`` for a name that cannot be one or is taken, and when too many
        are open.
        """
        chosen = self.settings if settings is None else settings
        return self.namespaces.open(
            name,
            self.settings.namespaces.max,
            lambda name: Room(chosen, self.clock, name, new_key(name)),
        )

    def close(self, name: str) -> Room:
        """Close a namespace: what comes later gets an error. Raises ``ApiError`` 404 for a name that is not open."""
        room = self.namespaces.close(name)
        self._memory.forget(room)
        return room

    def reset(self) -> None:
        """Forget what happened, and what the clock was told."""
        super().reset()
        self.clock.reset()

    def open_gates(self) -> None:
        """Let go whatever gates keep back, in every room."""
        for room in (self, *self.namespaces.opened()):
            room.gates.close()

    def handle(self, request: Request) -> Response:
        """Answer a request in the room that it is for, and keep both in that room's journal."""
        if self.namespaces.used or request.path.startswith(ASIDE):
            return self.led(request, self)
        return Room.handle(self, request)

    def refuse(self, request: Request, error: ApiError) -> Response:
        """Answer a request with an error, and keep both in the journal of the room that it is for."""
        return self.led(request, self, error)

    def led(self, request: Request, home: Room, error: ApiError | None = None) -> Response:
        """Lead a request to its room, which is ``home`` unless path or key say other, and let that answer or refuse it.

        A refused one may lack a part: an admin route would do what was not asked.
        """
        try:
            room, seen = self.namespaces.way(request, home)
        except ApiError as lost:
            return Room.refuse(self, request, lost)
        if seen.path.startswith(ADMIN):
            return self._desk.answer(room, seen) if error is None else error_response(error)
        if room is not self and not self.namespaces.is_open(room):
            return room.turn_away(seen, closed(room.name))
        return Room.handle(room, seen) if error is None else Room.refuse(room, seen, error)

    def greet(self, request: Request, home: Room | None = None) -> Response | None:
        """Refuse a request for a WebSocket in the room that it is for. None lets it be opened."""
        try:
            room, seen = self.namespaces.way(request, home or self)
        except ApiError as lost:
            return Room.refuse(self, request, lost)
        if room is not self and not self.namespaces.is_open(room):
            return room.turn_away(seen, closed(room.name))
        return room.opening(seen)

    def keep(self, data: bytes, request: Request, response: Response) -> None:
        """Remember the answer to the bytes of a request, if it is the answer to those bytes every time."""
        if response.rendering is None:
            return
        if not self.namespaces.used:
            self._memory.keep(data, self, request, response)
            return
        with suppress(ApiError):  # its namespace is gone meanwhile
            self._memory.keep(data, *self.namespaces.way(request, self), response)

    def recall(self, data: bytes) -> Response | None:
        """Answer bytes that have been answered before: nothing changes but ids and time. None for others."""
        kept = self._memory.find(data)
        return None if kept is None else kept.room.again(kept)
