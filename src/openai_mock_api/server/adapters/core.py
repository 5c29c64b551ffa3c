"""What the adapters, who bring requests and send answers, need of what answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.errors import ApiError
    from openai_mock_api.http import Request, Response
    from openai_mock_api.server.app import App
    from openai_mock_api.server.pacer import Pacers
    from openai_mock_api.server.room import Room


class Core(Protocol):
    """Answers requests: an app, or an entrance to one of its rooms."""

    @property
    def settings(self) -> Settings:
        """What has been configured."""

    @property
    def clock(self) -> Clock:
        """The time that everything goes by."""

    @property
    def pacers(self) -> Pacers:
        """The timers of each event loop, on the clock."""

    def handle(self, request: Request) -> Response:
        """Answer a request, and keep both in the journal."""

    def refuse(self, request: Request, error: ApiError) -> Response:
        """Answer a request with an error, and keep both in the journal."""

    def greet(self, request: Request) -> Response | None:
        """Refuse a request for a WebSocket, and keep both in the journal. None lets it be opened."""

    def keep(self, data: bytes, request: Request, response: Response) -> None:
        """Remember the answer to the bytes of a request, if it is the answer to those bytes every time."""

    def recall(self, data: bytes) -> Response | None:
        """Answer bytes that have been answered before. None for others."""


class Entrance:
    """The way into an app on which requests come to one namespace, unless path or key name another."""

    def __init__(self, app: App, room: Room) -> None:
        self.clock = app.clock
        self.pacers = app.pacers
        self._app = app
        self._room = room

    @property
    def settings(self) -> Settings:
        """What the namespace has been configured with."""
        return self._room.settings

    def handle(self, request: Request) -> Response:
        """Answer a request, and keep both in the journal of its room."""
        return self._app.led(request, self._room)

    def refuse(self, request: Request, error: ApiError) -> Response:
        """Answer a request with an error, and keep both in the journal of its room."""
        return self._app.led(request, self._room, error)

    def greet(self, request: Request) -> Response | None:
        """Refuse a request for a WebSocket, and keep both in the journal of its room. None lets it be opened."""
        return self._app.greet(request, self._room)

    def keep(self, data: bytes, request: Request, response: Response) -> None:
        """Remember nothing: the app answers the same bytes in another room."""

    def recall(self, data: bytes) -> None:
        """Find nothing."""
