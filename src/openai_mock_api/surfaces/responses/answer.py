"""An answer of the Responses API, made but for its ids and moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.http import JSON_HEAD, Response, Stream
from openai_mock_api.surfaces.chat.surface import SSE_HEAD
from openai_mock_api.surfaces.responses.object import COMPLETED, CREATED, STATUS
from openai_mock_api.surfaces.responses.output import SHARED

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock

#: Hexadecimal digits that all ids of a response share.
DIGITS: Final = 46

#: What stands between the events of a stream until they are filled in: JSON text never holds it.
BETWEEN: Final = b"\0"


class ResponsesAnswer(msgspec.Struct, frozen=True):
    """An answer that lacks its ids and its moments, for which its texts have marks.

    ``finished`` is the response when all is said, ``unfinished`` as it is until then, with a mark for its status.
    ``events`` are those of a stream with a NUL byte between them; None for a body. ``delay`` passes before anything is
    sent, and ``duration`` until all is said, in seconds. What is made in the ``background`` is sent at once, a body
    before it is begun; after ``begins`` seconds it is no longer queued.
    """

    finished: bytes
    unfinished: bytes
    events: bytes | None = None
    delays: tuple[float, ...] | None = None
    delay: float = 0.0
    duration: float = 0.0
    background: bool = False
    begins: float = 0.0

    def response(self, clock: Clock) -> Response:
        """Return the answer with ids and moments of its own."""
        return self.filled(clock.hex(DIGITS).encode(), clock.now())

    def filled(self, token: bytes, created: float) -> Response:
        """Return the answer whose ids share ``token``, made at a time in seconds since the epoch."""
        if self.events is None:
            if self.background:
                return Response(200, JSON_HEAD, self.begun(token, created, b"queued"))
            return Response(200, JSON_HEAD, self.object(token, created), None, self.delay)
        events = tuple(self._fill(self.events, token, created).split(BETWEEN))
        return Response(200, SSE_HEAD, b"", Stream(events, delays=self.delays), self.delay)

    def object(self, token: bytes, created: float) -> bytes:
        """Return the response when all is said."""
        return self._fill(self.finished, token, created)

    def begun(self, token: bytes, created: float, status: bytes = b"in_progress") -> bytes:
        """Return the response before anything is said."""
        return self._fill(self.unfinished, token, created).replace(STATUS, status)

    def _fill(self, text: bytes, token: bytes, created: float) -> bytes:
        text = text.replace(SHARED, token).replace(CREATED, b"%d" % created)
        return text.replace(COMPLETED, b"%d" % (created + self.duration))
