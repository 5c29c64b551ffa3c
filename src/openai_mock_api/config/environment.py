"""Environment variables in texts: ``${NAME}``, ``${NAME:-default}``, and ``$${NAME}`` for a literal ``${NAME}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE: Final = re.compile(r"(\$?)\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}")


def substitute(text: str, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """Fill in variables; return the text and the names that are unset, which stay as written.

    As in a shell, the default also replaces an empty value. Lower-case names (``${name}``) are no references.
    """
    unset: list[str] = []

    def value(found: re.Match[str]) -> str:
        escaped, name, default = found.groups()
        if escaped:
            return found.group()[1:]
        if default is not None:
            return environ.get(name) or default
        if name not in environ:
            unset.append(name)
        return environ.get(name, found.group())

    return _REFERENCE.sub(value, text), unset


def escaped(text: str) -> str:
    """Return the text that ``substitute`` turns into ``text``, whatever variables are set."""
    return _REFERENCE.sub(lambda found: "$" + found.group(), text)
