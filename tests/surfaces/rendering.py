"""Replies as bodies and chunks, without a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openai_mock_api.clock import Clock
from openai_mock_api.http import Request, Response
from openai_mock_api.surfaces.chat.surface import Chat
from tests.serving import chat

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply

SURFACE = Chat()
CLOCK = Clock(seed=1)


def call_of(**parameters: Any) -> Call:
    """Build the call of a request."""
    return SURFACE.parse(Request("POST", "/", [], json.dumps(chat("Hi", **parameters)).encode()))


def rendered(reply: Reply, surface: Chat = SURFACE, **parameters: Any) -> Response:
    return surface.render(call_of(**parameters), reply).response(CLOCK)


def body_of(response: Response) -> Any:
    return json.loads(response.body)


def chunks_of(response: Response) -> list[Any]:
    """Decode the events of a stream, which end with ``[DONE]``."""
    assert response.stream is not None
    frames = [data for _, data in response.stream.frames()]
    assert b"".join(frames) == response.stream.whole()
    assert response.stream.size == len(response.stream.whole())
    assert frames[-1].endswith(b"\n\ndata: [DONE]\n\n")
    return [json.loads(frame.removeprefix(b"data: ").removesuffix(b"data: [DONE]\n\n")) for frame in frames]


def answered(reply: Reply, surface: Chat = SURFACE, **parameters: Any) -> tuple[Any, list[Any]]:
    """Render a reply both ways."""
    whole = body_of(rendered(reply, surface, **parameters))
    return whole, chunks_of(rendered(reply, surface, stream=True, **parameters))


def deltas(chunks: list[Any], index: int = 0) -> list[Any]:
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"] if choice["index"] == index]


def joined(chunks: list[Any], field: str = "content", index: int = 0) -> str:
    return "".join(delta.get(field) or "" for delta in deltas(chunks, index))
