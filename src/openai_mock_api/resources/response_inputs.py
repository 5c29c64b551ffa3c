"""What is asked about the input of a response without answering it: its tokens, and a shorter form of it.

Source: API reference, "Get input token counts" and "Compact a response".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.http import json_response
from openai_mock_api.script.levels import level_of
from openai_mock_api.script.tokens.counting import prompt_tokens, tokenizer_for
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.responses.compaction import folded
from openai_mock_api.surfaces.responses.parameters import PARAMETERS, check_parameters
from openai_mock_api.surfaces.responses.request import all_items, build
from openai_mock_api.surfaces.validation import choice, missing, text, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request, Response
    from openai_mock_api.resources.past import StoredPast
    from openai_mock_api.script.messages import Validation

    Item = dict[str, Any]
    Checks = dict[str, Callable[[Any, str], None]]


def _some(*names: str) -> Checks:
    return {name: PARAMETERS[name] for name in names}


_SHARED: Final = ("model", "input", "instructions", "previous_response_id")
_COUNTED: Final[Checks] = {
    **_some(*_SHARED, "conversation", "parallel_tool_calls", "reasoning", "text", "tool_choice", "tools", "truncation"),
    "personality": text,
}
_COMPACTED: Final[Checks] = {
    **_some(*_SHARED, "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "image"),
    "service_tier": choice("auto", "default", "fast", "flex", "priority"),
}


class ResponseInputs:
    """The endpoints. ``validation`` holds for requests that choose no level."""

    def __init__(self, past: StoredPast, clock: Clock, validation: Validation) -> None:
        self._past = past
        self._clock = clock
        self._validation = validation

    def count(self, request: Request) -> Response:
        """Count the tokens of what would be answered. Raises ``ApiError``."""
        document = self._document(request, _COUNTED)
        return json_response(
            {"object": "response.input_tokens", "input_tokens": self._tokens(request, document, self._items(document))}
        )

    def compact(self, request: Request) -> Response:
        """Return one item that stands for the whole conversation. Raises ``ApiError``."""
        document = self._document(request, _COMPACTED, "model")
        items, token = self._items(document), self._clock.hex(46)
        content = folded(items)
        read = self._tokens(request, document, items)
        written = tokenizer_for(str(document.get("model"))).count(content)
        return json_response(
            {
                "id": f"resp_{token}00",
                "object": "response.compaction",
                "created_at": int(self._clock.now()),
                "output": [{"id": f"cmp_{token}01", "type": "compaction", "encrypted_content": content}],
                "usage": {
                    "input_tokens": read,
                    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                    "output_tokens": written,
                    "output_tokens_details": {"reasoning_tokens": 0},
                    "total_tokens": read + written,
                },
            }
        )

    def _document(self, request: Request, checks: Checks, required: str | None = None) -> dict[str, Any]:
        document = json_object(request) if request.body else {}
        if level_of(request, self._validation) != "strict":
            return document
        if required is not None and document.get(required) is None:
            raise missing(required)
        for name in document:
            if name not in checks:
                raise unknown(name)
        check_parameters(document, checks)
        return document

    def _items(self, document: dict[str, Any]) -> list[Item]:
        return all_items(document, self._past)

    def _tokens(self, request: Request, document: dict[str, Any], items: list[Item]) -> int:
        call = build(request, document, items, "off")
        return prompt_tokens(call) if call.messages else 0
