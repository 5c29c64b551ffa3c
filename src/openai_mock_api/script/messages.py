"""What a request says, neutral of its endpoint."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(msgspec.Struct, frozen=True):
    """A function that the assistant calls. ``arguments`` is JSON text, or deliberately broken text."""

    id: str
    name: str
    arguments: str


class Tool(msgspec.Struct, frozen=True):
    """A function that the request offers. ``parameters`` is its JSON Schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of a request.

    ``role`` has ``developer`` folded into ``system`` and ``function`` into ``tool``. ``text`` is the content, of
    content parts the texts joined by newlines. ``parts`` holds the kinds of the parts that are not text
    (``image``, ``audio``, ``file``).
    """

    role: Role
    text: str = ""
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    parts: tuple[str, ...] = ()


class Call(msgspec.Struct):
    """One parsed API request. Lives as long as its request.

    ``endpoint`` is the surface's name (``chat``, …). ``response_format`` is ``text``, ``json_object`` or
    ``json_schema``. ``stops`` ends the text before any of its entries, ``max_tokens`` after so many tokens.
    ``headers`` has lower-case names. ``body`` is what arrived, byte for byte. ``choices`` is how many answers
    are asked for (``n``). ``parameters`` is the decoded body, ``tokens`` the prompt's, once they have been counted.
    """

    endpoint: str
    model: str
    messages: list[Message]
    stream: bool = False
    include_usage: bool = False
    tools: tuple[Tool, ...] = ()
    response_format: str = "text"
    stops: tuple[str, ...] = ()
    max_tokens: int | None = None
    choices: int = 1
    headers: tuple[tuple[bytes, bytes], ...] | list[tuple[bytes, bytes]] = ()
    body: bytes = b""
    parameters: dict[str, Any] | None = None
    tokens: int | None = None

    def header(self, name: str) -> str | None:
        """Return the value of the header ``name`` (any case), or None."""
        wanted = name.lower().encode("latin-1", "replace")
        for key, value in self.headers:
            if key == wanted:
                return value.decode("latin-1")
        return None

    def document(self) -> Any:
        """Return the body's JSON, from ``parameters`` where the surface has decoded it.

        Raises ``msgspec.DecodeError`` when it is none.
        """
        if self.parameters is not None:
            return self.parameters
        try:
            return msgspec.json.decode(self.body)
        except (UnicodeDecodeError, RecursionError) as error:
            raise msgspec.DecodeError(str(error)) from None
