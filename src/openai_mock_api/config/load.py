"""From whatever the user hands over to a checked configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.config.assembly import Assembly
from openai_mock_api.config.files import decoded, read_file
from openai_mock_api.config.model import MockConfig
from openai_mock_api.config.reading import Document, Origin, read
from openai_mock_api.config.shapes import entries_of
from openai_mock_api.config.spelling import described
from openai_mock_api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    ConfigSource = MockConfig | Mapping[str, Any] | str | os.PathLike[str]

_SUFFIXES = (".yaml", ".yml", ".json")


class LoadedConfig(msgspec.Struct, frozen=True):
    """A configuration in which everything holds.

    ``config.responses`` has those of included files too. ``files`` are all that were read, the main one first.
    ``origins`` says where the response of each id is written.
    """

    config: MockConfig
    files: tuple[Path, ...]
    origins: dict[str, Origin]


def load_config(source: ConfigSource, *, needs_key: bool = True) -> LoadedConfig:
    """Read and check a configuration.

    ``source`` is a ``MockConfig``, a mapping, YAML or JSON text, or the path of a file. Files and texts must say which
    key clients send, unless ``needs_key`` is false; in Python the default does. Raises ``ConfigError`` with every
    problem that was found.
    """
    if isinstance(source, os.PathLike):
        return load_file(source, needs_key=needs_key)
    if isinstance(source, str):
        return load_text(source, needs_key=needs_key)
    if not isinstance(source, Mapping | MockConfig):
        raise ConfigError(f"expected a MockConfig, a mapping, YAML text or a path, got {described(source)}")
    return _load(Document(entries_of(source)), needs_key=False)


def load_file(path: os.PathLike[str], *, needs_key: bool = True) -> LoadedConfig:
    """Read and check a file of YAML or JSON. Raises ``ConfigError``."""
    file = Path(path)
    return _load(read_file(file), file, needs_key=needs_key)


def load_text(text: str | bytes, source: str | None = None, *, needs_key: bool = True) -> LoadedConfig:
    """Read and check YAML or JSON text; ``source`` names it (``<stdin>``). Raises ``ConfigError``."""
    if isinstance(text, bytes):
        text = decoded(text, source or "<config>")
    _refuse_path(text)
    return _load(read(text, source), needs_key=needs_key)


def load_responses(source: str | Mapping[str, Any] | Sequence[Any]) -> LoadedConfig:
    """Read and check responses alone: one, a list of them, or a mapping with ``responses``; as data, or YAML text.

    Raises ``ConfigError``.
    """
    document = read(source) if isinstance(source, str) else Document(source)
    assembly = Assembly()
    assembly.add_responses(document)
    if assembly.problems:
        raise ConfigError(assembly.problems)
    return LoadedConfig(MockConfig(responses=assembly.responses), (), assembly.origins)


def _refuse_path(text: str) -> None:
    if "\n" in text or ": " in text or not text.lower().endswith(_SUFFIXES):
        return
    if os.path.isfile(text):  # noqa: PTH113 - unlike Path, total for any text
        raise ConfigError(f"{text!r} is taken as YAML text, but is a file's name; pass pathlib.Path({text!r})")


def _load(document: Document, file: Path | None = None, *, needs_key: bool) -> LoadedConfig:
    if not isinstance(document.data, Mapping):
        raise ConfigError(document.problems([((), _not_a_mapping(document.data))]))
    assembly = Assembly()
    config = assembly.add_config(document, file, needs_key=needs_key)
    if assembly.problems:
        raise ConfigError(assembly.problems)
    return LoadedConfig(config, tuple(assembly.files), assembly.origins)


def _not_a_mapping(data: Any) -> str:
    if data is None:
        return "the configuration is empty; it needs `api_key` and `responses`"
    said = f"expected a mapping with `api_key` and `responses`, got {described(data)}"
    if isinstance(data, str) and data.lower().endswith(_SUFFIXES):
        return f"{said}; if it is a file, pass a pathlib.Path"
    return said
