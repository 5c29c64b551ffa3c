"""The environment variables by which SDKs and frameworks find the mock."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pytest

#: A version of Azure's API, for clients that need one.
AZURE_VERSION: Final = "2024-10-21"

#: Hosts that clients reach without the proxy that the environment may name.
LOCAL: Final = "127.0.0.1,localhost"

#: What would lead past the mock, or speak for somebody.
UNSET: Final = ("AZURE_OPENAI_AD_TOKEN", "OPENAI_PROXY")

#: Where the module ``openai`` keeps its own client, ``openai.chat.completions.create``, and what that was made of.
_OWN: Final = (
    "_client",
    "admin_api_key",
    "api_key",
    "api_type",
    "api_version",
    "azure_ad_token",
    "azure_endpoint",
    "base_url",
    "default_headers",
    "default_query",
    "http_client",
    "max_retries",
    "organization",
    "project",
    "timeout",
    "webhook_secret",
)


def lead(patches: pytest.MonkeyPatch, base_url: str, key: str) -> None:
    """Lead every client to ``base_url`` (``http://127.0.0.1:3000/v1``) until ``patches`` are undone."""
    for name, value in _variables(base_url, base_url.removesuffix("/v1"), key).items():
        patches.setenv(name, value)
    if "OPENAI_API_TYPE" not in os.environ:
        patches.setenv("OPENAI_API_TYPE", "openai")  # with the keys of both, the SDK's own client would not choose
    for name in UNSET:
        patches.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        patches.setenv(name, ",".join(filter(None, [LOCAL, os.environ.get(name)])))
    _renew_own_client(patches)


def _renew_own_client(patches: pytest.MonkeyPatch) -> None:
    """Let the module ``openai`` make its client anew, for it reads the variables once. What it keeps is put back."""
    openai: Any = sys.modules.get("openai")
    if openai is None:
        return
    for name in _OWN:
        patches.setattr(openai, name, getattr(openai, name, None), raising=False)
    openai._client = None  # noqa: SLF001 - it has no other name
    openai.api_type = openai.api_type or os.environ["OPENAI_API_TYPE"]


def _variables(base_url: str, url: str, key: str) -> dict[str, str]:
    """Return the variables of OpenAI's SDKs, of Azure's, and of LangChain and LiteLLM where they have their own.

    OpenAI's Agents SDK would send what it traces to the real API, whatever the base URL.
    """
    return {
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_BASE": base_url,
        "OPENAI_API_KEY": key,
        "OPENAI_API_VERSION": AZURE_VERSION,
        "AZURE_OPENAI_ENDPOINT": url,
        "AZURE_OPENAI_API_KEY": key,
        "AZURE_API_BASE": url,
        "AZURE_API_KEY": key,
        "AZURE_API_VERSION": AZURE_VERSION,
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
    }
