"""Responses that nobody asked for: what an unknown id gets with ``missing: synthesize``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openai_mock_api.resources.collection import MADE_UP
from openai_mock_api.resources.items import listed
from openai_mock_api.resources.response_records import Background, Kept
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.replies import Reply

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.surfaces.responses.surface import Responses


class ResponseSynthesis:
    """Makes up responses of one model, rendered like those of the script, as if made in the background."""

    def __init__(self, surface: Responses, clock: Clock, model: str) -> None:
        self._surface = surface
        self._clock = clock
        self._model = model

    def __call__(self, id: str) -> tuple[bytes, bytes]:  # noqa: A002 - the wire's own name
        """Return data and content of the response with an id."""
        call = Call("responses", self._model, [Message("user", MADE_UP)], parameters={"background": True})
        answer = self._surface.stream(call, Reply(content=MADE_UP))
        token, created = self._clock.hex(46).encode(), self._clock.now()
        stream = answer.filled(token, created).stream
        events = [] if stream is None else [event.decode() for event in stream.tails]
        background = Background(
            begun={}, created=created, delay=0.0, duration=0.0, events=events, due=[0.0] * len(events)
        )
        asked = listed([{"role": "user", "content": MADE_UP}], lambda prefix, _: f"{prefix}_{token.decode()}0000")
        whole = {**msgspec.json.decode(answer.object(token, created)), "id": id}
        return msgspec.json.encode(whole), Kept(asked, background=background).encoded()
