"""The ASGI adapter: mounts the mock in any ASGI server or app, and takes what the fast path leaves."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from openai_mock_api.http import Request
from openai_mock_api.surfaces.errors import body_too_large

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from openai_mock_api.http import Response
    from openai_mock_api.server.app import App

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class AsgiAdapter:
    """An ASGI 3 application around an app."""

    def __init__(self, core: App) -> None:
        self.core = core

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request; other kinds of scope are refused by returning."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self.core.settings.max_body_bytes
        body = await _body(receive, most)
        if body is None:
            return
        request = _request(scope, body)
        too_large = len(body) > most
        response = self.core.refuse(request, body_too_large(most)) if too_large else self.core.handle(request)
        await _respond(response, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive, most: int) -> bytes | None:
    """Read the body, no further than one piece beyond ``most`` bytes; None when the client has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > most:
            return bytes(body)


def _request(scope: Scope, body: bytes) -> Request:
    path = _below(scope.get("root_path", ""), scope["path"])
    query = scope.get("query_string", b"").decode("latin-1")
    headers = [(name.lower(), value) for name, value in scope["headers"]]
    return Request(scope["method"], path, headers, body, query)


def _below(root: str, path: str) -> str:
    """Path without what the app is mounted at."""
    rest = path.removeprefix(root)
    return rest if rest.startswith("/") or not rest else path


async def _respond(response: Response, receive: Receive, send: Send) -> None:
    """Send a response while listening for the client's departure."""
    sending = asyncio.ensure_future(_send(response, send))
    leaving = asyncio.ensure_future(_departure(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            await sending
            response.finished = True
        else:
            response.hung_up = True
    except OSError:  # how a server's ``send`` says that the client has gone
        response.hung_up = True
    finally:
        for task in (sending, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await task


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(response: Response, send: Send) -> None:
    if response.delay:
        await asyncio.sleep(response.delay)
    headers = response.headers()
    if response.stream is None:
        headers.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.stream is None:
        await send({"type": "http.response.body", "body": response.body})
    else:
        await _send_stream(response, send)


async def _send_stream(response: Response, send: Send) -> None:
    stream = response.stream
    assert stream is not None
    if stream.delays is None:
        await send({"type": "http.response.body", "body": stream.whole(), "more_body": True})
        response.sent = len(stream)
    else:
        for delay, data in stream.frames():
            if delay:
                await asyncio.sleep(delay)
            await send({"type": "http.response.body", "body": data, "more_body": True})
            response.sent += 1
    await send({"type": "http.response.body", "body": b""})
