"""What a test asks of its mock: by the marker, beneath it by the configuration file."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from openai_mock_api.config.model import Unmatched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.config.load import ConfigSource

#: What a text ends with that names a file.
_FILES: Final = (".yaml", ".yml", ".json")

#: For how long the environment may lead to a mock: that of each test, that of the session, or not at all.
SPANS: Final = ("test", "session", "off")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test's options. ``config`` None has no responses; ``unmatched`` and ``seed`` None leave that to it."""

    config: Any = None
    unmatched: Unmatched | None = None
    seed: int | None = None
    allow_misses: bool = False
    allow_late: bool = False
    escape_guard: bool = True


def of_run(config: pytest.Config) -> Options:
    """Read the configuration file. Raises ``pytest.UsageError``."""
    given = {name: config.getini(f"openai_mock_{name}") for name in Options.__struct_fields__}
    given = {name: value for name, value in given.items() if value != ""}
    if "config" in given:
        folder = config.inipath.parent if config.inipath else config.rootpath
        given["config"] = folder / given["config"]
    try:
        return msgspec.convert(given, Options, strict=False)
    except msgspec.ValidationError as error:
        raise pytest.UsageError(f"openai-mock: in the options openai_mock_*: {error}") from None


def span_of(config: pytest.Config) -> str:
    """Return for how long the environment leads to a mock. Raises ``pytest.UsageError``."""
    span = str(config.getini("openai_mock_env"))
    if span not in SPANS:
        raise pytest.UsageError(f"openai-mock: openai_mock_env is one of {', '.join(SPANS)}, got {span!r}")
    return span


def of_test(item: pytest.Item, run: Options) -> Options:
    """Read the markers of a test, those nearest to it last. Fails the test when one cannot be understood."""
    given: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("openai_mock"))):
        if marker.args:
            _refuse(f"takes its options by name, as in openai_mock(config={marker.args[0]!r})")
        given |= {name: value for name, value in marker.kwargs.items() if value is not None}
    _check(given)
    if "config" in given:
        given["config"] = _source(given["config"], item)
    return msgspec.structs.replace(run, **given)


def _check(given: Mapping[str, Any]) -> None:
    """Look at names and types; what a configuration may be is known to its loader."""
    for name in given:
        if name not in Options.__struct_fields__:
            near = get_close_matches(name, Options.__struct_fields__, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            _refuse(f"has no option {name!r}{hint}; there are {', '.join(Options.__struct_fields__)}")
    try:
        msgspec.convert({name: value for name, value in given.items() if name != "config"}, Options)
    except msgspec.ValidationError as error:
        _refuse(f"cannot be used: {error}")


def _refuse(why: str) -> None:
    pytest.fail(f"openai-mock: the marker openai_mock {why}.", pytrace=False)


def _source(config: Any, item: pytest.Item) -> ConfigSource:
    """Return what the loader takes. A file's name is looked for beside the test, then in the root folder."""
    if isinstance(config, str) and config.endswith(_FILES) and "\n" not in config:
        config = Path(config)
    if not isinstance(config, Path):
        source: ConfigSource = config
        return source
    beside = item.path.parent / config
    return beside if beside.exists() else item.config.rootpath / config
