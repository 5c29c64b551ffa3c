"""Letters that hide how long the words of a stream are (source: API reference, "Chat streaming", ``obfuscation``).

The real API adds them unless it is told not to, here they are added where a request asks for them.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from openai_mock_api.surfaces.reading import object_of

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call

#: Chunks are filled up to a multiple of so many bytes.
BLOCK: Final = 16


def is_padded(call: Call) -> bool:
    """Whether a call asks for it: ``stream_options: {include_obfuscation: true}``."""
    if call.parameters is None:
        return False
    return object_of(call.parameters.get("stream_options")).get("include_obfuscation") is True


def padding(choice: bytes) -> bytes:
    """Return the member that fills up the chunk of a choice, the same every time."""
    letters = blake2b(choice, digest_size=BLOCK).hexdigest()[: -len(choice) % BLOCK]
    return b',"obfuscation":"%b"' % letters.encode()
