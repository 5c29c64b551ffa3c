"""Who may call."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from openai_mock_api.surfaces import azure
from openai_mock_api.surfaces.errors import missing_key, wrong_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_mock_api.http import Request


class Keys:
    """The accepted API keys, compared in constant time. None accepts every request, with a key or without."""

    def __init__(self, keys: Iterable[str] | None) -> None:
        self._keys = None if keys is None else [b"Bearer " + key.encode() for key in keys]

    def check(self, request: Request) -> None:
        """Raise ``ApiError`` 401 unless the request carries an accepted key."""
        if self._keys is None:
            return
        sent = request.header(b"authorization") or b""
        for key in self._keys:
            if compare_digest(sent, key):
                return
        scheme, _, key = sent.partition(b" ")
        if scheme.lower() != b"bearer" or not key.strip():
            raise missing_key()
        if not self._accepts(key):
            raise wrong_key(key.strip().decode("latin-1"))

    def check_azure(self, request: Request) -> None:
        """Raise ``AzureError`` 401 unless an accepted key comes in the header ``api-key``, or as a bearer's token."""
        scheme, _, token = (request.header(b"authorization") or b"").partition(b" ")
        sent = request.header(b"api-key") or (token if scheme.lower() == b"bearer" else b"")
        if not self._accepts(sent):
            raise azure.wrong_key()

    def _accepts(self, key: bytes) -> bool:
        normal = b"Bearer " + key.strip()
        return self._keys is None or any(compare_digest(normal, key) for key in self._keys)
