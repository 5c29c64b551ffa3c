"""What a server needs of a configuration: its script, compiled, and every default filled in."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from openai_mock_api.config.compiler import compile_script
from openai_mock_api.config.model import Journal, MockConfig, Unmatched
from openai_mock_api.script.script import Script

DEFAULT_KEY = "test-key"
DEFAULT_PORT = 3000
DEFAULT_HOST = "127.0.0.1"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration, ready to serve. ``keys`` None accepts any key."""

    script: Script
    keys: tuple[str, ...] | None = (DEFAULT_KEY,)
    port: int = DEFAULT_PORT
    host: str = DEFAULT_HOST
    models: tuple[str, ...] = ()
    unmatched: Unmatched = "error"
    organization: str = "openai-mock"
    max_body_bytes: int = 50_000_000
    journal: Journal = msgspec.field(default_factory=Journal)

    @classmethod
    def of(cls, config: MockConfig) -> Settings:
        """Compile a configuration that has passed every check."""
        return cls(
            script=compile_script(config),
            keys=accepted_keys(config),
            port=DEFAULT_PORT if config.port is UNSET else config.port,
            host=DEFAULT_HOST if config.host is UNSET else config.host,
            models=tuple(config.models),
            unmatched=config.unmatched,
            organization=config.organization,
            max_body_bytes=config.max_body_bytes,
            journal=config.journal,
        )

    @classmethod
    def zero(cls) -> Settings:
        """Settings of a server without a configuration: it answers anything, for any key."""
        return cls(script=Script(()), keys=None, unmatched="auto")


def accepted_keys(config: MockConfig) -> tuple[str, ...] | None:
    """Return the keys that clients may send, None for any. Without a word about keys it is ``test-key``."""
    if config.api_key is None:
        return None
    if config.api_key is UNSET:
        return tuple(config.api_keys) or (DEFAULT_KEY,)
    return (config.api_key, *config.api_keys)
