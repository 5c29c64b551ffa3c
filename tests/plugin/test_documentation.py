"""The page on pytest lists everything that the plugin offers."""

from __future__ import annotations

from typing import Final

from openai_mock_api.pytest_plugin import INI
from openai_mock_api.pytest_plugin.environment import UNSET, _variables
from openai_mock_api.pytest_plugin.options import Options
from tests.docs.test_completeness import codes, names, page, table

PAGE: Final = page("pytest.md")


def test_the_options_of_the_marker_are_listed() -> None:
    rows = table(PAGE, "## The marker")
    assert names(rows) == list(Options.__struct_fields__)


def test_the_options_of_the_configuration_file_are_listed() -> None:
    rows = table(PAGE, "## The configuration file")
    assert sorted(names(rows)) == sorted(name for name, *_ in INI)


def test_the_defaults_are_those_of_the_code() -> None:
    written = {row[0].strip("`"): row[1].strip("`") for row in table(PAGE, "## The marker")}
    assert {name: written[name] for name in ("allow_misses", "allow_late", "escape_guard")} == {
        name: str(getattr(Options(), name)) for name in ("allow_misses", "allow_late", "escape_guard")
    }
    ini = {row[0].strip("`"): row[1].strip("`") for row in table(PAGE, "## The configuration file")}
    assert all(ini[name] == str(default).lower() for name, _, default, _ in INI if default != "")


def test_the_options_of_the_command_line_are_listed() -> None:
    assert names(table(PAGE, "On the command line"))[:2] == ["--openai-mock-unused", "--openai-mock-record"]


def test_the_variables_are_listed() -> None:
    listed = codes(row[0] for row in table(PAGE, "these variables lead clients"))
    set_ = [*_variables("http://mock/v1", "http://mock", "key"), "OPENAI_API_TYPE", "NO_PROXY", "no_proxy", *UNSET]
    assert sorted(listed) == sorted(set_)
