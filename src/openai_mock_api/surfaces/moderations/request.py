"""The request of ``POST /v1/moderations`` becomes inputs: checked as its level says, then read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.levels import weigh
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.surfaces.validation import (
    array_of,
    bad,
    empty_array,
    fields,
    missing,
    text,
    variant,
    wrong_type,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from openai_mock_api.errors import ApiError
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Validation

#: The model that is asked unless the request names another.
LATEST: Final = "omni-moderation-latest"

#: OpenAI's models. Those that begin with ``text-`` know no images.
MODELS: Final = frozenset(
    {LATEST, "omni-moderation-2024-09-26", "text-moderation-latest", "text-moderation-stable", "text-moderation-007"}
)

#: Most inputs of one request, and most images of an input.
MOST_INPUTS: Final = 2048
MOST_IMAGES: Final = 1

_EXPECTED: Final = "one of a string, array of strings, or array of objects"
_text: Final = array_of(text, 1, MOST_INPUTS)
_parts: Final = array_of(variant({"text": text, "image_url": fields({"url": text})}), 1, MOST_INPUTS)


class Moderatable(msgspec.Struct, frozen=True):
    """What one request asks about: each input as a message of the user. ``call`` is the request as a whole."""

    call: Call
    messages: list[Message]


def knows_images(model: str) -> bool:
    """Whether a model looks at images, and for the newer categories."""
    return not model.startswith("text-moderation")


def parse(
    request: Request, document: dict[str, Any], models: Collection[str], validation: Validation = "strict"
) -> Moderatable:
    """Check the decoded body and read its inputs. ``models`` exist beside OpenAI's own.

    Raises ``ApiError`` for the first thing that the real API refuses; at the levels ``warn`` and ``off`` only for an
    input that cannot be understood. Parameters that the endpoint does not know are ignored, as by the real API.
    """
    asked = _read(request, document, validation)
    for fault in _faults(document, models):
        weigh(asked.call, fault)
    return asked


def _read(request: Request, document: dict[str, Any], validation: Validation) -> Moderatable:
    model = document.get("model")
    messages = _messages(document.get("input"))
    model = model if type(model) is str else LATEST
    encoding = tokenizer_for(model)
    call = Call(
        endpoint="moderations",
        model=model,
        messages=[],
        headers=request.headers,
        body=request.body,
        parameters=document,
        tokens=sum(encoding.count(message.text) for message in messages),
        validation=validation,
    )
    return Moderatable(call, messages)


def _messages(value: Any) -> list[Message]:
    """Read the inputs. An array of objects is a single one. Raises ``ApiError`` for what is none."""
    if value is None:
        raise missing("input")
    if type(value) is str:
        return [Message("user", value)]
    if type(value) is not list or (value and type(value[0]) not in (str, dict)):
        raise wrong_type("input", _EXPECTED, value)
    if not value:
        raise empty_array("input")
    if type(value[0]) is str:
        _text(value, "input")
        return [Message("user", entry) for entry in value]
    _parts(value, "input")
    texts = [part["text"] for part in value if part["type"] == "text"]
    return [Message("user", "\n".join(texts), parts=("image",) * (len(value) - len(texts)))]


def _faults(document: dict[str, Any], models: Collection[str]) -> list[ApiError]:
    """Return what the real API refuses of a body whose input is understood."""
    model = document.get("model", LATEST)
    faults = []
    if type(model) is not str:
        faults.append(wrong_type("model", "a string", model))
    elif model not in MODELS and model not in models:
        faults.append(_unknown_model(model))
    images = _images(document["input"])
    if images > MOST_IMAGES:
        faults.append(_too_many(images))
    elif images and type(model) is str and not knows_images(model):
        faults.append(bad(f"The model '{model}' does not take images.", "input", None))
    return faults


def _images(value: Any) -> int:
    return sum(type(part) is dict and part["type"] == "image_url" for part in value) if type(value) is list else 0


def _unknown_model(model: str) -> ApiError:
    message = f"Invalid value for 'model' = {model}. Please check the OpenAI documentation and try again."
    return bad(message, "model", None)


def _too_many(images: int) -> ApiError:
    return bad(f"Number of images ({images}) exceeds maximum of {MOST_IMAGES}", "input", "too_many_images")
