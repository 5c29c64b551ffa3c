r"""Regular expressions as JavaScript writes them, for the ``regex`` module.

The npm package's files hold JavaScript's expressions. Most mean the same here. Rewritten are ``$`` (the very end, also
before a line break), ``\k<name>`` (a back-reference), ``[^]`` (any character), ``\cJ`` (a control character),
``\u{1F600}`` (a code point) and a backslash before a letter that it gives no meaning (that letter).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN: Final = re.compile(
    r"""
    \\k<(?P<reference>[A-Za-z_]\w*)>
  | \\c(?P<control>[A-Za-z])
  | \\u\{(?P<point>[0-9A-Fa-f]{1,6})\}
  | \\(?P<letter>[eijloqyCEFHIJOQTVY])
  | \\.
  | (?P<anything>\[\^\])
  | \[(?:\\.|[^\]\\])*\]
  | (?P<end>\$)
    """,
    re.VERBOSE | re.DOTALL,
)

#: Escapes that may also stand in a class.
_IN_CLASS: Final = re.compile(
    r"\\c(?P<control>[A-Za-z])|\\u\{(?P<point>[0-9A-Fa-f]{1,6})\}|\\(?P<letter>[eijloqyCEFHIJOQTVY])|\\.", re.DOTALL
)

#: Flags within an expression, which JavaScript does not have: who writes them means Python's reading.
_FLAGS: Final = re.compile(r"\(\?[aiLmsuxbefprwV01]+[-:)]")

_REWRITTEN: Final[dict[str, Callable[[str], str]]] = {
    "reference": lambda name: f"(?P={name})",
    "control": lambda letter: f"\\x{ord(letter) % 32:02x}",
    "point": lambda digits: f"\\U{int(digits, 16):08x}",
    "letter": lambda letter: letter,
    "anything": lambda _: r"[\s\S]",
    "end": lambda _: r"\Z",
}


def translated(source: str) -> str:
    """Rewrite what JavaScript reads otherwise; an expression with flags of its own stays as it is."""
    return source if _FLAGS.search(source) else _TOKEN.sub(_rewritten, source)


def _rewritten(found: re.Match[str]) -> str:
    if found.lastgroup is not None:
        return _REWRITTEN[found.lastgroup](found[found.lastgroup])
    text = found.group()
    return _IN_CLASS.sub(_rewritten, text) if text.startswith("[") else text
