"""How many tokens each model takes (source: API documentation, "Models", and live errors)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.script.tokens.counting import prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.script.messages import Call

#: So many models are remembered with their windows: clients that vary the model must not fill the memory.
REMEMBERED: Final = 1000

#: No prompt has more tokens than so many for each byte of its request. A text has at most one; a content part that is
#: not text takes some 25 bytes and counts as 85 tokens.
PER_BYTE: Final = 4


class Window(msgspec.Struct, frozen=True):
    """The most tokens of one model, None for any number.

    ``whole`` limits the prompt, together with the answer that the request allows where ``counts_answer`` says so.
    ``prompt`` limits the prompt alone, for models whose errors name that figure. ``answer`` limits what a request may
    allow.
    """

    whole: int
    counts_answer: bool = False
    prompt: int | None = None
    answer: int | None = None

    def excess(self, call: Call) -> Excess | None:
        """Return what of a call exceeds the window, or None. Counts only prompts that may be long enough."""
        size = len(call.body) if call.parameters is None else len(call.body) * PER_BYTE
        answer = (call.max_tokens or 0) if self.counts_answer else 0
        most = self.whole if self.prompt is None else self.prompt
        if (size + answer <= most and not call.recalls) or prompt_tokens(call) + answer <= most:
            return None
        return _excess(call, self, answer)


_REASONING: Final = Window(200_000, answer=100_000)
_GPT_5: Final = Window(400_000, prompt=272_000, answer=128_000)
_GPT_5_LONG: Final = Window(1_050_000, prompt=922_000, answer=128_000)

#: Windows by the beginning of the model's name; the longest counts.
WINDOWS: Final = {
    "gpt-3.5-turbo": Window(16_385, counts_answer=True, answer=4_096),
    "gpt-3.5-turbo-0301": Window(4_097, counts_answer=True),
    "gpt-3.5-turbo-0613": Window(4_097, counts_answer=True),
    "gpt-3.5-turbo-16k": Window(16_385, counts_answer=True),
    "gpt-3.5-turbo-instruct": Window(4_097, counts_answer=True),
    "gpt-35-turbo": Window(16_385, counts_answer=True, answer=4_096),
    "gpt-4": Window(8_192, counts_answer=True),
    "gpt-4-32k": Window(32_768, counts_answer=True),
    "gpt-4-0125": Window(128_000, counts_answer=True, answer=4_096),
    "gpt-4-1106": Window(128_000, counts_answer=True, answer=4_096),
    "gpt-4-turbo": Window(128_000, counts_answer=True, answer=4_096),
    "gpt-4-vision": Window(128_000, counts_answer=True, answer=4_096),
    "gpt-4o": Window(128_000, counts_answer=True, answer=16_384),
    "gpt-4o-2024-05-13": Window(128_000, counts_answer=True, answer=4_096),
    "chatgpt-4o": Window(128_000, counts_answer=True, answer=16_384),
    "gpt-4.1": Window(1_047_576, counts_answer=True, answer=32_768),
    "gpt-4.5": Window(128_000, counts_answer=True, answer=16_384),
    "gpt-audio": Window(128_000, counts_answer=True, answer=16_384),
    "gpt-5": _GPT_5,
    "gpt-5-chat": Window(128_000, answer=16_384),
    "gpt-5.1-chat": Window(128_000, answer=16_384),
    "gpt-5.2-chat": Window(128_000, answer=16_384),
    "gpt-5.3-chat": Window(128_000, answer=16_384),
    "gpt-5.4": _GPT_5_LONG,
    "gpt-5.4-mini": _GPT_5,
    "gpt-5.4-nano": _GPT_5,
    "gpt-5.5": _GPT_5_LONG,
    "gpt-5.6": _GPT_5_LONG,
    "o1": _REASONING,
    "o1-mini": Window(128_000, answer=65_536),
    "o1-preview": Window(128_000, answer=32_768),
    "o3": _REASONING,
    "o4-mini": _REASONING,
    "codex-mini": _REASONING,
    "davinci-002": Window(16_384, counts_answer=True),
    "babbage-002": Window(16_384, counts_answer=True),
}


class Excess(msgspec.Struct, frozen=True):
    """What does not fit into a window: the counted tokens. ``answer`` is what the request allows, where it counts."""

    window: Window
    messages: int
    functions: int = 0
    answer: int = 0

    @property
    def total(self) -> int:
        """All tokens together."""
        return self.messages + self.functions + self.answer


class Windows:
    """The windows of all models. ``own`` are the configuration's: tokens by name or glob, of which the first counts.

    They say how much a model takes; what else is known of it stays: whether the answer counts, and how long it may be.
    """

    def __init__(self, own: Mapping[str, int]) -> None:
        self._own = dict(own)
        self.of = lru_cache(REMEMBERED)(self._find)

    def _find(self, model: str) -> Window | None:
        """Return the window of a model, None when it is not known."""
        known = _known(model)
        tokens = by_name(self._own, model)
        if tokens is None or known is None:
            return known if tokens is None else Window(tokens)
        prompt = None if known.prompt is None else tokens
        return msgspec.structs.replace(known, whole=tokens, prompt=prompt)


def _known(model: str) -> Window | None:
    base = model.removeprefix("ft:")
    fitting = [name for name in WINDOWS if base.startswith(name)]
    return WINDOWS[max(fitting, key=len)] if fitting else None


def by_name(numbers: Mapping[str, int], model: str) -> int | None:
    """Return the number of a model, by its name or else by the first glob pattern that fits it."""
    if model in numbers:
        return numbers[model]
    return next((number for name, number in numbers.items() if fnmatchcase(model, name)), None)


def _excess(call: Call, window: Window, answer: int) -> Excess:
    total = prompt_tokens(call)
    messages = prompt_tokens(msgspec.structs.replace(call, tools=(), tokens=None)) if call.tools else total
    return Excess(window, messages, total - messages, answer)
