"""What a configuration amounts to where it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import msgspec
from msgspec import UNSET

from openai_mock_api.config.compiler import NOWHERE, compile_script
from openai_mock_api.config.inputs import judgement_of, vector_of
from openai_mock_api.config.model import (
    Azure,
    EmbeddingFormat,
    Journal,
    Limits,
    MockConfig,
    Namespaces,
    Resources,
    Unmatched,
    Validation,
)
from openai_mock_api.config.spelling import not_a_choice
from openai_mock_api.errors import ConfigError
from openai_mock_api.lazy import Lazy
from openai_mock_api.script.script import Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.config.load import LoadedConfig
    from openai_mock_api.config.reading import Origin
    from openai_mock_api.script.inputs import moderation, nearness
else:
    moderation = Lazy("openai_mock_api.script.inputs.moderation")
    nearness = Lazy("openai_mock_api.script.inputs.nearness")

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
    """A configuration, ready to serve: its script compiled, and every default filled in. ``keys`` None is any key.

    ``config`` is what was written.
    """

    script: Script
    config: MockConfig = msgspec.field(default_factory=MockConfig)
    keys: tuple[str, ...] | None = (DEFAULT_KEY,)
    port: int = DEFAULT_PORT
    host: str = DEFAULT_HOST
    models: tuple[str, ...] = ()
    unmatched: Unmatched = "error"
    organization: str = "openai-mock"
    max_body_bytes: int = 50_000_000
    validation: Validation = "strict"
    context_windows: dict[str, int] = msgspec.field(default_factory=dict)
    embeddings: tuple[nearness.Placed | nearness.Near, ...] = ()
    embedding_dimensions: dict[str, int] = msgspec.field(default_factory=dict)
    embedding_format: EmbeddingFormat = "asked"
    moderations: tuple[moderation.Judgement, ...] = ()
    limits: Limits = msgspec.field(default_factory=Limits)
    journal: Journal = msgspec.field(default_factory=Journal)
    resources: Resources = msgspec.field(default_factory=Resources)
    azure: Azure = msgspec.field(default_factory=Azure)
    namespaces: Namespaces = msgspec.field(default_factory=Namespaces)
    admin_key: str | None = None
    reply: Literal["next", "last"] = "next"
    seed: int | None = None

    @classmethod
    def of(cls, config: MockConfig, origins: Mapping[str, Origin] = NOWHERE) -> Settings:
        """Compile a configuration that has passed every check. ``origins`` says where its responses are written."""
        return cls(
            script=compile_script(config, origins),
            config=config,
            keys=accepted_keys(config),
            port=port_of(config),
            host=host_of(config),
            models=tuple(config.models),
            unmatched=config.unmatched,
            organization=config.organization,
            max_body_bytes=config.max_body_bytes,
            validation=config.validation,
            context_windows=config.context_windows,
            embeddings=tuple(map(vector_of, config.embeddings)),
            embedding_dimensions=config.embedding_dimensions,
            embedding_format=config.embedding_format,
            moderations=tuple(map(judgement_of, config.moderations)),
            limits=config.limits,
            journal=config.journal,
            resources=config.resources,
            azure=config.azure,
            namespaces=config.namespaces,
            admin_key=None if config.admin_key is UNSET else config.admin_key,
            reply=config.reply,
            seed=None if config.seed is UNSET else config.seed,
        )

    @classmethod
    def loaded(cls, loaded: LoadedConfig) -> Settings:
        """Compile a configuration that was loaded; errors of its templates know where they are written."""
        return cls.of(loaded.config, loaded.origins)

    @classmethod
    def zero(cls) -> Settings:
        """Settings of a server without a configuration: it answers anything, for any key."""
        return cls.of(MockConfig(api_key=None, unmatched="auto"))

    def with_unmatched(self, policy: Unmatched) -> Settings:
        """Return the same settings with another policy for what nothing matches. Raises ``ConfigError``."""
        policies = get_args(Unmatched)
        if policy not in policies:
            raise ConfigError(f"unmatched: {not_a_choice(policy, policies, ('unmatched',))}")
        config = msgspec.structs.replace(self.config, unmatched=policy)
        return msgspec.structs.replace(self, unmatched=policy, config=config)
