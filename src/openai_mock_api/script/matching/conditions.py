"""Conditions on a call beside its messages: what a flow's ``when`` says."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from openai_mock_api.script.matching.matchers import Difference, json_parting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openai_mock_api.script.messages import Call

_MISSING = object()


class Condition(Protocol):
    """One condition. ``name`` is its key under ``when``."""

    @property
    def name(self) -> str:
        """``model``, ``headers.x-tenant``, …"""

    def difference(self, call: Call) -> Difference | None:
        """None when the call fulfils it."""


class Glob(msgspec.Struct, frozen=True):
    """A text that fits any of several glob patterns. ``header`` names a header, else the field ``name`` is read."""

    name: str
    patterns: tuple[str, ...]
    expressions: tuple[re.Pattern[str], ...]
    header: str | None = None

    @classmethod
    def of(cls, name: str, patterns: Iterable[str], header: str | None = None) -> Glob:
        """Compile the patterns (``*``, ``?``, ``[seq]``; case-sensitive)."""
        patterns = tuple(patterns)
        return cls(name, patterns, tuple(re.compile(fnmatch.translate(p)) for p in patterns), header)

    def difference(self, call: Call) -> Difference | None:
        """Compare the field or header of the call."""
        got = call.header(self.header) if self.header else getattr(call, self.name)
        if got is not None and any(e.match(got) for e in self.expressions):
            return None
        return Difference(" or ".join(self.patterns), "nothing" if got is None else got)


class Streaming(msgspec.Struct, frozen=True):
    """Whether the call asks for a stream."""

    stream: bool
    name: str = "stream"

    def difference(self, call: Call) -> Difference | None:
        """Compare."""
        if call.stream == self.stream:
            return None
        return Difference(str(self.stream).lower(), str(call.stream).lower())


class Offers(msgspec.Struct, frozen=True):
    """The tools that the request must offer, all of them."""

    tools: tuple[str, ...]
    name: str = "tools"

    def difference(self, call: Call) -> Difference | None:
        """Look for the names."""
        offered = [tool.name for tool in call.tools]
        if all(name in offered for name in self.tools):
            return None
        return Difference(", ".join(self.tools), ", ".join(offered) or "no tools")


class BodyValue(msgspec.Struct, frozen=True):
    """A value at a dotted path of the request body (``metadata.plan``, ``tools.0.type``).

    An object may hold more keys than the value, as with ``matcher: json``. A body that is no JSON holds nothing.
    """

    path: str
    value: Any

    @property
    def name(self) -> str:
        """``body.metadata.plan``"""
        return f"body.{self.path}"

    def difference(self, call: Call) -> Difference | None:
        """Walk the path and compare as JSON."""
        got = _walk(_document(call), self.path)
        if got is not _MISSING and json_parting(self.value, got) is None:
            return None
        shown = "nothing" if got is _MISSING else msgspec.json.encode(got).decode()
        return Difference(msgspec.json.encode(self.value).decode(), shown)


def _document(call: Call) -> Any:
    try:
        return call.document()
    except msgspec.DecodeError:
        return _MISSING


def _walk(document: Any, path: str) -> Any:
    for key in path.split("."):
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isascii() and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return _MISSING
    return document


def header_conditions(headers: Mapping[str, str]) -> list[Glob]:
    """One condition for each header; the values are globs."""
    return [Glob.of(f"headers.{name}", [value], header=name) for name, value in headers.items()]
