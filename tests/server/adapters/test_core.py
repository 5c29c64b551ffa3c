"""The way into a namespace for requests that name none."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.server.adapters.connections import Connections
from openai_mock_api.server.adapters.core import Entrance
from tests.server.adapters.test_connections import Client
from tests.serving import KEY, app_of, chat, flow, post

if TYPE_CHECKING:
    from openai_mock_api.server.app import App
    from openai_mock_api.server.room import Room

MAIN = {"responses": [flow("Hello", content="main")]}
OWN = {"responses": [flow("Hello", content="own")], "max_body_bytes": 1000}


@pytest.fixture
def app() -> App:
    return app_of(MAIN)


@pytest.fixture
def room(app: App) -> Room:
    return app.open("a", app_of(OWN).settings)


@pytest.fixture
def entrance(app: App, room: Room) -> Entrance:
    return Entrance(app, room)


def request(path: str = "/v1/chat/completions", key: str = KEY) -> Request:
    headers = [(b"authorization", f"Bearer {key}".encode())]
    return Request("POST", path, headers, json.dumps(chat("Hello")).encode())


def test_a_request_that_names_no_namespace_comes_to_its_own(app: App, room: Room, entrance: Entrance) -> None:
    assert b'"own"' in entrance.handle(request()).body
    assert (len(room.journal), len(app.journal)) == (1, 0)


def test_path_and_key_lead_elsewhere(app: App, entrance: Entrance) -> None:
    other = app.open("b")
    assert b'"main"' in entrance.handle(request("/ns/b/v1/chat/completions")).body
    assert b'"main"' in entrance.handle(request(key=other.key)).body
    assert b'"own"' in entrance.handle(request("/ns/a/v1/chat/completions")).body
    assert len(other.journal) == 2


def test_a_closed_namespace_answers_no_more(app: App, room: Room, entrance: Entrance) -> None:
    app.close("a")
    assert b"namespace_closed" in entrance.handle(request()).body
    assert b"namespace_closed" in entrance.refuse(request(), ApiError(413, "large")).body
    assert (len(room.late), len(room.journal), len(app.journal)) == (2, 0, 0)


def test_a_refusal_is_in_its_journal(room: Room, entrance: Entrance) -> None:
    assert entrance.refuse(request(), ApiError(413, "large")).status == 413
    assert len(room.journal) == 1


def test_it_goes_by_the_settings_of_its_room(app: App, room: Room, entrance: Entrance) -> None:
    assert entrance.settings.max_body_bytes == 1000
    room.load(app.settings)
    assert entrance.settings is app.settings
    assert (entrance.clock, entrance.pacers) == (app.clock, app.pacers)


def test_what_was_answered_elsewhere_is_not_answered_from_memory(app: App, room: Room, entrance: Entrance) -> None:
    async def main() -> None:
        for core, text in ((app, b'"main"'), (entrance, b'"own"'), (app, b'"main"'), (entrance, b'"own"')):
            client = await Connections(core).open(Client)
            client.transport.write(post(chat("Hello")))
            assert text in await client.until(b"}")
            client.transport.close()
            await client.lost.wait()

    asyncio.run(main())
    assert (len(app.journal), len(room.journal)) == (2, 2)
