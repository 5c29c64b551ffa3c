"""The JSON body of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.surfaces.errors import not_json, wrong_content_type

if TYPE_CHECKING:
    from openai_mock_api.http import Request

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
