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
from openai_mock_api.surfaces.validation import boolean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.http import Headers, Response

#: What a lane's name may be.
_LANE: Final = re.compile(r"[A-Za-z0-9_.-]{1,256}", re.ASCII)

#: So many lanes a connection may name.
MOST_LANES: Final = 32

#: The event that changes the course of a response, and why it does not.
_STEER: Final = "response.steer"
NO_STEERING: Final = "steering_not_supported"

#: Headers that are about the connection and the message that opened it, not about what is asked on it.
_OF_OPENING: Final = (b"connection", b"upgrade", b"content-type", b"content-length", b"sec-websocket-")

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder().decode


class Message(NamedTuple):
    """One event of a client: the request that it stands for, the lane that it came on, or what is wrong with it.

    A lane is a ``stream_id``; its events name it. None is the lane of those that name none. ``event`` is what the
    client has sent, as far as it could be read.
    """

    request: Request
    lane: str | None = None
    error: ApiError | None = None
    event: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it

    @property
    def follows(self) -> str | None:
        """The response that the event follows."""
        given = self.event.get("previous_response_id")
        return given if type(given) is str else None

    @property
    def generates(self) -> bool:
        """Whether an answer is wanted."""
        return self.event.get("generate") is not False


def is_path(path: str) -> bool:
    """Whether responses are created over WebSockets at a path."""
    return path.rstrip("/").endswith("/responses")


def read(data: str | bytes, opening: Request) -> Message:
    """Read an event of a client. ``opening`` is the request that opened the connection."""
    try:
        event = _object(data)
    except ApiError as error:
        return Message(_asking(opening, data if isinstance(data, bytes) else data.encode()), error=error)
    lane = event.get("stream_id")
    request = _asking(opening, _encode({**_body(event), "stream": True}))
    if lane is not None and not (isinstance(lane, str) and _LANE.fullmatch(lane)):
        return Message(request, error=_wrong_lane(), event=event)
    return Message(request, lane, _refusal(event), event)


def told(events: bytes, lane: str | None) -> Iterator[str]:
    """Yield events of a stream as messages."""
    for event in events.split(b"\n\n"):
        if event:
            yield _on(lane, event.partition(b"data: ")[2])


def refused(response: Response, message: Message) -> str:
    """Return the event that says what an answer without a stream says: an error, and its status."""
    error = _decode(response.body)["error"]
    if message.event.get("type") == _STEER:
        return _encode(_not_steered(error, message.event)).decode()
    return _on(message.lane, _encode({"type": "error", "status": response.status, "error": error}))


def _not_steered(error: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """Write that input was not taken, and give it back."""
    told = {"code": error["code"], "message": error["message"], "type": "invalid_request_error"}
    steer = {name: event.get(name) for name in ("input", "previous_response_id")}
    return {"type": f"{_STEER}.failed", "sequence_number": 0, "error": told, "steer": steer}


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
    return {key: value for key, value in event.items() if key not in ("type", "stream_id", "generate")}


def _asking(opening: Request, body: bytes) -> Request:
    headers: Headers = [pair for pair in opening.headers if not pair[0].startswith(_OF_OPENING)]
    headers.append((b"content-type", b"application/json"))
    return Request("POST", opening.path, headers, body, opening.query, opening.peer)


def _refusal(event: dict[str, Any]) -> ApiError | None:
    kind = event.get("type")
    if kind == _STEER:
        return ApiError(400, "This mock does not steer responses: send the input with the next one.", code=NO_STEERING)
    if kind is None:
        return ApiError(400, "Missing required parameter: 'type'.", param="type", code="missing_required_parameter")
    if kind != "response.create":
        message = f"Invalid value: {kind!r}. Supported values are: 'response.create' and 'response.steer'."
        return ApiError(400, message, param="type", code="invalid_value")
    if event.get("background"):
        message = "'background' is not supported over WebSocket. Create the response with a POST request instead."
        return ApiError(400, message, param="background", code="unsupported_parameter")
    try:
        boolean(event.get("generate", True), "generate")
    except ApiError as error:
        return error
    return None


def _wrong_lane() -> ApiError:
    return ApiError(
        400,
        "The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain letters, "
        "numbers, underscores, hyphens, and periods.",
        param="stream_id",
        code="invalid_stream_id",
    )


def too_many_lanes() -> ApiError:
    """A connection has named as many lanes as it may."""
    return ApiError(
        400,
        f"This WebSocket connection has reached its maximum number of distinct stream IDs ({MOST_LANES}). Reuse an "
        "existing stream_id or open a new WebSocket connection.",
        param="stream_id",
        code="websocket_stream_limit_reached",
    )
