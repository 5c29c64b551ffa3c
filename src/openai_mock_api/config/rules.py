"""What must hold of a configuration beyond types.

What concerns several files together (unique ids, at least one response) is in ``assembly``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.comparison import as_message
from openai_mock_api.config.input_rules import INPUT_RULES
from openai_mock_api.config.model import (
    Azure,
    Expect,
    IncludedFile,
    Journal,
    Limit,
    Limits,
    MockConfig,
    MockResponse,
    Namespaces,
    Resources,
    TextMatcher,
    When,
)
from openai_mock_api.config.settings import accepted_keys
from openai_mock_api.config.shapes import fields_of, given, was_read
from openai_mock_api.config.turn_rules import TURN_RULES, comparison, header_names, header_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.config.complaints import Complaint, Rule
    from openai_mock_api.config.conversion import Built

#: How long vectors can be.
LEAST_SIZE: Final = 2
MOST_SIZE: Final = 8192


def _config(config: MockConfig) -> Iterator[Complaint]:
    if config.port is not UNSET and not 0 <= config.port <= 65535:
        yield ("port",), f"expected 0 to 65535, got {config.port}"
    if config.host == "":
        yield ("host",), "is empty; for all interfaces write 0.0.0.0"
    if config.max_body_bytes < 1:
        yield ("max_body_bytes",), f"expected 1 or more, got {config.max_body_bytes}"
    if config.admin_key == "":
        yield ("admin_key",), "is empty; give a key, or remove it"
    yield from _keys(config)
    yield from _filled("models", config.models, "name a model")
    yield from _windows(config)
    yield from _sizes(config)
    yield from _filled("include", config.include, "name a file")
    yield from header_value(("organization",), config.organization)


def _keys(config: MockConfig) -> Iterator[Complaint]:
    if config.api_key == "":
        yield ("api_key",), "is empty; give a key, or null to accept any"
    if config.api_key is None and config.api_keys:
        yield ("api_keys",), "has no effect beside `api_key: null`, which accepts any key; remove one"
    yield from _filled("api_keys", config.api_keys, "give a key")
    accepted = accepted_keys(config)
    for key in config.limits.keys:
        if accepted is not None and key not in accepted:
            yield ("limits", "keys", key), "no client may send this key; add it to `api_keys`, or remove it"


def _windows(config: MockConfig) -> Iterator[Complaint]:
    for model, tokens in config.context_windows.items():
        if not model:
            yield ("context_windows", model), "is empty; name a model"
        if tokens < 1:
            yield ("context_windows", model), f"expected 1 or more, got {tokens}"


def _sizes(config: MockConfig) -> Iterator[Complaint]:
    for model, size in config.embedding_dimensions.items():
        if not model:
            yield ("embedding_dimensions", model), "is empty; name a model"
        if not LEAST_SIZE <= size <= MOST_SIZE:
            yield ("embedding_dimensions", model), f"expected {LEAST_SIZE} to {MOST_SIZE}, got {size}"


def _filled(key: str, texts: Iterable[str], hint: str) -> Iterator[Complaint]:
    for i, text in enumerate(texts):
        if not text:
            yield (key, i), f"is empty; {hint}"


def _included(file: IncludedFile) -> Iterator[Complaint]:
    yield from _filled("include", file.include, "name a file")


def _limit(limit: Limit) -> Iterator[Complaint]:
    if not given(limit):
        yield (), "says nothing; give `requests_per_minute` or `tokens_per_minute`, null for any number"
    yield from _rates(limit)


def _rates(limit: Limit) -> Iterator[Complaint]:
    for key in fields_of(Limit):
        rate = getattr(limit, key)
        if rate is not UNSET and rate is not None and rate < 1:
            yield (key,), f"expected 1 or more, or null for any number, got {rate}"


def _limits(limits: Limits) -> Iterator[Complaint]:
    yield from _rates(limits)
    if given(limits).keys() == {"per"}:
        yield ("per",), "says who shares limits, but there are none; give `requests_per_minute` or `tokens_per_minute`"
    if "" in limits.models:
        yield ("models", ""), "is an empty pattern, which no model fits; for any model write '*'"


def _journal(journal: Journal) -> Iterator[Complaint]:
    yield from _positive(journal, "exchanges", "bytes")


def _azure(azure: Azure) -> Iterator[Complaint]:
    for name, model in azure.deployments.items():
        if not name or "/" in name:
            yield ("deployments", name), "is no name for a deployment; use letters, digits and hyphens"
        if not model:
            yield ("deployments", name), "is empty; name a model"


def _namespaces(namespaces: Namespaces) -> Iterator[Complaint]:
    yield from _positive(namespaces, "max")


def _resources(resources: Resources) -> Iterator[Complaint]:
    yield from _positive(resources, "objects", "bytes")


def _positive(struct: msgspec.Struct, *keys: str) -> Iterator[Complaint]:
    for key in keys:
        if getattr(struct, key) < 1:
            yield (key,), f"expected 1 or more, got {getattr(struct, key)}"


def _response(response: MockResponse) -> Iterator[Complaint]:
    if was_read(response.id) and not response.id.strip():
        yield ("id",), "is empty; give the response a name"
    if not was_read(response.messages):
        return
    roles = [message.role for message in response.messages]
    if not roles:
        yield ("messages",), "is empty; a response needs at least one message from the assistant"
    elif "assistant" not in roles and all(map(was_read, roles)):
        yield ("messages",), "has no assistant message to answer with; add one"


def _when(when: When) -> Iterator[Complaint]:
    for key in ("model", "endpoint", "response_format"):
        value = getattr(when, key)
        if value == []:
            yield (key,), "is an empty list, which no request fits; remove it, or list what fits"
    models = when.model if isinstance(when.model, list) else [when.model]
    if "" in models:
        yield ("model",), "holds an empty pattern, which no request fits; for any model write '*'"
    yield from _filled("tools", when.tools, "name a tool")
    yield from header_names("headers", when.headers)
    for path in when.body:
        if "" in path.split("."):
            yield ("body", path), "not a path into the body; write it as `metadata.plan`"


def _expect(expect: Expect) -> Iterator[Complaint]:
    if not given(expect).keys() - {"mode"}:
        yield (), "expects nothing; name what the request must hold, such as `tools`"
    yield from _when(expect)


def _text_matcher(text: TextMatcher) -> Iterator[Complaint]:
    if text.content in (None, UNSET, "") and text.matcher != "any":
        yield (), "needs `content`, the text to compare with"
    yield from comparison(as_message(text))


RULES: Final[dict[type[msgspec.Struct], Rule]] = {
    **TURN_RULES,
    **INPUT_RULES,
    MockConfig: _config,
    IncludedFile: _included,
    Limit: _limit,
    Limits: _limits,
    Journal: _journal,
    Azure: _azure,
    Namespaces: _namespaces,
    Resources: _resources,
    MockResponse: _response,
    When: _when,
    Expect: _expect,
    TextMatcher: _text_matcher,
}


#: Keys whose complaints follow from the value of others.
_FOLLOWS_FROM: Final = {
    "matcher": {"content"},
    "content": {"matcher"},
    "not": {"matcher", "content"},
    "case_sensitive": {"matcher"},
    "then": {"sequence"},
    "vector": {"like"},
    "like": {"vector", "similarity"},
    "similarity": {"like"},
    "limits": {"api_key", "api_keys"},
}


def complaints(built: Built) -> Iterator[Complaint]:
    """Apply the rules of a Struct, but for those about values that could not be read."""
    rule = RULES.get(type(built.struct))
    for path, message in rule(built.struct) if rule else ():
        if not built.unread or (path and not _concerns(built.unread, str(path[0]))):
            yield path, message


def _concerns(unread: frozenset[str], key: str) -> bool:
    return bool(unread & {key, *_FOLLOWS_FROM.get(key, ())})
