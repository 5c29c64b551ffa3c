"""What a test asks of its mock: by the marker, beneath it by the configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, get_type_hints

import msgspec
import pytest

from openai_mock_api.config.arguments import complaints
from openai_mock_api.config.model import Unmatched
from openai_mock_api.config.shapes import number_of
from openai_mock_api.config.spelling import closest

if TYPE_CHECKING:
    from openai_mock_api.config.load import ConfigSource

#: What a text ends with that names a file.
_FILES: Final = (".yaml", ".yml", ".json")

#: What the names of options begin with in the configuration file.
PREFIX: Final = "openai_mock_"

#: For how long the environment leads to a mock: that of each test, that of the session, or not at all.
Span = Literal["test", "session", "off"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One test's options. ``config`` None has no responses; ``unmatched`` and ``seed`` None leave that to it."""

    config: Any = None
    unmatched: Unmatched | None = None
    seed: int | None = None
    allow_misses: bool = False
    allow_late: bool = False
    escape_guard: bool = True


#: What the options of a marker take, and those of the configuration file.
_KINDS: Final = get_type_hints(Options)
_SETTINGS: Final = {**_KINDS, "env": Span}


def of_run(config: pytest.Config) -> Options:
    """Read the configuration file. Raises ``pytest.UsageError``."""
    given = {name: value for name in _KINDS if (value := _setting(config, name)) != ""}
    if "config" in given:
        folder = config.inipath.parent if config.inipath else config.rootpath
        given["config"] = folder / given["config"]
    return Options(**given)


def span_of(config: pytest.Config) -> Span:
    """Return for how long the environment leads to a mock. Raises ``pytest.UsageError``."""
    span: Span = _setting(config, "env")
    return span


def _setting(config: pytest.Config, name: str) -> Any:
    """Return what the configuration file says of an option, empty text if nothing. Raises ``pytest.UsageError``."""
    try:
        value = config.getini(PREFIX + name)
    except (TypeError, ValueError, pytest.UsageError) as error:  # what pytest says of neither true nor false
        raise _unusable(config, f"{PREFIX}{name}: {error}; expected true or false") from None
    if name == "seed" and value:
        value = value if (number := number_of(value, int)) is None else number
    if value != "":
        for complaint in complaints(_SETTINGS, {name: value}):
            raise _unusable(config, PREFIX + complaint.message)
    return value


def _unusable(config: pytest.Config, why: str) -> pytest.UsageError:
    where = f" in {config.inipath.name}" if config.inipath else ""
    return pytest.UsageError(f"openai-mock: an option{where} cannot be used\n{why}")


def of_test(item: pytest.Item, run: Options) -> Options:
    """Read the markers of a test, those nearest to it last. Fails the test when one cannot be understood."""
    given: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("openai_mock"))):
        if marker.args:
            refuse(item, f"options are given by name, as in openai_mock(config={marker.args[0]!r})")
        given |= {name: value for name, value in marker.kwargs.items() if value is not None}
    for complaint in complaints(_KINDS, given):
        refuse(item, complaint.message)
    if "config" in given:
        given["config"] = _source(given["config"], item)
    return msgspec.structs.replace(run, **given)


def refuse(item: pytest.Item, why: object) -> NoReturn:
    """Fail a test whose options cannot be used."""
    pytest.fail(f"openai-mock: the marker openai_mock of {item.nodeid} cannot be used\n{why}", pytrace=False)


def _source(config: Any, item: pytest.Item) -> ConfigSource:
    """Return what the loader takes. A file's name is looked for beside the test, then in the root folder."""
    if isinstance(config, str) and config.endswith(_FILES) and "\n" not in config:
        config = Path(config)
    if not isinstance(config, Path):
        source: ConfigSource = config
        return source
    places = [item.path.parent / config, item.config.rootpath / config]
    for place in places:
        if place.exists():
            return place
    refuse(item, f"config: {_missing(config, list(dict.fromkeys(place.parent for place in places)))}")


def _missing(config: Path, folders: list[Path]) -> str:
    """Say where a file was looked for, and which may have been meant."""
    names = [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]
    near = closest(config.name, names)
    hint = f"; did you mean {near!r}?" if near else ", check the name"
    return f"there is no file {str(config)!r} in {' or '.join(map(str, folders))}{hint}"
