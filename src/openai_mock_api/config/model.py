"""The configuration, typed: every key that a YAML file may hold, and the building blocks of Python tests.

The keys are those of the npm package openai-mock-api 0.4 and more. Values that were not given are ``UNSET`` where
that differs from null. Nothing is checked here beyond types; ``rules`` says what else must hold.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Role = Literal["system", "user", "assistant", "tool", "developer"]
MatcherName = Literal["exact", "fuzzy", "regex", "contains", "any", "json"]
PartKind = Literal["image", "audio", "file"]
Endpoint = Literal["chat", "responses", "completions", "embeddings", "moderations"]
ResponseFormat = Literal["text", "json_object", "json_schema"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
Unmatched = Literal["error", "echo", "auto"]
ErrorName = Literal[
    "invalid_api_key",
    "permission_denied",
    "model_not_found",
    "rate_limit",
    "insufficient_quota",
    "context_length_exceeded",
    "content_filter",
    "server_error",
    "overloaded",
    "timeout",
]


class ToolFunction(msgspec.Struct, kw_only=True):
    """The function that a tool call names."""

    name: str
    """Name of the function."""
    arguments: str | dict[str, Any] = "{}"
    """JSON text, or a mapping that becomes JSON text."""


class ToolCall(msgspec.Struct, kw_only=True):
    """A call that the assistant makes, as OpenAI's API writes it."""

    id: str
    """Id that the tool's message answers to."""
    function: ToolFunction
    """What is called."""
    type: Literal["function"] = "function"
    """Always ``function``."""
    broken: bool = False
    """Whether ``arguments`` is on purpose no JSON, to test how a client copes."""


class Error(msgspec.Struct, kw_only=True):
    """An error to answer with. Every field overrides that of the preset, if one is named."""

    preset: ErrorName | UnsetType = UNSET
    """One of OpenAI's errors, by name."""
    status: int | UnsetType = UNSET
    """HTTP status, 400 to 599."""
    type: str | UnsetType = UNSET
    """``error.type``."""
    code: str | None | UnsetType = UNSET
    """``error.code``."""
    message: str | UnsetType = UNSET
    """``error.message``."""
    param: str | None | UnsetType = UNSET
    """``error.param``."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Headers beside the usual ones."""
    retry_after: float | UnsetType = UNSET
    """Seconds; becomes the headers ``retry-after`` and ``retry-after-ms``."""


class Pacing(msgspec.Struct, kw_only=True):
    """The speed of an answer. Without it everything leaves at once."""

    ttft: float = 0.0
    """Time to first token, in seconds."""
    tokens_per_second: float | UnsetType = UNSET
    """Speed after the first token. Not together with ``inter_token``."""
    inter_token: float | UnsetType = UNSET
    """Seconds between tokens. Not together with ``tokens_per_second``."""
    chunk: Literal["token", "word", "message"] = "token"
    """What one chunk of a stream holds."""


class Usage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Token figures that replace the counted ones."""

    prompt_tokens: int | UnsetType = UNSET
    """Tokens of the request."""
    completion_tokens: int | UnsetType = UNSET
    """Tokens of the answer."""
    total_tokens: int | UnsetType = UNSET
    """Their sum, unless given."""
    cached_tokens: int | UnsetType = UNSET
    """``prompt_tokens_details.cached_tokens``."""
    reasoning_tokens: int | UnsetType = UNSET
    """``completion_tokens_details.reasoning_tokens``."""


class AssistantTurn(msgspec.Struct, kw_only=True):
    """What the assistant says once."""

    content: str | dict[str, Any] | list[Any] | None | UnsetType = UNSET
    """Text, or a mapping or list that becomes JSON text."""
    tool_calls: list[ToolCall] = msgspec.field(default_factory=list)
    """Functions that the assistant calls, beside the text if there is one."""
    refusal: str | None = None
    """Text of a refusal, instead of content."""
    finish_reason: FinishReason | UnsetType = UNSET
    """Replaces the one that follows from the answer."""
    usage: Usage = msgspec.field(default_factory=Usage)
    """Replaces counted token figures."""
    model: str | UnsetType = UNSET
    """Model that the answer names; else the request's."""
    system_fingerprint: str | None | UnsetType = UNSET
    """Replaces the server's own fingerprint."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Headers of the HTTP response beside the usual ones."""
    delay: float = 0.0
    """Seconds before the answer begins."""
    pacing: Pacing = msgspec.field(default_factory=Pacing)
    """Speed of the answer."""
    error: ErrorName | Error | UnsetType = UNSET
    """An error instead of an answer: a preset's name, or its fields."""


class ConversationMessage(AssistantTurn, kw_only=True):
    """One message of a conversation: expected from the client, or (role ``assistant``) a turn that answers."""

    role: Role
    """Who speaks. ``developer`` counts as ``system``."""
    matcher: MatcherName | UnsetType = UNSET
    """How the text is compared; ``exact`` unless given. On an assistant message: compare it at all."""
    threshold: float = 0.8
    """Least similarity for ``fuzzy``, 0 to 1."""
    case_sensitive: bool | UnsetType = UNSET
    """Whether case counts: by default for ``exact`` and ``json``, not for the others."""
    not_: bool = msgspec.field(default=False, name="not")
    """Fit what the matcher does not."""
    parts: list[PartKind] = msgspec.field(default_factory=list)
    """Kinds of content parts that must be there beside text."""
    tool_call_id: str | None = None
    """The call that a tool's message answers."""
    sequence: list[AssistantTurn] = msgspec.field(default_factory=list)
    """One answer a call, in this order, instead of the turn's own fields."""
    then: Literal["repeat", "loop", "miss"] = "repeat"
    """What follows the last of ``sequence``: it again, the first again, or no match."""


class When(msgspec.Struct, kw_only=True):
    """Conditions on the request; all must hold."""

    model: str | list[str] | UnsetType = UNSET
    """Glob pattern, or several of which one must fit."""
    endpoint: Endpoint | list[Endpoint] | UnsetType = UNSET
    """API family, or several."""
    stream: bool | UnsetType = UNSET
    """Whether a stream is asked for."""
    tools: list[str] = msgspec.field(default_factory=list)
    """Names of tools that the request must offer, all of them."""
    response_format: ResponseFormat | list[ResponseFormat] | UnsetType = UNSET
    """Type of the asked format, or several."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Header and glob pattern."""
    body: dict[str, Any] = msgspec.field(default_factory=dict)
    """Dotted path into the body and the value it must have."""


class MockResponse(msgspec.Struct, kw_only=True):
    """One conversation flow."""

    id: str
    """Unique name, in logs, in the header ``x-mock-response`` and in the journal."""
    messages: list[ConversationMessage]
    """The conversation, in order."""
    when: When = msgspec.field(default_factory=When)
    """Conditions on the request."""
    priority: int = 0
    """Higher wins before everything else."""
    anchor: Literal["start", "end"] = "start"
    """``start``: the flow is the whole conversation; ``end``: its tail."""
    reply: Literal["next", "last"] | UnsetType = UNSET
    """``next``: the turn that follows the matched messages; ``last``: always the last turn. Default: the file's."""


class Journal(msgspec.Struct, kw_only=True):
    """How much of the past the server remembers."""

    exchanges: int = 1000
    """Most exchanges."""
    bytes: int = 64_000_000
    """Most bytes of requests and answers together."""


class MockConfig(msgspec.Struct, kw_only=True):
    """A whole configuration."""

    responses: list[MockResponse] = msgspec.field(default_factory=list)
    """The flows. At least one, here or in an included file."""
    api_key: str | None | UnsetType = UNSET
    """The key that clients must send; null accepts any. ``apiKey`` is the same."""
    api_keys: list[str] = msgspec.field(default_factory=list)
    """Further keys that are accepted."""
    port: int | UnsetType = UNSET
    """TCP port, 0 for a free one. Default 3000."""
    host: str | UnsetType = UNSET
    """Address to listen on. Default 127.0.0.1."""
    models: list[str] = msgspec.field(default_factory=list)
    """Models that ``/v1/models`` lists, instead of a current list."""
    reply: Literal["next", "last"] = "next"
    """Which turn answers in responses that do not say: ``last`` is the rule of the npm package."""
    unmatched: Unmatched = "error"
    """What a call gets that no flow matches."""
    organization: str = "openai-mock"
    """Value of the header ``openai-organization``."""
    max_body_bytes: int = 50_000_000
    """Largest request body; more is answered with 413."""
    journal: Journal = msgspec.field(default_factory=Journal)
    """Size of the journal."""
    include: list[str] = msgspec.field(default_factory=list)
    """Files (glob patterns, relative to this one) whose ``responses`` are added."""


class IncludedFile(msgspec.Struct, kw_only=True):
    """A file that another one includes. It may also be the list of responses alone."""

    responses: list[MockResponse] = msgspec.field(default_factory=list)
    """The flows."""
    include: list[str] = msgspec.field(default_factory=list)
    """Further files, relative to this one."""
