"""What is doubtful about a script, each with its place, an example and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from openai_mock_api.config.places import KeyPath, Place, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.config.reading import Origin

#: ``warning``: probably a mistake. ``note``: worth knowing.
Level = Literal["warning", "note"]
Kind = Literal["shadowed", "duplicate", "unreachable", "ambiguous", "loop"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about the response ``response``, at ``path`` of it. ``example`` is a request that shows it, if any."""

    kind: Kind
    level: Level = "warning"
    response: str
    message: str
    hint: str
    path: KeyPath = ()
    example: str = ""


class Sources:
    """Where responses are written."""

    def __init__(self, origins: Mapping[str, Origin]) -> None:
        self._origins = origins

    def place(self, response: str, path: KeyPath = ()) -> Place:
        """Return the place of what stands at ``path`` of a response; unknown for one that was built in Python."""
        origin = self._origins.get(response)
        return Place() if origin is None else origin.place(path)

    def where(self, response: str, path: KeyPath = ()) -> str:
        """Write a place: ``config.yaml:4:5``, or the response and the path where that is unknown."""
        place = self.place(response, path)
        return str(place) if place.line else f"{response} {shown(path)}".rstrip()

    def named(self, response: str) -> str:
        """Name a response with its place: ``'order' (config.yaml:4:5)``."""
        place = self.place(response)
        return f"{response!r} ({place})" if place.line else repr(response)


def as_text(finding: Finding, sources: Sources) -> str:
    """Write a finding for people, in lines."""
    where = sources.where(finding.response, finding.path)
    lines = [f"{where}  {finding.level}: {finding.kind}: {finding.message}"]
    if finding.example:
        lines.append(f"    example: {finding.example}")
    return "\n".join([*lines, f"    next:    {finding.hint}"])


def as_data(finding: Finding, sources: Sources) -> dict[str, Any]:
    """Return a finding as JSON data. Without a place ``line`` and ``column`` are 0."""
    place = sources.place(finding.response, finding.path)
    return {
        "level": finding.level,
        "kind": finding.kind,
        "source": place.source,
        "line": place.line,
        "column": place.column,
        "response": finding.response,
        "path": shown(finding.path),
        "message": finding.message,
        "example": finding.example or None,
        "hint": finding.hint,
    }
