"""The request of ``POST /v1/embeddings`` becomes inputs: checked as its level says, then read.

Reading takes whatever can be understood, so that it also serves requests that were not checked, or not found good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from openai_mock_api.script.levels import weigh
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.surfaces.embeddings.parameters import (
    MOST_TOKENS,
    check,
    check_lengths,
    is_alone,
    understand,
)
from openai_mock_api.surfaces.errors import model_unavailable
from openai_mock_api.surfaces.parameters import fault_in
from openai_mock_api.surfaces.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Validation
    from openai_mock_api.script.tokens.counting import Tokenizer


class Input(NamedTuple):
    """A text and its tokens."""

    text: str
    tokens: Sequence[int]


class Embeddable(msgspec.Struct, frozen=True):
    """What one request asks for: vectors of so many dimensions, as numbers or in base64.

    ``call`` is the request as a whole, without messages.
    """

    call: Call
    inputs: list[Input]
    dimensions: int
    base64: bool

    @property
    def messages(self) -> list[Message]:
        """Each input as a message of the user."""
        return [Message("user", text) for text, _ in self.inputs]


class Limits(NamedTuple):
    """What models give and take: ``size_of`` the dimensions of one, ``window_of`` its most tokens where they are not
    the usual ones. ``models`` are all that exist; empty means any.
    """  # noqa: D205 - two sentences

    size_of: Callable[[str], int]
    window_of: Callable[[str], int | None] = lambda _: None
    models: Collection[str] = ()


def parse(request: Request, document: dict[str, Any], limits: Limits, validation: Validation = "strict") -> Embeddable:
    """Check the decoded body and read its inputs.

    Raises ``ApiError`` for the first thing that the real API refuses; at the levels ``warn`` and ``off`` only for an
    input that cannot be understood, and for too many of them.
    """
    fault = None if validation == "off" else fault_in(check, document, limits.size_of)
    if fault is not None and validation == "strict":
        raise fault
    asked = _read(request, document, limits, validation)
    if fault is not None:
        weigh(asked.call, fault)
    if limits.models and asked.call.model not in limits.models:
        weigh(asked.call, model_unavailable(asked.call.model))
    _weigh_lengths(asked, limits.window_of)
    return asked


def _read(request: Request, document: dict[str, Any], limits: Limits, validation: Validation) -> Embeddable:
    model = text_of(document.get("model"))
    encoding = tokenizer_for(model)
    inputs = [_input(entry, encoding) for entry in understand(document.get("input"))]
    call = Call(
        endpoint="embeddings",
        model=model,
        messages=[],
        headers=request.headers,
        body=request.body,
        parameters=document,
        tokens=sum(len(tokens) for _, tokens in inputs),
        validation=validation,
    )
    dimensions = _dimensions(document, limits.size_of(model))
    return Embeddable(call, inputs, dimensions, document.get("encoding_format") == "base64")


def _input(entry: str | list[int], encoding: Tokenizer) -> Input:
    if type(entry) is str:
        return Input(entry, encoding.encode(entry))
    assert type(entry) is list
    return Input(encoding.decode(entry), entry)


def _dimensions(document: dict[str, Any], size: int) -> int:
    asked = document.get("dimensions")
    return asked if type(asked) is int and 1 <= asked <= size else size


def _weigh_lengths(asked: Embeddable, window_of: Callable[[str], int | None]) -> None:
    """Hold the inputs to how many tokens the model takes."""
    call = asked.call
    most = window_of(call.model) or MOST_TOKENS
    counts = [len(tokens) for _, tokens in asked.inputs]
    fault = fault_in(check_lengths, counts, most, alone=is_alone(call.document().get("input")))
    if fault is not None:
        weigh(call, fault)
