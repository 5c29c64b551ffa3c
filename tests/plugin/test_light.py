"""What the plugin costs those who do not use it: next to nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.plugin.conftest import Run


def printed(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_loading_the_plugin_loads_nothing_else() -> None:
    code = "import sys, pytest; before = set(sys.modules); import openai_mock_api.pytest_plugin; "
    loaded = printed(f"{code} print(*sorted(set(sys.modules) - before))")
    names = ["", ".lazy", ".pytest_plugin", ".pytest_plugin.parts"]
    assert loaded == [f"openai_mock_api{name}" for name in names]


MODULE = """
import sys, threading

def test_it(request):
    parts = ("msgspec", "openai_mock_api.pytest_plugin.run", "openai_mock_api.pytest_plugin.findings", "uvicorn")
    assert [part for part in parts if part in sys.modules] == []
    assert [thread.name for thread in threading.enumerate() if "openai" in thread.name] == []
    assert not request.config.pluginmanager.has_plugin("openai_mock_run")
"""


def test_a_run_that_does_not_use_it_loads_no_part_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MODULE)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:asyncio")
    result.assert_outcomes(passed=1)


SCRIPT = """
import sys
sys.modules["openai"] = None  # it is not installed
from urllib.request import urlopen

def test_it(openai_mock):
    urlopen(openai_mock.base_url + "/models").close()
    assert openai_mock.last_request.status == 200
"""


def test_the_sdk_is_not_needed(run: Run) -> None:
    run("", "without.py", without=SCRIPT).assert_outcomes(passed=1)


def test_items_that_are_no_functions_are_left_alone(run: Run) -> None:
    conftest = """
import pytest

class Plain(pytest.Item):
    def runtest(self): pass

class File(pytest.File):
    def collect(self):
        yield Plain.from_parent(self, name="plain")

def pytest_collect_file(file_path, parent):
    return File.from_parent(parent, path=file_path) if file_path.suffix == ".yaml" else None
"""
    run(conftest=conftest).assert_outcomes(passed=1)


def test_the_server_is_gone_after_the_run(run: Run) -> None:
    before = _servers()
    run("def test_it(openai_mock): pass").assert_outcomes(passed=1)
    run("def test_it(): pass", ini="openai_mock_env = session").assert_outcomes(passed=1)
    assert _servers() == before


def _servers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "openai-mock-api"]
