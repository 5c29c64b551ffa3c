"""What the assistant says, complete and independent of the wire format."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.pacing import NO_PACING, Pacing

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error that a turn answers with: the fields of OpenAI's error body, its status and headers.

    ``retry_after`` (seconds) becomes the headers ``retry-after`` and ``retry-after-ms``, positive whole numbers,
    unless ``headers`` names them.
    """

    status: int = 500
    type: str = "server_error"
    message: str = "The server had an error while processing your request. Sorry about that!"
    code: str | None = None
    param: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    retry_after: float | None = None

    def exception(self) -> ApiError:
        """Build the exception that carries it to the client."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.retry_after is not None:
            headers.setdefault("retry-after", f"{max(1, math.ceil(self.retry_after))}")
            headers.setdefault("retry-after-ms", f"{max(1, math.ceil(round(self.retry_after * 1000, 6)))}")
        return ApiError(self.status, self.message, type=self.type, param=self.param, code=self.code, headers=headers)


#: The errors of OpenAI's API that a script can name (source: the API reference, "Error codes").
PRESETS: Final = MappingProxyType(
    {
        "invalid_api_key": Failure(
            status=401,
            type="invalid_request_error",
            code="invalid_api_key",
            message="Incorrect API key provided. You can find your API key at "
            "https://platform.openai.com/account/api-keys.",
        ),
        "permission_denied": Failure(
            status=403,
            type="invalid_request_error",
            code="unsupported_country_region_territory",
            message="Country, region, or territory not supported",
        ),
        "model_not_found": Failure(
            status=404,
            type="invalid_request_error",
            code="model_not_found",
            message="The model does not exist or you do not have access to it.",
        ),
        "rate_limit": Failure(
            status=429,
            type="requests",
            code="rate_limit_exceeded",
            message="Rate limit reached for requests. Please try again in 1s. "
            "Visit https://platform.openai.com/account/rate-limits to learn more.",
            retry_after=1,
        ),
        "insufficient_quota": Failure(
            status=429,
            type="insufficient_quota",
            code="insufficient_quota",
            message="You exceeded your current quota, please check your plan and billing details. For more "
            "information on this error, read the docs: "
            "https://platform.openai.com/docs/guides/error-codes/api-errors.",
        ),
        "context_length_exceeded": Failure(
            status=400,
            type="invalid_request_error",
            code="context_length_exceeded",
            param="messages",
            message="This model's maximum context length is exceeded. Please reduce the length of the messages.",
        ),
        "content_filter": Failure(
            status=400,
            type="invalid_request_error",
            code="content_policy_violation",
            message="Your request was rejected as a result of our safety system.",
        ),
        "server_error": Failure(),
        "overloaded": Failure(
            status=503,
            type="server_error",
            code="server_overloaded",
            message="The engine is currently overloaded, please try again later",
        ),
        "timeout": Failure(status=408, type="server_error", code="timeout", message="Request timed out."),
    }
)


class Reply(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One answer. Built once when a script is loaded; lives as long as the script.

    ``usage`` overrides counted figures (``prompt_tokens``, ``completion_tokens``, ``total_tokens``).
    ``finish_reason`` None lets the surface decide. ``delay`` is in seconds and comes before everything else.
    ``rendered`` is where surfaces keep what they made of it: a constant reply is encoded once.
    """

    content: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish_reason: FinishReason | None = None
    usage: dict[str, Any] = msgspec.field(default_factory=dict)
    model: str | None = None
    system_fingerprint: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    pacing: Pacing = NO_PACING
    delay: float = 0.0
    failure: Failure | None = None
    rendered: dict[Any, Any] = msgspec.field(default_factory=dict)
