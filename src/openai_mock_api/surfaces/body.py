"""The JSON body of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from openai_mock_api.script.levels import HEADER
from openai_mock_api.surfaces.errors import not_json, wrong_content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.http import Request

T = TypeVar("T")

#: Headers that only the full way understands, unless they say what nearly every request says.
_TELLING: Final = frozenset({b"content-type", HEADER})
_JSON: Final = (b"content-type", b"application/json")

_decode = msgspec.json.Decoder().decode


def json_object(request: Request) -> dict[str, Any]:
    """Decode the body. Raises ``ApiError`` for another content type, for what is no JSON, and for no object."""
    content_type = request.header(b"content-type")
    if content_type is not None and b"json" not in content_type.lower():
        raise wrong_content_type(content_type.decode("latin-1"))
    try:
        document = _decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise not_json() from None
    if type(document) is not dict:
        raise not_json()
    return document


def ordinary(request: Request, decode: Callable[[bytes], T]) -> T | None:
    """Decode the body of a request with ordinary headers. None for others, and for what the decoder refuses."""
    for header in request.headers:
        if header[0] in _TELLING and header != _JSON:
            return None
    try:
        return decode(request.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
