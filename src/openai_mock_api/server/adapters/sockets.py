"""WebSockets: each message is a request to the app, and each event of the answer is a message.

Messages on one lane are answered one after another, those on several at the same time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.lazy import Lazy
from openai_mock_api.server.adapters.sending import CutError, Sending
from openai_mock_api.surfaces.responses.socket import read, refused, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from openai_mock_api.http import Request, Response
    from openai_mock_api.server.adapters.core import Core
    from openai_mock_api.surfaces.responses.socket import Message

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: The extension of a scope by which our own server hands over the ``transport`` of a connection, to be broken.
CUT: Final = "openai_mock_api.cut"

#: Code by which a connection ends that is cut where its transport is out of reach: an internal error.
FAILED: Final = 1011

# Few runs need the library.
_uvicorn: Any = Lazy("uvicorn.protocols.websockets.websockets_sansio_impl")


def protocol(**given: Any) -> asyncio.Protocol:
    """Make uvicorn's protocol of WebSockets, which hands its transport to the app. Arguments are that protocol's."""
    made = _uvicorn.WebSocketsSansIOProtocol(**given)
    app = made.app

    async def cuttable(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        scope["extensions"][CUT] = {"transport": made.transport}
        await app(scope, receive, send)
        made.handshake_complete = True  # or uvicorn takes a refusal for a fault, and logs it

    made.app = cuttable
    return made  # type: ignore[no-any-return]


async def serve(core: Core, opening: Request, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one connection, from its opening to its end."""
    await receive()
    refusal = core.greet(opening)
    if refusal is None:
        await send({"type": "websocket.accept"})
        await Socket(core, opening, scope.get("extensions", {}).get(CUT), send).serve(receive)
    else:
        await _refuse(refusal, scope, send)


async def _refuse(refusal: Response, scope: MutableMapping[str, Any], send: Send) -> None:
    """Say why no connection is opened, where the server lets us."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [*refusal.headers(), (b"content-length", b"%d" % len(refusal.body))]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": refusal.body})
    refusal.finished = True


class Socket:
    """An open connection. ``opening`` is the request that opened it: its headers and path are those of every message.

    ``cut`` is the extension that holds the transport, None where it is out of reach.
    """

    def __init__(self, core: Core, opening: Request, cut: dict[str, Any] | None, send: Send) -> None:
        self._core = core
        self._opening = opening
        self._cut = cut
        self._send = send
        self._lanes: defaultdict[str | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._answers: set[asyncio.Task[None]] = set()

    async def serve(self, receive: Receive) -> None:
        """Answer messages until the connection ends."""
        try:
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text")
                self._begin(read(message["bytes"] if text is None else text, self._opening))
        finally:
            for answer in self._answers:
                answer.cancel()
            await asyncio.gather(*self._answers, return_exceptions=True)

    def _begin(self, message: Message) -> None:
        answer = asyncio.ensure_future(self._answer(message))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    async def _answer(self, message: Message) -> None:
        """Answer a message once those before it on its lane are answered."""
        async with self._lanes[message.lane]:
            request, lane, error = message
            response = self._core.handle(request) if error is None else self._core.refuse(request, error)
            sending = Sending(response, self._core.pacers.of(asyncio.get_running_loop()))
            try:
                await self._tell(response, sending, lane)
                response.finished = True
            except CutError:
                await self._break()
            except (OSError, asyncio.CancelledError):  # how a server says that the client has gone
                sending.leave()

    async def _tell(self, response: Response, sending: Sending, lane: str | None) -> None:
        await sending.begin()
        if response.stream is None:
            await self._say(refused(response, lane))
            return
        async for events in sending.events(response.stream):
            for event in told(events, lane):
                await self._say(event)

    async def _say(self, event: str) -> None:
        await self._send({"type": "websocket.send", "text": event})

    async def _break(self) -> None:
        """Break the connection. Elsewhere than in our own server it ends as if the server had failed."""
        if self._cut is not None:
            self._cut["transport"].abort()
        else:
            with suppress(OSError):
                await self._send({"type": "websocket.close", "code": FAILED})
