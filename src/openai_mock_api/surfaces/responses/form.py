"""What a request wants of the form of a response, beyond what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call

#: Models that show what they think itself, instead of a summary.
_OPEN_MODELS: Final = "gpt-oss"

#: What is left out of items unless a request includes it, by item and field.
ON_REQUEST: Final = {
    ("file_search_call", "results"): "file_search_call.results",
    ("code_interpreter_call", "outputs"): "code_interpreter_call.outputs",
    ("web_search_call", "action.sources"): "web_search_call.action.sources",
    ("reasoning", "encrypted_content"): "reasoning.encrypted_content",
}
INCLUDABLE: Final = frozenset(ON_REQUEST.values())


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one response.

    ``logprobs`` is how many alternatives each token has, None for no probabilities. ``summary`` shows a summary of what
    is thought, ``thoughts`` shows it itself. ``included`` are parts of items that are sent on request only.
    ``partial_images`` is how many previews a stream has of each image.
    """

    logprobs: int | None = None
    summary: bool = False
    thoughts: bool = False
    included: frozenset[str] = frozenset()
    partial_images: int = 0


PLAIN: Final = Form()


def form_of(call: Call) -> Form:
    """Read the form from a call."""
    asked = call.parameters or {}
    thoughts = call.model.startswith(_OPEN_MODELS)
    if call.logprobs is None and not thoughts and asked.keys().isdisjoint(("reasoning", "include", "tools")):
        return PLAIN
    return Form(
        logprobs=call.logprobs,
        summary=not thoughts and is_summary_wanted(asked.get("reasoning")),
        thoughts=thoughts,
        included=INCLUDABLE.intersection(name for name in listed(asked.get("include")) if isinstance(name, str)),
        partial_images=max((_partial_images(tool) for tool in listed(asked.get("tools"))), default=0),
    )


def is_summary_wanted(reasoning: Any) -> bool:
    """Whether a request asks for a summary of what is thought. ``generate_summary`` is its older name."""
    asked = reasoning if isinstance(reasoning, dict) else {}
    return bool(asked.get("summary") or asked.get("generate_summary"))


def listed(value: Any) -> list[Any]:
    """Return a list, or an empty one for what is none: requests may go unchecked."""
    return value if isinstance(value, list) else []


def _partial_images(tool: Any) -> int:
    many = tool.get("partial_images") if isinstance(tool, dict) and tool.get("type") == "image_generation" else None
    return many if isinstance(many, int) else 0
