"""WebSockets: each message is a request to the app, and each event of the answer is a message.

Messages on one lane are answered one after another, those on several at the same time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from openai_mock_api.lazy import Lazy
from openai_mock_api.resources.lanes import Lane
from openai_mock_api.server.adapters.sending import CutError, Sending
from openai_mock_api.surfaces.responses.socket import MOST_LANES, read, refused, told, too_many_lanes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from openai_mock_api.http import Request, Response
    from openai_mock_api.resources.lanes import Latest
    from openai_mock_api.server.adapters.core import Core
    from openai_mock_api.surfaces.responses.socket import Message

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: The extension of a scope by which our own server hands over its ``line``.
LINE: Final = "openai_mock_api.line"

#: Code by which a connection ends that is cut where its transport is out of reach: an internal error.
FAILED: Final = 1011

# Few runs need the library.
_uvicorn: Any = Lazy("uvicorn.protocols.websockets.websockets_sansio_impl")


class Line:
    """A connection as our own server has it. ``answers`` are those under way; ``ending`` is set when it stops."""

    def __init__(self, protocol: Any) -> None:
        self.answers: set[asyncio.Task[None]] = set()
        self.ending = False
        self._protocol = protocol
        self._shut_down = protocol.shutdown

    def end(self) -> None:
        """Say that the server stops, and close, after the answers under way. When it is asked again, at once."""
        if self.ending or not self.answers:
            self._close()
        self.ending = True

    def answered(self) -> None:
        """Note that an answer has ended."""
        if self.ending and not self.answers:
            self._close()

    def cut(self) -> None:
        """Break the connection."""
        self._protocol.transport.abort()

    def _close(self) -> None:
        if not self._protocol.transport.is_closing():
            self._shut_down()


def protocol(**given: Any) -> asyncio.Protocol:
    """Make uvicorn's protocol of WebSockets, with a line to the app. Arguments are that protocol's."""
    made = _uvicorn.WebSocketsSansIOProtocol(**given)
    line, app = Line(made), made.app

    async def linked(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        scope["extensions"][LINE] = {"line": line}
        await app(scope, receive, send)
        made.handshake_complete = True  # or uvicorn takes a refusal for a fault, and logs it

    made.app, made.shutdown = linked, line.end
    return made  # type: ignore[no-any-return]


async def serve(core: Core, opening: Request, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one connection, from its opening to its end."""
    await receive()
    refusal = core.greet(opening)
    if refusal is None:
        await send({"type": "websocket.accept"})
        line = scope.get("extensions", {}).get(LINE, {}).get("line")
        await Socket(core, opening, line, send).serve(receive)
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

    ``line`` is None behind other servers than our own.
    """

    def __init__(self, core: Core, opening: Request, line: Line | None, send: Send) -> None:
        self._core = core
        self._opening = opening
        self._line = line
        self._send = send
        self._lanes: defaultdict[str | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._named: set[str | None] = {None}
        self._latest: dict[str | None, Latest] = {}
        self._answers = set() if line is None else line.answers

    async def serve(self, receive: Receive) -> None:
        """Answer messages until the connection ends. What comes when the server stops already is not answered."""
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if not self._ending:
                    text = message.get("text")
                    self._begin(read(message["bytes"] if text is None else text, self._opening))
        finally:
            for answer in self._answers:
                answer.cancel()
            await asyncio.gather(*self._answers, return_exceptions=True)

    @property
    def _ending(self) -> bool:
        return self._line is not None and self._line.ending

    def _begin(self, message: Message) -> None:
        if message.lane not in self._named and len(self._named) > MOST_LANES:
            message = message._replace(error=too_many_lanes())
        else:
            self._named.add(message.lane)
        answer = asyncio.ensure_future(self._answer(message))
        self._answers.add(answer)
        answer.add_done_callback(self._answered)

    def _answered(self, answer: asyncio.Task[None]) -> None:
        self._answers.discard(answer)
        if self._line is not None:
            self._line.answered()

    async def _answer(self, message: Message) -> None:
        """Answer a message once those before it on its lane are answered."""
        async with self._lanes[message.lane]:
            response = self._respond(message)
            sending = Sending(response, self._core.pacers.of(asyncio.get_running_loop()))
            try:
                await self._tell(response, sending, message)
                response.finished = True
            except CutError:
                await self._break()
            except (OSError, asyncio.CancelledError):  # how a server says that the client has gone
                if not self._ending:
                    sending.leave()

    def _respond(self, message: Message) -> Response:
        """Answer a message with what its connection remembers."""
        lane = Lane(self._latest, message.lane, message.follows, message.generates)
        request = replace(message.request, lane=lane)
        response = self._core.handle(request) if message.error is None else self._core.refuse(request, message.error)
        if response.status != HTTPStatus.OK:
            lane.fail()
        return response

    async def _tell(self, response: Response, sending: Sending, message: Message) -> None:
        await sending.begin()
        if response.stream is None:
            await self._say(refused(response, message))
            return
        async for events in sending.events(response.stream):
            for event in told(events, message.lane):
                await self._say(event)

    async def _say(self, event: str) -> None:
        await self._send({"type": "websocket.send", "text": event})

    async def _break(self) -> None:
        """Break the connection. Elsewhere than in our own server it ends as if the server had failed."""
        if self._line is not None:
            self._line.cut()
        else:
            with suppress(OSError):
                await self._send({"type": "websocket.close", "code": FAILED})
