"""Short ways to load scripts and look through them."""

from __future__ import annotations

from openai_mock_api.authoring.contests import Contests
from openai_mock_api.authoring.findings import Finding, Sources
from openai_mock_api.authoring.lint import lint
from openai_mock_api.config.load import LoadedConfig, load_text
from openai_mock_api.config.settings import Settings

HEAD = "api_key: test-key\nresponses:\n"


def loaded(responses: str) -> LoadedConfig:
    """Load the YAML of responses, which stand from line 3 on."""
    return load_text(HEAD + responses, "config.yaml")


def settings(responses: str) -> Settings:
    return Settings.loaded(loaded(responses))


def contests(responses: str) -> Contests:
    config = loaded(responses)
    return Contests(Settings.loaded(config).script, Sources(config.origins))


def found(responses: str) -> list[Finding]:
    config = loaded(responses)
    return lint(Settings.loaded(config).script, Sources(config.origins))


def kinds(responses: str) -> list[tuple[str, str, str]]:
    """Return level, kind and response of each finding."""
    return [(finding.level, finding.kind, finding.response) for finding in found(responses)]
