"""What is kept of a response beside the response itself: its input, what it follows, and how it comes about."""

from __future__ import annotations

from typing import Any, Final

import msgspec

_encode: Final = msgspec.json.encode


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """A response that is made while nobody waits for it.

    ``begun`` is the response until it is finished, ``created`` its moment in seconds since the epoch. After ``delay``
    seconds it is in progress, after ``duration`` finished. ``events`` are those of its stream, each due some seconds
    after it was created (``due``); None for a response that was not created as one.
    """

    begun: dict[str, Any]
    created: float
    delay: float
    duration: float
    events: list[str] | None = None
    due: list[float] = []

    @property
    def finished(self) -> float:
        """When the response is finished, in seconds since the epoch."""
        return self.created + self.duration

    def status(self, now: float) -> str | None:
        """Return the status at a moment, None when the response is finished."""
        if now >= self.finished:
            return None
        return "in_progress" if now >= self.created + self.delay else "queued"

    def until(self, now: float) -> Background:
        """Return it as it is when nothing more comes from a moment on."""
        told = sum(self.created + seconds <= now for seconds in self.due)
        events = None if self.events is None else self.events[:told]
        return msgspec.structs.replace(self, duration=0.0, events=events, due=self.due[:told])


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content of a response's record. ``input`` are the items of its own request, as they are listed.

    ``previous`` is the response that it follows, ``conversation`` the conversation that it belongs to. ``output`` are
    its items with all that requests can include, where there is something. ``logprobs`` are the script's.
    """

    input: list[dict[str, Any]]
    previous: str | None = None
    conversation: str | None = None
    background: Background | None = None
    output: list[dict[str, Any]] = []
    logprobs: float | list[float] | None = None

    def encoded(self) -> bytes:
        """Return it as bytes."""
        return _encode(self)


#: Read a record's content.
read: Final = msgspec.json.Decoder(Kept).decode


def conversation_of(document: dict[str, Any]) -> str | None:
    """Return the id of the conversation that a request belongs to, which is given as an id or as an object."""
    given = document.get("conversation")
    id_ = given.get("id") if type(given) is dict else given
    return id_ if type(id_) is str else None


def previous_of(document: dict[str, Any]) -> str | None:
    """Return the id of the response that a request follows."""
    given = document.get("previous_response_id")
    return given if type(given) is str else None
