"""Every problem of a configuration, and what is doubtful about its script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openai_mock_api.authoring.findings import Finding, Sources, as_data, as_text
from openai_mock_api.authoring.lint import lint
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.config.load import LoadedConfig


class Checked(NamedTuple):
    """What was found. With ``problems`` the configuration cannot be used, and nothing else is looked at."""

    sources: Sources
    responses: int = 0
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of_level(self, level: str) -> list[Finding]:
        """Return the warnings, or the notes."""
        return [finding for finding in self.findings if finding.level == level]

    def as_text(self, name: str) -> str:
        """Write it for people, with a line of figures at the end; ``name`` is the file's."""
        lines = [*map(str, self.problems), *(as_text(finding, self.sources) for finding in self.findings)]
        if self.problems:
            return "\n".join([*lines, f"{name}: {_counted(len(self.problems), 'problem')}"])
        warnings, notes = len(self.of_level("warning")), len(self.of_level("note"))
        figures = [_counted(self.responses, "response"), _counted(warnings, "warning"), _counted(notes, "note")]
        return "\n".join([*lines, f"{name}: {', '.join(figures)}"])

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "responses": self.responses,
            "problems": [_problem_data(problem) for problem in self.problems],
            "warnings": [as_data(finding, self.sources) for finding in self.of_level("warning")],
            "notes": [as_data(finding, self.sources) for finding in self.of_level("note")],
        }


def check(load: Callable[[], LoadedConfig]) -> Checked:
    """Load a configuration and look through its script."""
    try:
        loaded = load()
    except ConfigError as error:
        return Checked(Sources({}), problems=error.problems)
    sources = Sources(loaded.origins)
    script = Settings.loaded(loaded).script
    return Checked(sources, len(script.flows), findings=tuple(lint(script, sources)))


def _problem_data(problem: Problem) -> dict[str, Any]:
    return {
        "source": problem.source,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
    }


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
