"""The page on compatibility names the versions and numbers that the commands use."""

from __future__ import annotations

import json
import re
from typing import Final

import pytest
from conformance.sdk_suite import held

from tests.docs.blocks import ROOT

PAGE: Final = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")


def pinned(name: str) -> str:
    """Return the version that a requirements file names."""
    pins = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "requirements").glob("*.txt"))
    found = re.search(rf"^{re.escape(name)}(?:\[\w+\])?==(.+)$", pins, re.MULTILINE)
    assert found, name
    return found.group(1)


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("OpenAI's Python SDK", "openai"),
        ("LangChain (`langchain-openai`)", "langchain-openai"),
        ("pydantic-ai (`pydantic-ai-slim`)", "pydantic-ai-slim"),
        ("LiteLLM", "litellm"),
    ],
)
def test_versions_are_those_that_are_pinned(program: str, name: str) -> None:
    assert f"| {program} | {pinned(name)} |" in PAGE


def test_the_node_sdk_is_the_one_that_is_installed() -> None:
    package = json.loads((ROOT / "tests" / "node" / "package.json").read_text(encoding="utf-8"))
    assert f"| OpenAI's Node SDK | {package['dependencies']['openai']} |" in PAGE


def test_the_suites_numbers_are_those_that_are_held() -> None:
    rows = re.findall(r"^\| `([\w/]+)` \| \d+ \| (\d+) \|$", PAGE, re.MULTILINE)
    assert {part: int(passing) for part, passing in rows} == held()
