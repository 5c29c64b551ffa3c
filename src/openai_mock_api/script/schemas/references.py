"""References between the parts of a JSON Schema."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

#: The URI of the schema within itself.
ROOT: Final = "urn:sample"

#: Keywords that refer to another part.
REFERRING: Final = ("$ref", "$dynamicRef", "$recursiveRef")

#: Keywords that hold values, and those that hold schemas by name.
_DATA: Final = {"const", "enum", "default", "examples"}
_NAMED: Final = {"properties", "patternProperties", "$defs", "definitions", "dependencies", "dependentSchemas"}


def absolute(node: Any, root: Any) -> Any:
    """Copy a part of the schema ``root`` with references that begin with ``ROOT``, so that they lead from anywhere.

    A schema within it that has a URI of its own stays: its references are its own affair.
    """
    if isinstance(node, list):
        return [absolute(entry, root) for entry in node]
    if not isinstance(node, dict) or (node is not root and isinstance(node.get("$id"), str)):
        return node
    copy = {key: _absolute_value(key, value, root) for key, value in node.items() if key != "$id" or node is not root}
    for key in REFERRING:
        if isinstance(copy.get(key), str):
            copy[key] = _from_anywhere(copy[key], str(root.get("$id", "")).rstrip("#"))
    return copy


def _absolute_value(key: str, value: Any, root: Any) -> Any:
    if key in _DATA:
        return value
    if key in _NAMED and isinstance(value, dict):
        return {name: absolute(part, root) for name, part in value.items()}
    return absolute(value, root)


def _from_anywhere(reference: str, own: str) -> str:
    """Put ``ROOT`` before a reference within the schema whose own URI is ``own``."""
    local = reference.removeprefix(own) or "#"
    return ROOT + local if local.startswith("#") else reference


def referred(root: Any, reference: str) -> Any:
    """Follow a reference in an absolute schema.

    Anything (True) may stand where it leads to a schema with a URI of its own, or nowhere.
    """
    document, _, fragment = reference.partition("#")
    if document != ROOT:
        return True
    if fragment and not fragment.startswith("/"):
        return _anchored(root, unquote(fragment))
    return _pointed(root, unquote(fragment))


def _pointed(node: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (LookupError, TypeError, ValueError):
            return True
    return node


def _anchored(node: Any, name: str) -> Any:
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and name in (node.get("$anchor"), node.get("$dynamicAnchor")):
        return node
    return next((found for part in parts if (found := _anchored(part, name)) is not True), True)
