"""What a configuration amounts to where it says nothing."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.compiler import compile_script
from openai_mock_api.config.model import Journal, MockConfig, Unmatched
from openai_mock_api.script.script import Script

DEFAULT_PORT: Final = 3000
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_KEY: Final = "test-key"


def accepted_keys(config: MockConfig) -> tuple[str, ...] | None:
    """Return the keys that clients may send, the first being the one to show; None when any will do."""
    if config.api_key is None:
        return None
    first = () if config.api_key is UNSET else (config.api_key,)
    return (*first, *config.api_keys) or (DEFAULT_KEY,)


def port_of(config: MockConfig) -> int:
    """Return the port to listen on; 0 takes a free one."""
    return DEFAULT_PORT if config.port is UNSET else config.port


def host_of(config: MockConfig) -> str:
    """Return the address to listen on."""
    return DEFAULT_HOST if config.host is UNSET else config.host


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration, ready to serve: its script compiled, and every default filled in. ``keys`` None is any key."""

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
            port=port_of(config),
            host=host_of(config),
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
