"""Servers that live as long as the run, cleared for each test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from openai_mock_api.server import runner
from tests.adapters import ADAPTERS
from tests.script_of_tests import CONFIG
from tests.serving import Served, app_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["pytester"]

# The same cases in every run, however busy the machine is. Others: ``pytest --hypothesis-profile=default``.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--adapter", choices=ADAPTERS, default="fast", help="what every server of the run answers with")


@pytest.fixture(scope="session", autouse=True)
def chosen_adapter(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let servers of this process, and of the commands that it starts, answer through the chosen adapter."""
    adapter = request.config.getoption("--adapter")
    if adapter == "fast":
        yield
        return
    folder, inherited = Path(__file__).parent, os.environ.get("PYTHONPATH", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "FastProtocol", ADAPTERS[adapter])
        patch.setenv(
            "PYTHONPATH", os.pathsep.join(filter(None, [f"{folder / 'adapter'}", f"{folder.parent}", inherited]))
        )
        patch.setenv("MOCK_TEST_ADAPTER", adapter)
        yield


@pytest.fixture(scope="session", params=ADAPTERS)
def every_adapter(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(app_of(CONFIG), request.param) as served:
        yield served


@pytest.fixture
def served(every_adapter: Served) -> Iterator[Served]:
    """A server behind each of the adapters in turn."""
    every_adapter.app.reset()
    yield every_adapter
    every_adapter.close_clients()


@pytest.fixture(scope="session")
def fast_server() -> Iterator[Served]:
    with serving(app_of(CONFIG), "fast") as served:
        yield served


@pytest.fixture
def the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's servers answer through the fast path, because the test is about what only that does."""
    monkeypatch.setattr(runner, "FastProtocol", ADAPTERS["fast"])


@pytest.fixture
def fast(fast_server: Served) -> Iterator[Served]:
    """A server behind the fast path."""
    fast_server.app.reset()
    yield fast_server
    fast_server.close_clients()
