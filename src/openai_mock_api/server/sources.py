"""What a server in this process is configured with, in all the forms in which Python code may say it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openai_mock_api.config.load import load_config, load_file
from openai_mock_api.config.model import MockConfig
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ConfigError
from openai_mock_api.server.reload import Loaded

if TYPE_CHECKING:
    from openai_mock_api.config.model import Unmatched

#: A configuration: as a value, as plain data, as YAML text or as a path.
ConfigSource = MockConfig | Mapping[str, Any] | str | os.PathLike[str]


def compiled(config: ConfigSource | Settings, *, needs_key: bool = True) -> Settings:
    """Load and compile a configuration; one that is compiled stays as it is. Raises ``ConfigError``."""
    return config if isinstance(config, Settings) else Settings.loaded(load_config(config, needs_key=needs_key))


def started(config: ConfigSource | Settings | None, unmatched: Unmatched | None) -> Settings:
    """Return what a server starts with. Without a configuration any key is accepted, and any call is answered unless
    ``unmatched`` says otherwise.
    """  # noqa: D205 - one sentence
    settings = Settings.zero() if config is None else compiled(config)
    return settings if unmatched is None else settings.with_unmatched(unmatched)


def followed(config: ConfigSource | Settings | None, unmatched: Unmatched | None) -> Loaded:
    """Return what a server starts with that follows its files, and these files. Raises ``ConfigError``."""
    if not isinstance(config, os.PathLike):
        raise ConfigError('watch=True needs a file to watch; pass the configuration as a path: Path("config.yaml")')
    loaded = load_file(config)
    return Loaded(started(Settings.loaded(loaded), unmatched), loaded.files)
