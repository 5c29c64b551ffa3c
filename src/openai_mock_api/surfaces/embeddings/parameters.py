"""The parameters of ``POST /v1/embeddings``, in the real API's words (source: API reference, "Create embeddings").

The endpoint words its refusals otherwise than the others do, and names no ``param`` in most of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.errors import ApiError
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.surfaces.parameters import check_each, check_known, check_model
from openai_mock_api.surfaces.validation import bad, choice, integer, missing, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Most inputs of one request, and most tokens of one that is not divided into several.
MOST_INPUTS: Final = 2048

#: Most tokens of one input, and of all inputs of a request.
MOST_TOKENS: Final = 8192
MOST_IN_ALL: Final = 300_000

#: The model whose vectors cannot be shortened.
_FIXED: Final = "text-embedding-ada-002"

#: Models that answer in words, by the beginnings of their names.
_SPEAKING: Final = ("gpt-", "chatgpt-", "o1", "o3", "o4-", "codex-", "davinci-002", "babbage-002")


def understand(value: Any) -> list[str] | list[list[int]]:
    """Return the inputs, texts or tokens. Raises ``ApiError`` for what is none, and for too many."""
    if type(value) is str:
        return [value]
    if type(value) is not list:
        raise _invalid()
    if value and all(type(entry) is int for entry in value):
        _check_number(value)
        return [value]
    if not all(type(entry) is str for entry in value) and not all(map(_is_tokens, value)):
        raise _invalid()
    _check_number(value)
    return value


def is_alone(value: Any) -> bool:
    """Whether what was sent as inputs is a single one: a text, or tokens."""
    return type(value) is str or (bool(value) and type(value[0]) is int)


def _is_tokens(value: Any) -> bool:
    return type(value) is list and all(type(entry) is int for entry in value)


def _check_number(values: list[Any]) -> None:
    """Refuse, at every level, what would keep everybody else waiting."""
    if len(values) > MOST_INPUTS:
        raise bad(f"Invalid 'input': array length must be {MOST_INPUTS} or less.", None, None)


def _invalid() -> ApiError:
    return bad(
        "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
        None,
        None,
    )


def _any_input(value: Any, name: str) -> None:
    """Check that there is something in every input."""
    inputs = understand(value)
    if not inputs:
        raise _empty(name, "array")
    alone = is_alone(value)
    for place, entry in enumerate(inputs):
        if not entry:
            raise _empty(name if alone else f"{name}[{place}]", "string" if type(entry) is str else "array")


def _empty(name: str, kind: str) -> ApiError:
    return bad(f"Invalid '{name}': input cannot be an empty {kind}.", None, None)


#: Every parameter, with its check. Null stands for "not given".
PARAMETERS: Final[dict[str, Callable[[Any, str], None]]] = {
    "model": text,
    "input": _any_input,
    "dimensions": integer(),
    "encoding_format": choice("float", "base64"),
    "user": text,
}


def check(document: dict[str, Any], size_of: Callable[[str], int]) -> None:
    """Raise ``ApiError`` for the first thing in the decoded body that the real API refuses.

    ``size_of`` says how many dimensions a model has.
    """
    check_model(document)
    check_known(document, PARAMETERS)
    if document.get("input") is None:
        raise missing("input")
    check_each(document, PARAMETERS)
    _check_model(document["model"], document.get("dimensions"), size_of)
    _check_tokens(understand(document["input"]), document["model"])


def _check_model(model: str, dimensions: int | None, size_of: Callable[[str], int]) -> None:
    if model.startswith(_SPEAKING):
        raise ApiError(403, "You are not allowed to generate embeddings from this model")
    if dimensions is None:
        return
    if model == _FIXED:
        raise bad("This model does not support specifying dimensions.", None, None)
    size = size_of(model)
    if not 1 <= dimensions <= size:
        bound = "greater than or equal to 1" if dimensions < 1 else f"less than or equal to {size}"
        raise bad(f"Invalid value for 'dimensions' = {dimensions}. Must be {bound}.", "dimensions", None)


def _check_tokens(inputs: Sequence[Any], model: str) -> None:
    """Refuse numbers that are no tokens of the model, by the least and the largest of each input."""
    encoding = tokenizer_for(model)
    for tokens in inputs:
        if type(tokens) is list:
            unknown = next((token for token in (min(tokens), max(tokens)) if not encoding.knows(token)), None)
            if unknown is not None:
                raise bad(f"Invalid 'input': {unknown} is not a token of the model {model}.", "input", "invalid_value")


def check_lengths(counts: Sequence[int], most: int, *, alone: bool) -> None:
    """Refuse inputs of too many tokens, each or together. ``alone`` says that what was sent is a single one."""
    for place, count in enumerate(counts):
        if count > most:
            name = "input" if alone else f"input[{place}]"
            raise bad(f"Invalid '{name}': maximum input length is {most} tokens.", None, None)
    if sum(counts) > MOST_IN_ALL:
        raise bad(f"Invalid 'input': maximum request size is {MOST_IN_ALL} tokens per request.", None, None)
