"""What earlier requests mean for the next one: how much of the rate limits is left, and which prompts are cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.script.tokens.prefixes import Prefixes
from openai_mock_api.server.limits import limits_of

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.config.settings import Settings
    from openai_mock_api.http import Response
    from openai_mock_api.script.messages import Call


class Traffic:
    """The buckets and the prompts of one app. Lives until another configuration is loaded."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._limits = limits_of(settings, clock)
        self._prefixes = Prefixes(clock)
        self.limited = self._limits is not None

    def admit(self, *calls: Call) -> bytes | None:
        """Let the calls of one request pass, and set their ``cached_tokens``.

        Returns header lines that ``counted`` takes, None when the calls concern neither a limit nor the cache. Raises
        ``ApiError`` 429 when a limit is reached.
        """
        head = (self._limits.take(*calls) or None) if self._limits else None
        cached = [self._prefixes.recognize(call) for call in calls]
        return head or b"" if any(cached) else head

    def reset(self) -> None:
        """Fill every bucket, and forget every prompt."""
        if self._limits:
            self._limits.refill()
        self._prefixes.clear()


def counted(response: Response, head: bytes | None) -> Response:
    """Give an answer the header lines of its admission. It holds for this request only, not for others like it."""
    if head is not None:
        response.head += head
        response.rendering = None
    return response
