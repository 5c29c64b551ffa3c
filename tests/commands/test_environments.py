from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from conformance import environments
from conformance.environments import Environment, Unavailable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have been run; nothing is, but for the folder that ``venv`` makes."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        ran.append(command[1:])
        if command[2] == "venv":
            (tmp_path / "venv").mkdir()
        return subprocess.CompletedProcess(command, 1 if "nothing==1" in command else 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    return ran


def test_it_is_made_once(tmp_path: Path, commands: list[list[str]]) -> None:
    for _ in range(2):
        Environment(tmp_path / "venv", ["a==1"]).prepare()
    assert [command[1] for command in commands] == ["venv", "pip"]
    assert commands[1][-1] == "a==1"


def test_it_is_made_anew_for_other_pins(tmp_path: Path, commands: list[list[str]]) -> None:
    environment = Environment(tmp_path / "venv", ["-r", "requirements/a.txt"])
    pins = tmp_path / "requirements"
    (pins / "a.txt").write_text("-c b.txt\na")
    for version in (1, 2, 2):
        (pins / "b.txt").write_text(f"a=={version}")
        environment.prepare()
    assert [command[1] for command in commands] == ["venv", "pip"] * 2


def test_it_is_made_anew_when_the_project_asks_for_something_else(tmp_path: Path, commands: list[list[str]]) -> None:
    environment = Environment(tmp_path / "venv", ["-e", "."])
    project = (
        "[build-system]\nrequires = []\n[project]\nname = 'a'\ndependencies = [%s]\n[tool.ruff]\nline-length = %d\n"
    )
    for asked in (("", 100), ("'b'", 100), ("'b'", 120)):
        (tmp_path / "pyproject.toml").write_text(project % asked)
        environment.prepare()
    assert [command[1] for command in commands] == ["venv", "pip"] * 2


def test_what_cannot_be_installed_is_tried_again(tmp_path: Path, commands: list[list[str]]) -> None:
    for _ in range(2):
        with pytest.raises(Unavailable, match="pip could not install nothing==1; is a package index in reach"):
            Environment(tmp_path / "venv", ["nothing==1"]).prepare()
    assert len(commands) == 4
