"""The common request for a response, in one pass of a typed decoder.

Most requests hold a model, a text or messages of text, and little more. What the decoder below accepts is valid by its
types and refers to nothing stored; whatever it refuses is read again by ``request``, which knows the rest and
says what is wrong. So is a request that chooses how strictly it is checked. Both build the same call.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from openai_mock_api.script.messages import Call, Message
from openai_mock_api.surfaces.body import ordinary
from openai_mock_api.surfaces.chat.messages import ROLES

if TYPE_CHECKING:
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Validation

_Text = Annotated[str, msgspec.Meta(max_length=10_485_760)]


class _PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "system", "developer", "assistant"]
    content: _Text
    type: Literal["message"] | msgspec.UnsetType = msgspec.UNSET


#: A number stays as it was written, since the answer repeats it.
_Temperature = Annotated[int, msgspec.Meta(ge=0, le=2)] | Annotated[float, msgspec.Meta(ge=0, le=2)]
_TopP = Annotated[int, msgspec.Meta(ge=0, le=1)] | Annotated[float, msgspec.Meta(ge=0, le=1)]


class _PlainRequest(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What is not given stays out of the document. Null stands for "not given"."""

    model: Annotated[str, msgspec.Meta(min_length=1)]
    input: _Text | Annotated[list[_PlainMessage], msgspec.Meta(min_length=1)]
    instructions: str | msgspec.UnsetType | None = msgspec.UNSET
    stream: bool | msgspec.UnsetType | None = msgspec.UNSET
    store: bool | msgspec.UnsetType | None = msgspec.UNSET
    max_output_tokens: Annotated[int, msgspec.Meta(ge=16)] | msgspec.UnsetType | None = msgspec.UNSET
    temperature: _Temperature | msgspec.UnsetType | None = msgspec.UNSET
    top_p: _TopP | msgspec.UnsetType | None = msgspec.UNSET


_decode: Final = msgspec.json.Decoder(_PlainRequest).decode


def parse_plain(request: Request, validation: Validation = "strict") -> Call | None:
    """Build the call of a common request, or None for every other."""
    plain = ordinary(request, _decode)
    if plain is None:
        return None
    messages = _messages(plain.input)
    if messages is None:
        return None
    if type(plain.instructions) is str:
        messages.insert(0, Message("system", plain.instructions))
    return Call(
        "responses",
        plain.model,
        messages,
        plain.stream is True,
        max_tokens=plain.max_output_tokens or None,
        headers=request.headers,
        body=request.body,
        parameters=msgspec.to_builtins(plain),
        validation=validation,
    )


def _messages(given: str | list[_PlainMessage]) -> list[Message] | None:
    """Return the messages of an input, None where neighbours are one turn of the assistant's."""
    if isinstance(given, str):
        return [Message("user", given)]
    messages = [Message(ROLES[message.role], message.content) for message in given]
    if any(one.role == other.role == "assistant" for one, other in pairwise(messages)):
        return None
    return messages
