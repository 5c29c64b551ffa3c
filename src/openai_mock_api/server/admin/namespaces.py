"""The namespaces of a server: open, list, close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.server.admin.requests import recorded
from openai_mock_api.server.admin.shapes import NamespaceList, NamespaceState, Open
from openai_mock_api.server.admin.visit import AdminRoute
from openai_mock_api.server.namespaces import BASE

if TYPE_CHECKING:
    from openai_mock_api.server.admin.visit import Visit
    from openai_mock_api.server.app import App
    from openai_mock_api.server.room import Room


def everything(visit: Visit) -> NamespaceList:
    """List the namespaces that are open."""
    return NamespaceList(namespaces=[_state(visit.app, room) for room in visit.app.namespaces.opened()])


def open_one(visit: Visit) -> NamespaceState:
    """Open a namespace: a closed room with a path and a key of its own."""
    wanted: Open = visit.said
    settings = None if wanted.config is None else Settings.loaded(load_config(wanted.config, needs_key=False))
    return _state(visit.app, visit.app.open(wanted.name, settings))


def one(visit: Visit) -> NamespaceState:
    """Show a namespace, also a closed one, with the requests that came too late."""
    return _state(visit.app, visit.app.namespaces.find(visit.name))


def close(visit: Visit) -> NamespaceState:
    """Close a namespace: requests that come later get an error."""
    return _state(visit.app, visit.app.close(visit.name))


def _state(app: App, room: Room) -> NamespaceState:
    return NamespaceState(
        name=room.name,
        path=BASE + room.name,
        key=room.key,
        open=app.namespaces.is_open(room),
        requests=len(room.journal),
        late=[recorded(exchange, room) for exchange in room.late],
    )


ROUTES: Final = (
    AdminRoute("GET", "/namespaces", everything, gives=NamespaceList),
    AdminRoute("POST", "/namespaces", open_one, takes=Open, gives=NamespaceState, status=201, refuses=(409,)),
    AdminRoute("GET", "/namespaces/{namespace}", one, gives=NamespaceState, refuses=(404,)),
    AdminRoute("DELETE", "/namespaces/{namespace}", close, gives=NamespaceState, refuses=(404,)),
)
