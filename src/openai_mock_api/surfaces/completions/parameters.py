"""The parameters of ``POST /v1/completions``, in the real API's words (source: API reference, "Create completion")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.surfaces.chat import parameters as chat_parameters
from openai_mock_api.surfaces.parameters import check_each, check_known, check_model, only_when
from openai_mock_api.surfaces.validation import bad, boolean, empty_array, integer, long_array, text, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable

_SHARED: Final = (
    "model",
    "frequency_penalty",
    "logit_bias",
    "n",
    "presence_penalty",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
    "user",
)

#: Most prompts of one request.
MOST_PROMPTS: Final = 2048

_PROMPT: Final = "one of a string, array of strings, array of integers, or array of integer arrays"
_ENTRIES: Final = {str: "a string", int: "an integer", list: "an array of integers"}


def check_prompt(value: Any, name: str) -> None:
    """Check for one prompt or several: a text, or tokens."""
    if type(value) is str:
        return
    if type(value) is not list or (value and type(value[0]) not in _ENTRIES):
        raise wrong_type(name, _PROMPT, value)
    if not value:
        raise empty_array(name)
    if len(value) > MOST_PROMPTS and type(value[0]) is not int:
        raise long_array(name, MOST_PROMPTS, len(value))
    _check_entries(value, name, type(value[0]))


def _check_entries(values: list[Any], name: str, kind: type[Any]) -> None:
    for place, value in enumerate(values):
        if type(value) is not kind:
            raise wrong_type(f"{name}[{place}]", _ENTRIES[kind], value)
        if kind is list:
            if not value:
                raise empty_array(f"{name}[{place}]")
            _check_entries(value, f"{name}[{place}]", int)


#: Every parameter, with its check. Null stands for "not given".
PARAMETERS: Final[dict[str, Callable[[Any, str], None]]] = {
    **{name: chat_parameters.PARAMETERS[name] for name in _SHARED},
    "best_of": integer(0, 20),
    "echo": boolean,
    "logprobs": integer(0, 5),
    "max_tokens": integer(0),
    "prompt": check_prompt,
    "suffix": text,
}


def check(document: dict[str, Any]) -> None:
    """Raise ``ApiError`` for the first thing in the decoded body that the real API refuses."""
    check_model(document)
    check_known(document, PARAMETERS)
    check_each(document, PARAMETERS)
    _check_tokens(document.get("prompt"), document["model"])
    _check_together(document)


def _check_tokens(prompt: Any, model: str) -> None:
    """Refuse numbers that are no tokens of the model."""
    if type(prompt) is not list or type(prompt[0]) is str:
        return
    encoding = tokenizer_for(model)
    for tokens in [prompt] if type(prompt[0]) is int else prompt:
        unknown = next((token for token in tokens if not encoding.knows(token)), None)
        if unknown is not None:
            raise bad(f"Invalid 'prompt': {unknown} is not a token of the model {model}.", "prompt", "invalid_value")


def _check_together(document: dict[str, Any]) -> None:
    """Refuse parameters that exclude or need each other."""
    choices, made, stream = document.get("n") or 1, document.get("best_of"), document.get("stream")
    if document.get("stream_options") is not None and not stream:
        raise only_when("stream_options", "'stream' is enabled")
    if made is not None and made < choices:
        raise bad(
            "You requested that the server return more choices than it will generate (HINT: you must set 'n' "
            f"(currently {choices}) to be at most 'best_of' (currently {made}), or omit either parameter if you don't "
            "specifically want to use them.)",
            None,
            None,
        )
    if made is not None and made > choices and stream:
        raise bad("Results cannot be streamed when 'best_of' is greater than 'n'.", "best_of", None)
