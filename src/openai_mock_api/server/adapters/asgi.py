"""The ASGI adapter: mounts the mock in any ASGI server or app, and takes what the fast path leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from openai_mock_api.http import Request
from openai_mock_api.server.adapters.sending import CUT, CutError, Sending
from openai_mock_api.server.adapters.sockets import serve
from openai_mock_api.surfaces.errors import body_too_large

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from openai_mock_api.http import Response
    from openai_mock_api.server.adapters.core import Core

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class AsgiAdapter:
    """An ASGI 3 application around an app."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one WebSocket; other kinds of scope are refused by returning."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await serve(self.core, _request(scope, b""), scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self.core.settings.max_body_bytes
        body = await _body(receive, most)
        if body is None:
            return
        request = _request(scope, body)
        too_large = len(body) > most
        response = self.core.refuse(request, body_too_large(most)) if too_large else self.core.handle(request)
        sending = Sending(response, self.core.pacers.of(asyncio.get_running_loop()))
        await _respond(response, sending, scope, receive, send)


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
    peer = scope.get("client") or ("",)
    return Request(scope.get("method", "GET"), path, headers, body, query, peer[0])


def _below(root: str, path: str) -> str:
    """Path without what the app is mounted at."""
    rest = path.removeprefix(root)
    return rest if rest.startswith("/") or not rest else path


async def _respond(response: Response, sending: Sending, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response while listening for the client's departure."""
    old = scope.get("http_version") == "1.0"
    answering = asyncio.ensure_future(_send(response, sending, send, old=old))
    leaving = asyncio.ensure_future(_departure(receive))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            await answering
            response.finished = True
        else:
            sending.leave()
    except CutError:
        await _cut(sending, scope, leaving, send)
    except OSError:  # how a server's ``send`` says that the client has gone
        sending.leave()
    except RuntimeError:  # how uvloop says it, for a moment
        if not _is_broken(scope):
            raise
        sending.leave()
        await leaving
    finally:
        answering.cancel()
        leaving.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)


def _is_broken(scope: Scope) -> bool:
    """Whether the connection has ended, as far as our own server knows."""
    extension = scope.get("extensions", {}).get(CUT)
    return extension is not None and extension["transport"].is_closing()


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(response: Response, sending: Sending, send: Send, *, old: bool) -> None:
    """Send a response. A client of the ``old`` HTTP 1.0 knows no chunks: it is told how long a stream will be."""
    await sending.begin()
    headers, stream = response.headers(), response.stream
    if stream is None or old:
        headers.append((b"content-length", b"%d" % response.size))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    sending.begun = True
    if stream is None:
        await send({"type": "http.response.body", "body": response.body})
        return
    async for data in sending.events(stream):
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _cut(sending: Sending, scope: Scope, leaving: asyncio.Future[None], send: Send) -> None:
    """Break the connection. Elsewhere than in our own server it ends with an answer that is not complete."""
    extension = scope.get("extensions", {}).get(CUT)
    if extension is not None:
        extension["transport"].abort()
        await leaving
    elif not sending.begun:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
