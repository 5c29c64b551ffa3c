"""The common chat request, in one pass of a typed decoder.

Most requests hold a model, messages of text and a few numbers. What the decoder below accepts is valid by its types;
whatever it refuses is read again by ``request``, which knows the rest and says what is wrong. So is a request that
chooses how strictly it is checked. Both build the same call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from openai_mock_api.script.messages import Call, Message, Role
from openai_mock_api.surfaces.body import ordinary

if TYPE_CHECKING:
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Validation

_PlainRole = Literal["user", "system", "developer", "assistant"]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class _PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: _PlainRole
    content: str


class _StreamOptions(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    include_usage: bool = False


class _PlainRequest(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    model: Annotated[str, msgspec.Meta(min_length=1)]
    messages: Annotated[list[_PlainMessage], msgspec.Meta(min_length=1)]
    stream: bool = False
    stream_options: _StreamOptions | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    max_tokens: _Count | None = None
    max_completion_tokens: _Count | None = None


_decode: Final = msgspec.json.Decoder(_PlainRequest).decode

_ROLES: Final[dict[str, Role]] = {"user": "user", "system": "system", "developer": "system", "assistant": "assistant"}


def parse_plain(request: Request, validation: Validation = "strict") -> Call | None:
    """Build the call of a common request, or None for every other."""
    plain = ordinary(request, _decode)
    if plain is None:
        return None
    if plain.stream_options is not None and not plain.stream:
        return None
    if plain.max_tokens is not None and plain.max_completion_tokens is not None:
        return None
    return Call(
        "chat",
        plain.model,
        [Message(_ROLES[message.role], message.content) for message in plain.messages],
        plain.stream,
        plain.stream_options is not None and plain.stream_options.include_usage,
        max_tokens=plain.max_completion_tokens or plain.max_tokens,
        headers=request.headers,
        body=request.body,
        validation=validation,
    )
