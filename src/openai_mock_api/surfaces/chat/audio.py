"""An answer that is spoken (source: API reference, "Chat", ``message.audio``).

Its id and its expiry differ from answer to answer, so what is rendered has marks in their places. JSON text never holds
the control characters that the marks are made of.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.tokens.spoken import seconds
from openai_mock_api.surfaces.sound.silence import sound

if TYPE_CHECKING:
    from openai_mock_api.script.speech import Speech

ID: Final = msgspec.Raw(b'"\x01"')
EXPIRY: Final = msgspec.Raw(b"\x02")

#: Seconds that clients may refer to a sound by its id.
LIFETIME: Final = 3600

#: Characters of base64 that one chunk of a stream holds: 0.2 seconds of PCM, and whole groups of four.
_CHUNK: Final = 12_800

_MARK: Final = re.compile(rb"\x01(\d+)")


def data(speech: Speech, format: str) -> str:  # noqa: A002 - the API's own name
    """Return the sound in base64: the script's own, or silence."""
    if speech.audio is not None:
        return speech.audio
    return b64encode(sound(format, seconds(speech.content or ""))).decode()


def whole(speech: Speech, format: str) -> dict[str, Any]:  # noqa: A002
    """Return ``message.audio``, with marks."""
    return {"id": ID, "expires_at": EXPIRY, "data": data(speech, format), "transcript": speech.content}


def parts(text: str) -> list[str]:
    """Split base64 into what the chunks of a stream hold. Each part can be decoded on its own."""
    return [text[place : place + _CHUNK] for place in range(0, len(text), _CHUNK)]


def placed(choice: bytes, index: int) -> bytes:
    """Say in the marks which choice they are of."""
    return choice.replace(b"\x01", b"\x01%d" % index)


def filled(rendered: bytes, token: bytes, created: float) -> bytes:
    """Put ids and expiry in place of the marks. The ids follow from the answer's own."""
    rendered = _MARK.sub(lambda mark: b"audio_" + _digest(token, mark[1]), rendered)
    return rendered.replace(b"\x02", b"%d" % (created + LIFETIME))


def _digest(token: bytes, index: bytes) -> bytes:
    return blake2b(token + index, digest_size=16).hexdigest().encode()
