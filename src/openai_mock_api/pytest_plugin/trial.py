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
    """A test's use of a mock. What is done ``at_end`` is done in reverse order, then ``patches`` are undone.

    ``done`` says that the test's own lines have come to their end.
    """

    def __init__(self, mock: Mock, options: Options) -> None:
        self.mock = mock
        self.done = False
        self.patches = pytest.MonkeyPatch()
        self._guard = Guard()
        self._verdict = Verdict(mock, self._guard)
        self._ending = ExitStack()
        self._last_words: list[tuple[str, str]] = []
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

    def judge(self, report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Let a test fail that has come to its end, if what it said to the mock is not in order; explain what failed.

        A test that was skipped, or that was expected to fail, is judged by its own lines alone.
        """
        expected_to_fail = hasattr(report, "wasxfail")
        if self.done and report.when == "call" and report.passed and not expected_to_fail:
            self._fail(report, item, call)
        if report.failed:
            self._explain(report, item.config)
        elif report.skipped or expected_to_fail:
            self._verdict.news()

    def _check(self) -> None:
        """Raise a failure for what the test has not been told yet."""
        if faults := self._verdict.news():
            pytest.fail(message(faults), pytrace=False)

    def _fail(self, report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Make the report of a test that has passed one of a failure, if there is something to tell."""
        checked = pytest.CallInfo.from_call(self._check, "call")
        if checked.excinfo is not None:
            call.excinfo = checked.excinfo
            failed = pytest.TestReport.from_item_and_call(item, call)
            report.outcome, report.longrepr = failed.outcome, failed.longrepr

    def _explain(self, report: pytest.TestReport, config: pytest.Config) -> None:
        """Add to a test's report what it said to the mock, and last what was wrong with that, which it is told so."""
        self._verdict.news()
        for title, text in self._last_words or self._sections():
            _add_section(report, config, title, text)

    def _sections(self) -> list[tuple[str, str]]:
        return [("the conversation", transcript(self.mock.requests)), *self._verdict.stories()]

    def end(self) -> None:
        """Fail the test for what happened since its last line, and let the mock answer no more."""
        try:
            self._check()
        except pytest.fail.Exception:
            self._last_words = self._sections()  # the session's mock forgets
            raise
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
