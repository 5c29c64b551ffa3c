"""What the assistant says, complete and independent of the wire format."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.script.matching.expectations import Expectation
from openai_mock_api.script.messages import Call, ToolCall
from openai_mock_api.script.pacing import NO_PACING, Pacing
from openai_mock_api.script.templates.blanks import Template

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


class Fault(msgspec.Struct, frozen=True):
    """How an answer breaks off that has begun, once so many pieces of it are sent; None: all of them.

    ``error_event``: its stream ends with an event that tells the error. ``failed``: the answer itself says that it has
    failed; where the API has no word for that, its stream ends with the event too.
    """

    kind: Literal["error_event", "failed"]
    after: int | None = None


class Citation(msgspec.Struct, frozen=True):
    """A source that an answer's text names. The place is ``text``, where it first stands, or ``start`` to ``end``, in
    characters and without the last; without either it is the whole text.
    """  # noqa: D205 - two sentences

    url: str
    title: str
    text: str | None = None
    start: int = 0
    end: int | None = None

    def place_in(self, content: str) -> tuple[int, int] | None:
        """Return start and end, or None when the text does not reach so far."""
        if self.text is not None:
            start = content.find(self.text)
            return None if start < 0 else (start, start + len(self.text))
        end = len(content) if self.end is None else self.end
        return (self.start, end) if end <= len(content) else None


class Work(msgspec.Struct, frozen=True, eq=False):
    """What makes the reply to each call: a function of a test's.

    ``function`` gets the call. It runs in a thread of its own or, where it is async, in the server's event loop. Of
    what it returns ``reply`` makes a reply, of what either of them raises ``fault`` makes the error that the client
    gets.
    """

    function: Callable[[Call], Any]
    reply: Callable[[Any], Reply]
    fault: Callable[[BaseException], ApiError]


class Reply(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One answer. Built once when a script is loaded; lives as long as the script.

    ``usage`` overrides counted figures (``prompt_tokens``, ``completion_tokens``, ``total_tokens``).
    ``finish_reason`` None lets the surface decide. ``delay`` is in seconds and comes before everything else.
    ``broken`` says that the text is on purpose not what the request's ``response_format`` asks for.
    ``reasoning`` is counted and not said. ``logprobs`` replaces the probabilities of the text's tokens: one figure for
    all, or one each for the first of them. ``audio`` is the text as sound, in base64. ``items`` are those of built-in
    tools in the Responses API, in order, with places for what the reply itself says. ``choices`` says something of its
    own in each of several choices, in turn; it stands instead of what this reply says. ``work`` makes another reply for
    each call, which stands instead of this one. ``failure`` is an error instead of all that, or, with a ``fault``, the
    error with which it breaks off. ``expectation`` is what the call must hold beyond what has made it
    match. ``content_filter`` is how bad Azure's filter finds it: ``{"hate": "high"}``.
    ``rendered`` is where surfaces keep what they made of it: a constant reply is encoded once.
    """

    content: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    reasoning: str | None = None
    annotations: tuple[Citation, ...] = ()
    logprobs: float | tuple[float, ...] | None = None
    audio: str | None = None
    items: tuple[dict[str, Any], ...] = ()
    choices: tuple[Reply, ...] = ()
    finish_reason: FinishReason | None = None
    usage: dict[str, Any] = msgspec.field(default_factory=dict)
    model: str | None = None
    system_fingerprint: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    pacing: Pacing = NO_PACING
    delay: float = 0.0
    failure: Failure | None = None
    fault: Fault | None = None
    template: Template | None = None
    work: Work | None = None
    expectation: Expectation | None = None
    broken: bool = False
    content_filter: dict[str, str] = msgspec.field(default_factory=dict)
    rendered: dict[Any, Any] = msgspec.field(default_factory=dict)
