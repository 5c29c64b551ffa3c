"""What a response does not show unless a request includes it, for those who retrieve it (source: "Get a response")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.errors import ApiError
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.script.tokens.logprobs import logprobs
from openai_mock_api.surfaces.responses.form import ON_REQUEST

if TYPE_CHECKING:
    from collections.abc import Collection

    from openai_mock_api.resources.response_records import Kept

_LOGPROBS: Final = "message.output_text.logprobs"
_ENCRYPTED: Final = "reasoning.encrypted_content"


def check_included(included: Collection[str]) -> None:
    """Refuse what nobody is told of a stored response. Raises ``ApiError``."""
    if _ENCRYPTED in included:
        raise ApiError(400, "Encrypted content cannot be requested for persisted responses.", param="include")


def including(response: dict[str, Any], kept: Kept, included: Collection[str]) -> dict[str, Any]:
    """Return a response with what a request includes, beside what it was created with."""
    output = response["output"]
    for place, whole in enumerate(kept.output[: len(output)]):
        output[place] |= {field: whole[field] for field in _fields(whole["type"], included) if field in whole}
    if _LOGPROBS in included:
        _tell_probabilities(response, kept)
    return response


def _fields(kind: str, included: Collection[str]) -> list[str]:
    """Return the fields of a kind of item that are included, or hold something that is."""
    return [
        field.partition(".")[0] for (owner, field), name in ON_REQUEST.items() if owner == kind and name in included
    ]


def _tell_probabilities(response: dict[str, Any], kept: Kept) -> None:
    encoding, alternatives = tokenizer_for(response["model"]), response["top_logprobs"]
    for item in response["output"]:
        for part in item["content"] if item["type"] == "message" else ():
            if part["type"] == "output_text":
                part["logprobs"] = logprobs(encoding, part["text"], alternatives, kept.logprobs)
