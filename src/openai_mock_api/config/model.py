"""The configuration, typed: every key that a YAML file may hold, and the building blocks of Python tests.

The keys are those of the npm package openai-mock-api 0.4 and more. Values that were not given are ``UNSET`` where
that differs from null. Nothing is checked here beyond types; ``rules`` says what else must hold.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from openai_mock_api.config import arguments

Role = Literal["system", "user", "assistant", "tool", "developer", "any"]
MatcherName = Literal["exact", "fuzzy", "regex", "contains", "any", "json"]
ToolKind = Literal["function", "custom"]
PartKind = Literal["image", "audio", "file"]
Endpoint = Literal["chat", "responses", "completions", "embeddings", "moderations"]
ResponseFormat = Literal["text", "json_object", "json_schema"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
Unmatched = Literal["error", "echo", "auto"]
Validation = Literal["strict", "warn", "off"]
Sharing = Literal["key_and_model", "key", "model", "all"]
Missing = Literal["not_found", "synthesize"]
EmbeddingFormat = Literal["asked", "float"]
Category = Literal[
    "harassment",
    "harassment/threatening",
    "sexual",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm/intent",
    "self-harm/instructions",
    "self-harm",
    "sexual/minors",
    "violence",
    "violence/graphic",
]
Severity = Literal["safe", "low", "medium", "high"]
FaultName = Literal["error_event", "failed"]
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


class ToolFunction(arguments.Written, kw_only=True):
    """The function that a tool call names."""

    name: str
    """Name of the function."""
    arguments: str | dict[str, Any] = "{}"
    """JSON text, or a mapping that becomes JSON text."""


class CustomTool(arguments.Written, kw_only=True):
    """The custom tool that a call names."""

    name: str
    """Name of the tool."""
    input: str = ""
    """Any text."""


class ToolCall(arguments.Written, kw_only=True):
    """A call that the assistant makes, as OpenAI's API writes it."""

    id: str
    """Id that the tool's message answers to."""
    function: ToolFunction | UnsetType = UNSET
    """The function that is called."""
    custom: CustomTool | UnsetType = UNSET
    """The custom tool that is called, instead of a function."""
    type: ToolKind | UnsetType = UNSET
    """``function`` or ``custom``; it follows from which of them is given."""
    broken: bool = False
    """Whether ``arguments`` is on purpose no JSON, or not what the tool's parameters ask for."""


class Error(arguments.Written, kw_only=True):
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


class Fault(arguments.Written, kw_only=True):
    """How an answer breaks off that has begun."""

    type: FaultName
    """``error_event``: its stream ends with an error; ``failed``: a response says that it has failed."""
    after: int | UnsetType = UNSET
    """How many pieces are sent before; else all that the turn says."""


class Pacing(arguments.Written, kw_only=True):
    """The speed of an answer. Without it everything leaves at once."""

    ttft: float = 0.0
    """Time to first token, in seconds."""
    tokens_per_second: float | UnsetType = UNSET
    """Speed after the first token. Not together with ``inter_token``."""
    inter_token: float | UnsetType = UNSET
    """Seconds between tokens. Not together with ``tokens_per_second``."""
    chunk: Literal["token", "word", "message"] = "token"
    """What one chunk of a stream holds."""


class Usage(arguments.Written, kw_only=True, omit_defaults=True):
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


class UrlCitation(arguments.Written, kw_only=True):
    """A web page that the text names, and where."""

    url: str | UnsetType = UNSET
    """Address of the page."""
    title: str | UnsetType = UNSET
    """Its title; else the address."""
    text: str | UnsetType = UNSET
    """The part of the text, where it first stands. Not together with ``start_index`` and ``end_index``."""
    start_index: int | UnsetType = UNSET
    """First character of the part, counted from 0; else the text's first."""
    end_index: int | UnsetType = UNSET
    """The character behind the part; else the text's end."""


class Annotation(UrlCitation, kw_only=True):
    """A source of the text: as OpenAI's API writes it, or the citation's own keys right here."""

    type: Literal["url_citation"] = "url_citation"
    """Always ``url_citation``."""
    url_citation: UrlCitation | UnsetType = UNSET
    """The citation, instead of its keys."""


class Audio(arguments.Written, kw_only=True):
    """The sound of an answer, for requests with the modality ``audio``."""

    transcript: str | UnsetType = UNSET
    """The text, instead of ``content``."""
    data: str | UnsetType = UNSET
    """The sound in base64, sent in whatever format is asked for; else silence of a fitting length."""


class ContentFilter(arguments.Written, kw_only=True):
    """How bad Azure's content filter finds an answer, or the prompt that gets the error ``content_filter``."""

    hate: Severity = "safe"
    """Hate and unfairness."""
    self_harm: Severity = "safe"
    """Harm to oneself."""
    sexual: Severity = "safe"
    """Sexual content."""
    violence: Severity = "safe"
    """Violence."""


class When(arguments.Written, kw_only=True):
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


class TextMatcher(arguments.Written, kw_only=True):
    """What a text is compared with: the keys that a message has for that."""

    content: str | dict[str, Any] | list[Any] | None | UnsetType = UNSET
    """Text, or a mapping or list for ``json``."""
    matcher: MatcherName | UnsetType = UNSET
    """How the text is compared; ``exact`` unless given."""
    threshold: float = 0.8
    """Least similarity for ``fuzzy``, 0 to 1."""
    case_sensitive: bool | UnsetType = UNSET
    """Whether case counts: by default for ``exact`` and ``json``, not for the others."""
    not_: bool = msgspec.field(default=False, name="not")
    """Fit what the matcher does not."""


class Expect(When, kw_only=True):
    """What the request that reaches a turn must hold, beyond what has made it match."""

    system: str | TextMatcher | UnsetType = UNSET
    """Texts of the system messages, joined by newlines."""
    user: str | TextMatcher | UnsetType = UNSET
    """Text of the user's last message."""
    schema: dict[str, Any] = msgspec.field(default_factory=dict)
    """The JSON Schema that is asked for; it may hold more keys."""
    mode: Literal["soft", "hard"] = "soft"
    """``soft``: answer, and let the test fail; ``hard``: refuse the request."""


class AssistantTurn(arguments.Written, kw_only=True):
    """What the assistant says once."""

    content: str | dict[str, Any] | list[Any] | None | UnsetType = UNSET
    """Text, or a mapping or list that becomes JSON text."""
    tool_calls: list[ToolCall] = msgspec.field(default_factory=list)
    """Functions that the assistant calls, beside the text if there is one."""
    refusal: str | None = None
    """Text of a refusal, instead of content."""
    broken: bool = False
    """Whether the text is on purpose not what the request's ``response_format`` asks for."""
    reasoning: str | None = None
    """Text that is thought first: counted as reasoning tokens, and not sent in chat."""
    annotations: list[Annotation] = msgspec.field(default_factory=list)
    """Sources of the text."""
    logprobs: float | list[float] | UnsetType = UNSET
    """Log probability of every token, or of each of the first ones; else made from the text."""
    audio: Audio | UnsetType = UNSET
    """The sound, where one is asked for."""
    items: list[dict[str, Any]] = msgspec.field(default_factory=list)
    """What built-in tools leave in a response of the Responses API, in order."""
    choices: list[AssistantTurn] = msgspec.field(default_factory=list)
    """What each choice says, in turn, instead of the turn's own answer."""
    template: bool = False
    """Whether the texts are templates, filled in for every request."""
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
    fault: FaultName | Fault | UnsetType = UNSET
    """How the answer breaks off after it has begun, with ``error``; else with ``server_error``."""
    content_filter: ContentFilter = msgspec.field(default_factory=ContentFilter)
    """What Azure's content filter says, on Azure's paths."""
    expect: Expect | UnsetType = UNSET
    """What the request that gets this answer must hold, beyond what has made it match."""


class ConversationMessage(AssistantTurn, kw_only=True):
    """One message of a conversation: expected from the client, or (role ``assistant``) a turn that answers."""

    role: Role
    """Who speaks. ``developer`` counts as ``system``; ``any`` is anybody but the system."""
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


class MockResponse(arguments.Written, kw_only=True):
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


class Embedding(TextMatcher, kw_only=True):
    """The vector of some texts, instead of one that is made from their words."""

    vector: list[float] | UnsetType = UNSET
    """The vector; scaled to unit length, and filled up with zeros or cut where another length is asked for."""
    like: str | UnsetType = UNSET
    """A text that they are near to, instead of ``vector``."""
    similarity: float | UnsetType = UNSET
    """Their cosine with the vector of ``like``, -1 to 1."""


class Moderation(TextMatcher, kw_only=True):
    """What moderation finds in some inputs."""

    parts: list[Literal["image"]] = msgspec.field(default_factory=list)
    """Kinds of content that must be there beside text."""
    categories: list[Category] | dict[str, float]
    """Categories that are flagged, or the score of each, 0 to 1; from 0.5 on it is flagged."""


class Journal(arguments.Written, kw_only=True):
    """How much of the past the server remembers."""

    exchanges: int = 1000
    """Most exchanges."""
    bytes: int = 64_000_000
    """Most bytes of requests and answers together."""


class Namespaces(arguments.Written, kw_only=True):
    """The closed rooms inside the server."""

    max: int = 1000
    """Most that are open at once."""


class Azure(arguments.Written, kw_only=True):
    """What stands behind Azure's paths."""

    deployments: dict[str, str] = msgspec.field(default_factory=dict)
    """Deployments and the models that they serve. Without any, every name is one, of the model of that name."""


class Resources(arguments.Written, kw_only=True):
    """What clients store (source: API reference, the endpoints that list and retrieve)."""

    missing: Missing = "not_found"
    """What an unknown id gets: an error, or an object that is made up for it."""
    objects: int = 10_000
    """Most objects of all kinds together; the oldest are forgotten."""
    bytes: int = 64_000_000
    """Most bytes of them, as JSON."""


class Limit(arguments.Written, kw_only=True):
    """Rates; null lifts one. What is not given is that of all others."""

    requests_per_minute: int | None | UnsetType = UNSET
    """Most requests, and how many a full bucket holds."""
    tokens_per_minute: int | None | UnsetType = UNSET
    """Most tokens, those of the prompt and those that the answer may have."""


class Limits(Limit, kw_only=True):
    """The rate limits of everybody, with exceptions (source: guide "Rate limits")."""

    per: Sharing = "key_and_model"
    """Who has buckets of its own: each key for each model, each key, each model, or nobody."""
    models: dict[str, Limit] = msgspec.field(default_factory=dict)
    """Rates by glob pattern of the model; the first that fits counts."""
    keys: dict[str, Limit] = msgspec.field(default_factory=dict)
    """Rates by API key; they win over those by model."""


class MockConfig(arguments.Written, kw_only=True):
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
    """Models that exist, instead of a current list; calls for others are refused."""
    reply: Literal["next", "last"] = "next"
    """Which turn answers in responses that do not say: ``last`` is the rule of the npm package."""
    unmatched: Unmatched = "error"
    """What a call gets that no flow matches."""
    organization: str = "openai-mock"
    """Value of the header ``openai-organization``."""
    max_body_bytes: int = 50_000_000
    """Largest request body; more is answered with 413."""
    validation: Validation = "strict"
    """What a request gets that the real API refuses: its error, a warning, or nothing."""
    context_windows: dict[str, int] = msgspec.field(default_factory=dict)
    """How many tokens models take, by name or glob pattern; they win over the built-in figures."""
    embeddings: list[Embedding] = msgspec.field(default_factory=list)
    """Vectors of some texts; the first that fits counts."""
    embedding_dimensions: dict[str, int] = msgspec.field(default_factory=dict)
    """Length of vectors by model, a name or glob pattern; they win over the built-in ones."""
    embedding_format: EmbeddingFormat = "asked"
    """How vectors are written: as the request asks, or always as numbers, which strict validation by an SDK needs."""
    moderations: list[Moderation] = msgspec.field(default_factory=list)
    """What moderation finds in some inputs; all that fit count."""
    limits: Limits = msgspec.field(default_factory=Limits)
    """How many requests and tokens a minute are answered. Default: any number."""
    seed: int | UnsetType = UNSET
    """Makes ids and random numbers the same in every run."""
    journal: Journal = msgspec.field(default_factory=Journal)
    """Size of the journal."""
    resources: Resources = msgspec.field(default_factory=Resources)
    """Stored objects."""
    azure: Azure = msgspec.field(default_factory=Azure)
    """Deployments of Azure."""
    namespaces: Namespaces = msgspec.field(default_factory=Namespaces)
    """Closed rooms inside the server."""
    admin_key: str | UnsetType = UNSET
    """What lets other machines use the admin routes; this one may without."""
    include: list[str] = msgspec.field(default_factory=list)
    """Files (glob patterns, relative to this one) whose ``responses`` are added."""


class IncludedFile(arguments.Written, kw_only=True):
    """A file that another one includes. It may also be the list of responses alone."""

    responses: list[MockResponse] = msgspec.field(default_factory=list)
    """The flows."""
    include: list[str] = msgspec.field(default_factory=list)
    """Further files, relative to this one."""
