"""One test and its mock: from the moment that the fixture is set up to the one that it is torn down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.pytest_plugin.guard import Guard
from openai_mock_api.pytest_plugin.transcript import transcript
from openai_mock_api.pytest_plugin.verdict import Verdict, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.mock import Mock
    from openai_mock_api.pytest_plugin.options import Options


class Trial:
    """A test's use of a mock. What is done ``at_end`` is done in reverse order, then ``patches`` are undone."""

    def __init__(self, mock: Mock, options: Options) -> None:
        self.mock = mock
        self.patches = pytest.MonkeyPatch()
        self._guard = Guard()
        self._verdict = Verdict(mock, self._guard)
        self._ending = ExitStack()
        self.at_end(self.patches.undo)
        if options.allow_misses:
            mock.allow_misses()
        if options.escape_guard:
            self._guard.watch(self.patches)

    def at_end(self, step: Callable[[], object]) -> None:
        """Do something when the test ends."""
        self._ending.callback(step)

    def used(self) -> set[str]:
        """Return the ids of the responses that have answered."""
        return {exchange.matched for exchange in self.mock.requests if exchange.matched is not None}

    def check(self) -> None:
        """Fail the test for what it has not been told yet."""
        if faults := self._verdict.news():
            pytest.fail(message(faults), pytrace=False)

    def explain(self, report: pytest.TestReport, config: pytest.Config) -> None:
        """Add to a test's report what it said to the mock, and last what was wrong with that, which it is told so."""
        self._verdict.news()
        _add_section(report, config, "the conversation", transcript(self.mock.requests))
        for title, story in self._verdict.stories():
            _add_section(report, config, title, story)

    def settle(self) -> None:
        """Regard everything as told: the test was not to come to its end."""
        self._verdict.news()

    def end(self) -> None:
        """Fail the test for what happened since its last line, and let the mock answer no more."""
        try:
            self.check()
        finally:
            self._ending.close()


def _add_section(report: pytest.TestReport, config: pytest.Config, title: str, text: str) -> None:
    """Put a section behind all others, or where it is shown even if captured output is not."""
    title = f"openai-mock: {title}"
    add = getattr(report.longrepr, "addsection", None)
    if add is None or config.getoption("showcapture", "all") == "all":
        report.sections.append((title, text))
    else:
        add(title, text)
