"""An input that a custom tool takes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from openai_mock_api.script.grammars.derivation import shortest
from openai_mock_api.script.grammars.expressions import fitting
from openai_mock_api.script.grammars.lark import read

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Grammar

#: Most characters of a definition that is read, and how many are remembered with their texts.
LONGEST: Final = 20_000
_REMEMBERED: Final = 64


@lru_cache(_REMEMBERED)
def sample_input(grammar: Grammar) -> str | None:
    """Return a text that a grammar accepts, the same every time; None where it cannot be read or accepts none."""
    if len(grammar.definition) > LONGEST:
        return None
    if grammar.syntax == "regex":
        return fitting(grammar.definition)
    try:
        return shortest(read(grammar.definition))
    except (ValueError, RecursionError):
        return None
