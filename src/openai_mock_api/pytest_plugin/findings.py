"""What a whole run has found out: responses that no test used, and requests that came when their test had ended.

Every process of pytest-xdist finds its part; the one that reports puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The name of what a worker hands over.
KEY: Final = "openai_mock"


class Findings:
    """Responses by the file they stand in, each with its place and whether it was used; and late requests by test."""

    def __init__(self) -> None:
        self.responses: dict[str, dict[str, str]] = {}
        self.used: dict[str, set[str]] = {}
        self.late: list[tuple[str, str]] = []

    def declare(self, source: str, responses: Mapping[str, str]) -> None:
        """Note the responses of a file: where each stands, by its id."""
        self.responses.setdefault(source, {}).update(responses)

    def use(self, source: str, ids: set[str]) -> None:
        """Note which of them have answered."""
        self.used.setdefault(source, set()).update(ids)

    def unused(self) -> list[str]:
        """Return what never answered, as lines to read: place and id."""
        return [
            f"{place}: {id_}"
            for source, responses in self.responses.items()
            for id_, place in responses.items()
            if id_ not in self.used.get(source, ())
        ]

    def data(self) -> dict[str, Any]:
        """Return everything as plain data, for another process."""
        used = {source: sorted(ids) for source, ids in self.used.items()}
        return {"responses": self.responses, "used": used, "late": self.late}

    def take(self, data: Mapping[str, Any]) -> None:
        """Add what another process has found."""
        for source, responses in data["responses"].items():
            self.declare(source, responses)
        for source, ids in data["used"].items():
            self.use(source, set(ids))
        self.late += [(test, text) for test, text in data["late"]]

    def tell_late(self, config: pytest.Config) -> bool:
        """Report late requests as errors of the tests that they belong to; return whether there were any."""
        late, self.late = self.late, []
        for test, text in late:
            config.hook.pytest_runtest_logreport(report=_error(test, text))
        return bool(late)

    def report(self, terminal: pytest.TerminalReporter) -> None:
        """Write which responses no test used."""
        unused, total = self.unused(), sum(map(len, self.responses.values()))
        terminal.section("openai-mock: unused responses")
        for line in unused:
            terminal.line(line)
        terminal.line(
            f"{len(unused)} of {total} responses were used by no test."
            if total
            else "No test used a file of responses."
        )


def _error(test: str, text: str) -> pytest.TestReport:
    """Return a report that says what a test did after its end."""
    file, _, name = test.partition("::")
    location = (file, None, name.replace("::", "."))
    return pytest.TestReport(test, location, keywords={}, outcome="failed", longrepr=text, when="teardown")


_FINDINGS: Final = pytest.StashKey[Findings]()


def of(config: pytest.Config) -> Findings:
    """Return the findings of a run."""
    return config.stash.setdefault(_FINDINGS, Findings())
