"""Files of other tools as configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_mock_api.authoring.aimock import carry_aimock, is_aimock
from openai_mock_api.authoring.carrying import Carrying
from openai_mock_api.authoring.fakellm import carry_fakellm, is_fakellm
from openai_mock_api.authoring.mockllm import carry_mockllm, is_mockllm
from openai_mock_api.authoring.openai_responses import carry_openai_responses, is_openai_responses
from openai_mock_api.config.nodes import ListNode, MappingNode, Node, compose
from openai_mock_api.config.reading import Document
from openai_mock_api.config.writing import yaml_of
from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable


class Format(NamedTuple):
    """The files of one tool: how they are recognised, and how they are carried over."""

    recognises: Callable[[Any], bool]
    carry: Callable[[Any, Carrying], None]
    form: str


FORMATS: Final[dict[str, Format]] = {
    "aimock": Format(is_aimock, carry_aimock, "a mapping with `fixtures`, a list"),
    "mockllm": Format(is_mockllm, carry_mockllm, "a mapping with `responses`, a mapping of prompts"),
    "fakellm": Format(is_fakellm, carry_fakellm, "a mapping with `rules`, a list"),
    "openai-responses": Format(
        is_openai_responses, carry_openai_responses, "completions with `choices`, one or a list"
    ),
}


class Imported(NamedTuple):
    """A configuration as YAML, the tool that it comes from, and what was not carried over as it was."""

    text: str
    tool: str
    remarks: list[Problem]


def import_text(text: str, source: str, tool: str | None = None) -> Imported:
    """Carry a file over; ``source`` names it, ``tool`` is recognised unless given.

    Raises ``ConfigError``: the text cannot be read, is of another form, or holds what cannot be served.
    """
    tree = compose(text.removeprefix("\ufeff"), source)
    data = None if tree.root is None else _plain(tree.root)
    tool = tool or _recognised(data, source)
    if not FORMATS[tool].recognises(data):
        raise ConfigError(f"{source}  is not of {tool}, which is {FORMATS[tool].form}; correct it, or choose --from")
    carrying = Carrying(Document(data, source, tree))
    FORMATS[tool].carry(data, carrying)
    head = f"# Made from {source} ({tool}) by openai-mock-api import.\n"
    return Imported(head + yaml_of(carrying.config()), tool, carrying.remarks)


def _plain(node: Node) -> Any:
    match node:
        case MappingNode(entries=entries):
            return {key: _plain(entry.node) for key, entry in entries.items()}
        case ListNode(items=items):
            return [_plain(item) for item in items]
    return node.value


def _recognised(data: Any, source: str) -> str:
    tool = next((name for name, form in FORMATS.items() if form.recognises(data)), None)
    if tool is None:
        forms = "; ".join(f"{name} is {form.form}" for name, form in FORMATS.items())
        raise ConfigError(f"{source}  is of no format that is known: {forms}")
    return tool
