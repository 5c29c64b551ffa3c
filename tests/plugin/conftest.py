"""Runs of pytest inside a test, with the plugin as it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai  # noqa: F401 - what is loaded here is not loaded anew by every run
import pytest
import yaml  # noqa: F401

import openai_mock_api.pytest_plugin.findings
import openai_mock_api.pytest_plugin.run  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Takes a test module and arguments of the command, and returns what happened.
    Run = Callable[..., pytest.RunResult]

#: What the tests of the runs have at hand.
APP = """
import asyncio, threading
import openai, pytest
from openai import AsyncOpenAI, AzureOpenAI, OpenAI, OpenAIError

def ask(text, client=None, **more):
    if client is None:
        with OpenAI() as client:
            return ask(text, client, **more)
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-4o", messages=messages, **more).choices[0].message.content

def swallow(text):
    try:
        return ask(text)
    except Exception:
        return "I am sorry."
"""

FLOWS = """\
api_key: null
responses:
  - id: greeting
    messages:
      - {role: user, content: Hello}
      - {role: assistant, content: Hi}
  - id: weather
    messages:
      - {role: user, content: weather, matcher: contains}
      - {role: assistant, content: Sunny}
"""


#: Without what takes long to load, and what leaves files.
PLUGINS = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")

INI = """[pytest]
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a module of tests beside ``app.py`` and ``flows.yaml``. ``files`` are further modules."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(module: str = "", *arguments: str, ini: str = "", **files: str) -> pytest.RunResult:
        texts = {"app.py": APP, "flows.yaml": FLOWS, "pytest.ini": f"{INI}{ini}"}
        texts |= {f"{name}.py": text for name, text in files.items()}
        if module:
            texts["test_it.py"] = f"from app import *\n{module}"
        for name, text in texts.items():
            pytester.path.joinpath(name).write_text(text, encoding="utf-8")
        return pytester.runpytest_inprocess(*PLUGINS, *arguments)

    return run
