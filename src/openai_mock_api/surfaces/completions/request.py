"""The request of ``POST /v1/completions`` becomes calls, one for each prompt: checked as its level says, then built.

Building takes whatever can be understood, so that it also serves requests that were not checked, or not found good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.levels import weigh
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.tokens.counting import END_OF_TEXT, tokenizer_for
from openai_mock_api.surfaces.chat.request import MOST_CHOICES
from openai_mock_api.surfaces.completions.parameters import check, check_prompt
from openai_mock_api.surfaces.parameters import fault_in
from openai_mock_api.surfaces.reading import count_of, object_of, stops_of, text_of
from openai_mock_api.surfaces.validation import bad

if TYPE_CHECKING:
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Validation
    from openai_mock_api.script.tokens.counting import Tokenizer

#: Most completions that one request is answered with, of all its prompts together.
MOST_COMPLETIONS: Final = 2048

#: How many tokens a completion has at most, unless the request says otherwise.
MAX_TOKENS: Final = 16


def parse(request: Request, document: dict[str, Any], validation: Validation = "strict") -> list[Call]:
    """Check the decoded body and build the calls, in the order of the prompts.

    Raises ``ApiError`` for the first thing that the real API refuses; at the levels ``warn`` and ``off`` only for a
    prompt that cannot be understood, and for too many completions.
    """
    fault = None if validation == "off" else fault_in(check, document)
    if fault is not None and validation == "strict":
        raise fault
    calls = _build(request, document, validation)
    if fault is not None:
        weigh(calls[0], fault)
    return calls


def _build(request: Request, document: dict[str, Any], validation: Validation) -> list[Call]:
    model = text_of(document.get("model"))
    prompts = _prompts(document.get("prompt"), tokenizer_for(model))
    choices = min(count_of(document.get("n")) or 1, MOST_CHOICES)
    _check_number(len(prompts), choices)
    return [
        Call(
            endpoint="completions",
            model=model,
            messages=[Message("user", text)],
            stream=document.get("stream") is True,
            include_usage=object_of(document.get("stream_options")).get("include_usage") is True,
            stops=stops_of(document.get("stop")),
            max_tokens=_number(document.get("max_tokens"), MAX_TOKENS),
            choices=choices,
            headers=request.headers,
            body=request.body,
            parameters=document,
            tokens=tokens,
            logprobs=_number(document.get("logprobs"), None),
            validation=validation,
        )
        for text, tokens in prompts
    ]


def _check_number(prompts: int, choices: int) -> None:
    """Refuse, at every level, what would keep everybody else waiting."""
    if prompts * choices > MOST_COMPLETIONS:
        raise bad(
            f"Invalid 'n': {choices} completions of each of {prompts} prompts are more than {MOST_COMPLETIONS}. Ask "
            "for fewer, or send several requests.",
            "n",
            "invalid_value",
        )


def _prompts(prompt: Any, encoding: Tokenizer) -> list[tuple[str, int]]:
    """Return the text and the number of tokens of each prompt. Raises ``ApiError`` for what is none."""
    if prompt is None:
        return [(END_OF_TEXT, 1)]
    check_prompt(prompt, "prompt")
    alone = type(prompt) is str or type(prompt[0]) is int
    return [_read(entry, encoding) for entry in ([prompt] if alone else prompt)]


def _read(prompt: Any, encoding: Tokenizer) -> tuple[str, int]:
    if type(prompt) is list:
        return encoding.decode(prompt), len(prompt)
    return prompt, 1 if prompt == END_OF_TEXT else encoding.count(prompt)


def _number(value: Any, default: int | None) -> int | None:
    return value if type(value) is int and value >= 0 else default
