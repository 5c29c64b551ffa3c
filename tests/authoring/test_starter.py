import subprocess
import sys
from pathlib import Path

import pytest

from openai_mock_api.authoring.checking import check
from openai_mock_api.authoring.starter import CONFIG, FILES, TEST, begin
from openai_mock_api.config.load import load_file
from openai_mock_api.errors import ConfigError


def test_the_example_passes_as_it_is_written(tmp_path: Path) -> None:
    begin(tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "-o",
               "asyncio_default_fixture_loop_scope=function", TEST]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_the_script_has_no_findings(tmp_path: Path) -> None:
    begin(tmp_path)
    checked = check(lambda: load_file(tmp_path / CONFIG))
    assert (checked.problems, checked.findings) == ((), ())


def test_a_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    written = begin(tmp_path / "new" / "folder")
    assert [path.name for path in written] == [CONFIG, TEST]
    assert all(path.read_text(encoding="utf-8") == FILES[path.name] for path in written)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / TEST).write_text("mine")
    with pytest.raises(ConfigError, match=r"test_example\.py  exists already; --force overwrites it"):
        begin(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [TEST]
    assert (tmp_path / TEST).read_text() == "mine"


def test_force_overwrites(tmp_path: Path) -> None:
    (tmp_path / TEST).write_text("mine")
    begin(tmp_path, force=True)
    assert (tmp_path / TEST).read_text(encoding="utf-8") == FILES[TEST]


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written to"):
        begin(tmp_path / "file")
