"""What must hold of a configuration beyond types.

What concerns several files together (unique ids, at least one response) is in ``assembly``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.model import IncludedFile, Journal, MockConfig, MockResponse, When
from openai_mock_api.config.shapes import was_read
from openai_mock_api.config.turn_rules import TURN_RULES, Complaint, Rule, header_names, header_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.config.conversion import Built


def _config(config: MockConfig) -> Iterator[Complaint]:
    if config.port is not UNSET and not 0 <= config.port <= 65535:
        yield ("port",), f"expected 0 to 65535, got {config.port}"
    if config.host == "":
        yield ("host",), "is empty; for all interfaces write 0.0.0.0"
    if config.max_body_bytes < 1:
        yield ("max_body_bytes",), f"expected 1 or more, got {config.max_body_bytes}"
    yield from _keys(config)
    yield from _filled("models", config.models, "name a model")
    yield from _filled("include", config.include, "name a file")
    yield from header_value(("organization",), config.organization)


def _keys(config: MockConfig) -> Iterator[Complaint]:
    if config.api_key == "":
        yield ("api_key",), "is empty; give a key, or null to accept any"
    if config.api_key is None and config.api_keys:
        yield ("api_keys",), "has no effect beside `api_key: null`, which accepts any key; remove one"
    yield from _filled("api_keys", config.api_keys, "give a key")


def _filled(key: str, texts: Iterable[str], hint: str) -> Iterator[Complaint]:
    for i, text in enumerate(texts):
        if not text:
            yield (key, i), f"is empty; {hint}"


def _included(file: IncludedFile) -> Iterator[Complaint]:
    yield from _filled("include", file.include, "name a file")


def _journal(journal: Journal) -> Iterator[Complaint]:
    for key in ("exchanges", "bytes"):
        if getattr(journal, key) < 1:
            yield (key,), f"expected 1 or more, got {getattr(journal, key)}"


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


RULES: Final[dict[type[msgspec.Struct], Rule]] = {
    **TURN_RULES,
    MockConfig: _config,
    IncludedFile: _included,
    Journal: _journal,
    MockResponse: _response,
    When: _when,
}


#: Keys whose complaints follow from the value of others.
_FOLLOWS_FROM: Final = {
    "matcher": {"content"},
    "content": {"matcher"},
    "not": {"matcher", "content"},
    "case_sensitive": {"matcher"},
    "then": {"sequence"},
}


def complaints(built: Built) -> Iterator[Complaint]:
    """Apply the rules of a Struct, but for those about values that could not be read."""
    rule = RULES.get(type(built.struct))
    for path, message in rule(built.struct) if rule else ():
        if not built.unread or (path and not _concerns(built.unread, str(path[0]))):
            yield path, message


def _concerns(unread: frozenset[str], key: str) -> bool:
    return bool(unread & {key, *_FOLLOWS_FROM.get(key, ())})
