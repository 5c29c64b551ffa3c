"""Which calls are let in: those for models that exist, whose prompts fit into the model's window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openai_mock_api.http import header_value
from openai_mock_api.script.levels import weigh
from openai_mock_api.script.tokens.windows import Windows
from openai_mock_api.surfaces.errors import answer_too_long, context_too_long, model_unavailable

if TYPE_CHECKING:
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.http import Response
    from openai_mock_api.script.messages import Call

#: Most characters of a warning in a header.
WARNED: Final = 1000


class Admission:
    """The models and their windows. Lives until another configuration is loaded."""

    def __init__(self, settings: Settings) -> None:
        self._models = frozenset(settings.models)
        self._window_of = Windows(settings.context_windows).of

    def check(self, call: Call) -> None:
        """Hold a call to what its model is and takes. Raises ``ApiError``, unless its level is another than strict."""
        if self._models and call.model not in self._models:
            weigh(call, model_unavailable(call.model))
        window = self._window_of(call.model)
        if window is None:
            return
        if window.answer is not None and call.max_tokens is not None and call.max_tokens > window.answer:
            weigh(call, answer_too_long(call, window.answer))
        excess = None if is_truncated(call) else window.excess(call)
        if excess is not None:
            weigh(call, context_too_long(call, excess))


def is_truncated(call: Call) -> bool:
    """Whether the API drops what does not fit instead of refusing the call."""
    return call.endpoint == "responses" and (call.parameters or {}).get("truncation") == "auto"


def warned(response: Response, call: Call) -> Response:
    """Say in a header what would have been refused of a call, and note for the test what was expected of it in vain.

    Both hold for this answer only, not for others like it.
    """
    if call.unmet:
        response.unmet, response.notable = call.unmet, True
    if call.warning is not None:
        response.head += b"x-mock-warning: %b\r\n" % header_value(call.warning[:WARNED])
        response.rendering = None
    return response
