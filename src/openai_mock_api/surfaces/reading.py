"""What can be understood of a request's values, whatever they are: also those of requests that nobody has checked."""

from __future__ import annotations

from typing import Any, Final

from openai_mock_api.script.messages import ANY_TOOL, Grammar, ToolChoice

#: Forms of an answer that a request can ask for. Another one is as if it had asked for none.
FORMATS: Final = frozenset({"text", "json_object", "json_schema"})

#: What serves a request that asks for another tier of service.
TIERS: Final = {"auto": "default", "fast": "priority"}

#: What a word says about calling tools. Another one says nothing.
MODES: Final[dict[Any, ToolChoice]] = {
    "none": ToolChoice("none"),
    "auto": ANY_TOOL,
    "required": ToolChoice("required"),
}


def object_of(value: Any) -> dict[str, Any]:
    """Return an object, an empty one for what is none."""
    return value if type(value) is dict else {}


def list_of(value: Any) -> list[Any]:
    """Return an array, an empty one for what is none."""
    return value if type(value) is list else []


def text_of(value: Any) -> str:
    """Return a text, an empty one for what is none."""
    return value if type(value) is str else ""


def count_of(value: Any) -> int | None:
    """Return a number of things, None when there are none: a limit of 0 is no limit."""
    return value if type(value) is int and value > 0 else None


def stops_of(value: Any) -> tuple[str, ...]:
    """Return the texts at which an answer ends: one, or several."""
    texts = value if type(value) is list else [value]
    return tuple(text for text in texts if type(text) is str and text)


def grammar_of(value: Any) -> Grammar | None:
    """Return the grammar of a custom tool's input, None for what is none."""
    given = object_of(value)
    syntax = given.get("syntax")
    return Grammar(syntax, text_of(given.get("definition"))) if syntax in ("regex", "lark") else None
