"""The pytest plugin: the fixtures, the marker, the options.

What is here is loaded with every run of pytest, so it loads nothing else; the parts that do the work are loaded by the
first test that uses the mock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from openai_mock_api.pytest_plugin import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.mock import Mock, MockServer

#: The marker's line in ``pytest --markers``.
MARKER: Final = (
    "openai_mock(config=None, unmatched=None, seed=None, allow_misses=False, allow_late=False, escape_guard=True): "
    "use the fixture openai_mock, with options for this test. See docs/pytest.md of openai-mock-api."
)

#: Name, type, default and meaning of each option of the configuration file.
INI: Final[list[tuple[str, Any, Any, str]]] = [
    ("openai_mock_config", "string", "", "file with the responses that every test has"),
    ("openai_mock_unmatched", "string", "", "what a call gets that nothing matches: error, echo or auto"),
    ("openai_mock_seed", "string", "", "makes ids and random numbers the same in every run"),
    ("openai_mock_env", "string", "test", "for how long variables like OPENAI_BASE_URL are set: test, session or off"),
    ("openai_mock_allow_misses", "bool", False, "whether a test may pass though a request went unmatched"),
    ("openai_mock_allow_late", "bool", False, "whether requests may come after their test has ended"),
    ("openai_mock_escape_guard", "bool", True, "whether a test fails that connects to the real API"),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("openai-mock")
    group.addoption("--openai-mock-unused", action="store_true", help="Report responses that no test used.")
    group.addoption(
        "--openai-mock-record", nargs="?", const="", metavar="MODE", help="Reserved for recording real answers."
    )
    for name, kind, default, meaning in INI:
        parser.addini(name, f"openai-mock: {meaning}", type=kind, default=default)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Serve before anything of the project is imported, if the variables are to be set for the whole session."""
    if early_config.getini("openai_mock_env") == "session":
        parts.run.of(early_config).lead()


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker; refuse what is reserved."""
    config.addinivalue_line("markers", MARKER)
    if config.getoption("--openai-mock-record") is not None:
        raise pytest.UsageError(
            "--openai-mock-record is reserved: recording real answers is not part of this version of openai-mock-api"
        )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a test that uses the mock have the fixture, before its others, which need it."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None:
        return
    if "openai_mock" in names:
        names.remove("openai_mock")
    elif not _uses_the_mock(item, names):
        return
    names.insert(_first_of_the_test(item, names), "openai_mock")


def _uses_the_mock(item: pytest.Item, names: list[str]) -> bool:
    """Whether a test that does not name the fixture uses the mock: by its marker, or because the session's is all's."""
    if item.get_closest_marker("openai_mock") or "openai_mock_session" in names:
        return True
    return bool(item.config.getini("openai_mock_env") == "session")


def _first_of_the_test(item: pytest.Item, names: list[str]) -> int:
    """Return the place behind all fixtures that live longer than the test."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})  # nothing else knows
    wide = [place for place, name in enumerate(names) if name in known and known[name][-1].scope != "function"]
    return max(wide, default=-1) + 1


@pytest.fixture
def openai_mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """A mock OpenAI API for this test, which ``OpenAI()`` and every framework finds through the environment.

    The test fails when a request went unmatched, an expectation did not hold, or something connected to the real API.
    """
    trial = parts.run.in_test(request.config).begin(request.node)
    yield trial.mock
    trial.end()


@pytest.fixture(scope="session")
def openai_mock_session(request: pytest.FixtureRequest) -> MockServer:
    """The mock of the whole session, for fixtures that outlive a test: its address and its variables stay.

    In tests that use it, ``openai_mock`` is the same mock, as it was before the test began.
    """
    session = parts.run.in_test(request.config)
    session.lead()
    return session.server


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist has found out."""
    if found := getattr(node, "workeroutput", {}).get(parts.findings.KEY):
        parts.findings.of(node.config).take(found)
        parts.findings.of(node.config).tell_late(node.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report the responses that no test used."""
    if config.getoption("--openai-mock-unused"):
        parts.findings.of(config).report(terminalreporter)
