"""WebSocket mode of responses: messages as requests, and answers as messages.

(source: API reference, "Responses", client and server events, and the guide "WebSocket mode")
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.surfaces.errors import not_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.http import Headers, Response

#: What a lane's name may be.
_LANE: Final = re.compile(r"[A-Za-z0-9_.-]{1,256}", re.ASCII)

#: Headers that are about the connection and the message that opened it, not about what is asked on it.
_OF_OPENING: Final = (b"connection", b"upgrade", b"content-type", b"content-length", b"sec-websocket-")

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder().decode


class Message(NamedTuple):
    """One event of a client: the request that it stands for, the lane that it came on, or what is wrong with it.

    A lane is a ``stream_id``; its events name it. None is the lane of those that name none.
    """

    request: Request
    lane: str | None = None
    error: ApiError | None = None


def is_path(path: str) -> bool:
    """Whether responses are created over WebSockets at a path."""
    return path.rstrip("/").endswith("/responses")


def read(data: str | bytes, opening: Request) -> Message:
    """Read an event of a client. ``opening`` is the request that opened the connection."""
    try:
        event = _object(data)
    except ApiError as error:
        return Message(_asking(opening, data if isinstance(data, bytes) else data.encode()), error=error)
    kind, lane = event.pop("type", None), event.pop("stream_id", None)
    request = _asking(opening, _encode({**_body(event), "stream": True}))
    if lane is not None and not (isinstance(lane, str) and _LANE.fullmatch(lane)):
        return Message(request, error=_wrong_lane())
    return Message(request, lane, _refusal(kind, event))


def told(events: bytes, lane: str | None) -> Iterator[str]:
    """Yield events of a stream as messages."""
    for event in events.split(b"\n\n"):
        if event:
            yield _on(lane, event.partition(b"data: ")[2])


def refused(response: Response, lane: str | None) -> str:
    """Return the event that says what an answer without a stream says: an error, and its status."""
    said = {"type": "error", "status": response.status, "error": _decode(response.body)["error"]}
    return _on(lane, _encode(said))


def _on(lane: str | None, event: bytes) -> str:
    return (event if lane is None else b'{"stream_id":"%b",%b' % (lane.encode(), event[1:])).decode()


def _object(data: str | bytes) -> dict[str, Any]:
    try:
        event = _decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise not_json() from None
    if type(event) is not dict:
        raise not_json()
    return event


def _body(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the body of a request: without what only WebSocket mode knows."""
    return {key: value for key, value in event.items() if key != "generate"}


def _asking(opening: Request, body: bytes) -> Request:
    headers: Headers = [pair for pair in opening.headers if not pair[0].startswith(_OF_OPENING)]
    headers.append((b"content-type", b"application/json"))
    return Request("POST", opening.path, headers, body, opening.query, opening.peer)


def _refusal(kind: object, event: dict[str, Any]) -> ApiError | None:
    if kind is None:
        return ApiError(400, "Missing required parameter: 'type'.", param="type", code="missing_required_parameter")
    if kind != "response.create":
        message = f"Invalid value: {kind!r}. Supported values are: 'response.create'."
        return ApiError(400, message, param="type", code="invalid_value")
    if event.get("background"):
        message = "'background' is not supported over WebSocket. Create the response with a POST request instead."
        return ApiError(400, message, param="background", code="unsupported_parameter")
    if event.get("generate") is False:
        message = "'generate: false' is not supported by this mock: leave it out, and send the whole input at once."
        return ApiError(400, message, param="generate", code="unsupported_parameter")
    return None


def _wrong_lane() -> ApiError:
    return ApiError(
        400,
        "Invalid 'stream_id': expected 1 to 256 letters, digits, '_', '.' and '-'.",
        param="stream_id",
        code="invalid_value",
    )
