"""Servers that live as long as the run, cleared for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.script_of_tests import CONFIG
from tests.serving import ADAPTERS, Served, app_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", params=ADAPTERS)
def every_adapter(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(app_of(CONFIG), request.param) as served:
        yield served


@pytest.fixture
def served(every_adapter: Served) -> Served:
    """A server behind each of the adapters in turn."""
    every_adapter.app.reset()
    return every_adapter


@pytest.fixture(scope="session")
def fast_server() -> Iterator[Served]:
    with serving(app_of(CONFIG)) as served:
        yield served


@pytest.fixture
def fast(fast_server: Served) -> Served:
    """A server behind the fast path."""
    fast_server.app.reset()
    return fast_server
