from __future__ import annotations

from pathlib import Path

import pytest
from conformance import sdk_suite
from conformance.environments import Environment, Unavailable

REPORT = """<testsuites><testsuite>
<testcase classname="tests.api_resources.test_models.TestModels" name="a"/>
<testcase classname="tests.api_resources.chat.test_completions.Test" name="b"><failure message="no"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source distribution that has been downloaded, and an environment that has been made."""
    resources = tmp_path / "tests" / "api_resources"
    for name in ("chat/test_completions.py", "test_models.py", "realtime/a.py", "test_realtime.py", "_helper.py"):
        file = resources / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (resources / "__pycache__").mkdir()
    monkeypatch.setattr(sdk_suite, "download", lambda _: tmp_path)
    monkeypatch.setattr(Environment, "prepare", lambda _: Path("python"))
    return tmp_path


def test_parts_are_resources(suite: Path) -> None:
    resources = Path("tests/api_resources")
    assert sdk_suite.parts_of(suite) == {
        "chat": [resources / "chat"],
        "models": [resources / "test_models.py"],
        "realtime": [resources / "realtime", resources / "test_realtime.py"],
    }


def test_an_unknown_part_is_refused(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sdk_suite.main(["chat", "chats"]) == 2
    assert capsys.readouterr().out == "no such part: chats; there are chat, models, realtime\n"


@pytest.mark.parametrize(("parts", "code"), [(["models"], 0), (["chat"], 1), ([], 1)])
def test_only_what_was_run_is_judged(
    suite: Path, monkeypatch: pytest.MonkeyPatch, parts: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    report = suite / "report.xml"
    report.write_text(REPORT)
    monkeypatch.setattr(sdk_suite, "run", lambda *_: report)
    monkeypatch.setattr(sdk_suite, "held", lambda: {"chat": 1, "models": 1})
    assert sdk_suite.main(parts) == code
    assert capsys.readouterr().out.endswith("1 passed, 1 failed\n")


def test_without_a_package_index_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> Path:
        raise Unavailable("pip could not download")

    monkeypatch.setattr(sdk_suite, "download", fail)
    assert sdk_suite.main([]) == 1
    assert capsys.readouterr().out == "pip could not download\n"


def test_a_run_without_a_report_shows_what_pytest_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sdk_suite, "FOLDER", tmp_path)
    (tmp_path / "output.txt").write_text("it fell over")
    assert sdk_suite.judge(tmp_path / "report.xml", {}) == 1
    assert capsys.readouterr().out == "it fell over\n"


def test_what_is_held_are_numbers() -> None:
    assert {"chat", "completions", "models"} <= sdk_suite.held().keys()
