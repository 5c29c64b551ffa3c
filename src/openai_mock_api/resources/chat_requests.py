"""What is kept of the request whose chat completion is stored: parameters that the completion shows, and messages."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from openai_mock_api.resources.store import Record

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode

#: The parameters that a stored completion shows, and what it shows of a request without them.
_SHOWN: Final[dict[str, Any]] = {
    "tool_choice": None,
    "seed": None,
    "top_p": 1.0,
    "temperature": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "tools": None,
    "response_format": None,
}

#: The kinds of content parts that a stored message shows.
_PARTS: Final = ("text", "image_url")


class KeptRequest(msgspec.Struct, frozen=True):
    """``shown`` is the JSON object of the fields that the completion gains, ``messages`` the JSON array of messages."""

    shown: bytes
    messages: bytes

    @classmethod
    def of(cls, document: dict[str, Any]) -> KeptRequest:
        """Take what is needed of a decoded body. Null stands for "not given"; the body may have gone unchecked."""
        shown = {name: default if document.get(name) is None else document[name] for name, default in _SHOWN.items()}
        metadata = document.get("metadata")
        shown |= {"input_user": document.get("user"), "metadata": metadata if isinstance(metadata, dict) else {}}
        messages = [_stored(message) for message in document["messages"] if isinstance(message, dict)]
        return cls(_encode(shown), _encode(messages))

    def stored_with(self, completion: bytes) -> tuple[bytes, bytes]:
        """Return data and content of a record: the completion with the fields it gains, and the messages."""
        return b"%b,%b" % (completion[:-1], self.shown[1:]), self.messages


def _stored(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as it is listed, but for its id: content parts stand apart from text."""
    content, parts = message.get("content"), None
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict) and part.get("type") in _PARTS]
    text = content if parts is None else None
    return {"role": None, "name": None, **message, "content": text, "content_parts": parts}


def message_records(completion: str, messages: bytes) -> list[Record]:
    """Return the messages of a completion as they are listed, the id of each the completion's and its number."""
    numbered = ((f"{completion}-{place}", place, message) for place, message in enumerate(_decode(messages)))
    return [Record("message", id_, place, _encode({"id": id_, **message})) for id_, place, message in numbered]
