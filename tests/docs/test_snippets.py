"""Everything that the documentation shows is run."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click
import pytest
from click.testing import CliRunner

from openai_mock_api.cli import cli
from openai_mock_api.config.load import load_config, load_text
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ConfigError
from openai_mock_api.http import Request
from openai_mock_api.server.app import App
from tests.docs.blocks import BLOCKS, PAGES, ROOT, Block
from tests.docs.completion import completed
from tests.docs.conversations import Conversations, answer, app_of, conversations_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Languages and what may stand behind them. A kind that is not listed would be a check that never happens.
KINDS: Final = {
    "python": {"", "no-run"},
    "yaml": {"", "fragment", "invalid"},
    "bash": {""},
    "json": {""},
    "text": {"", "output", "printed", "problems", "miss", "tree"},
    "javascript": {""},
    "typescript": {""},
    "dockerfile": {""},
    "toml": {""},
}

_FIXED_PORT: Final = re.compile(r"port\W{1,3}[1-9]|localhost:\d|127\.0\.0\.1:\d")


def those(language: str, *kinds: str, only: Callable[[Block], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Parametrize with the blocks of a language."""
    chosen = [block for block in BLOCKS if block.language == language and block.kind in kinds and only(block)]
    return pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in chosen])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "examples/config.yaml", tmp_path)
    return tmp_path


def write_files(block: Block, folder: Path) -> None:
    """Write the files that the page shows up to a block."""
    for named in (*block.before, block):
        if named.file is not None:
            file = folder / named.file
            file.parent.mkdir(exist_ok=True)
            file.write_text(named.text, encoding="utf-8")


def run(block: Block) -> None:
    """Run Python as a script, in which ``await`` may stand at the top."""
    code = compile(block.text, block.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    result = eval(code, {"__name__": "__main__"})
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(result)


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in BLOCKS])
def test_every_block_is_of_a_known_kind(block: Block) -> None:
    assert block.language in KINDS, "say the language of the block; see CONTRIBUTING.md"
    assert block.kind in KINDS[block.language]


def servers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "openai-mock-api"}


@those("python", "", only=lambda block: block.runs)
def test_python_runs_and_stops_its_servers(block: Block, folder: Path) -> None:
    write_files(block, folder)
    before = servers()
    run(block)
    assert servers() == before


@those("python", "")
def test_python_takes_free_ports(block: Block) -> None:
    fixed = _FIXED_PORT.findall(block.text)
    assert fixed == []


@those("python", "no-run")
def test_python_that_does_not_run_compiles(block: Block) -> None:
    assert compile(block.text, block.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def test_python_with_tests_passes_under_pytest(folder: Path) -> None:
    for block in (block for block in BLOCKS if block.holds_tests):
        page = folder / re.sub(r"\W", "_", block.page)
        page.mkdir(exist_ok=True)
        write_files(block, page)
        (page / f"test_{page.name}_{block.line}.py").write_text(block.text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@those("yaml", "")
def test_yaml_is_a_complete_configuration(block: Block, folder: Path) -> None:
    write_files(block, folder)
    assert load_text(block.text).config.responses


@those("yaml", "fragment")
def test_yaml_fragments_load_when_completed(block: Block, folder: Path) -> None:
    write_files(block, folder)
    assert Settings.of(load_config(completed(block.text)).config).script.flows


@those("yaml", "invalid")
def test_yaml_shown_as_invalid_is(block: Block) -> None:
    with pytest.raises(ConfigError):
        load_text(block.text)


@those("json", "")
def test_json_is_json(block: Block) -> None:
    assert json.loads(block.text)


@those("text", "output")
def test_output_is_what_the_python_above_prints(block: Block, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(block, folder)
    run(block.nearest("python"))
    assert capsys.readouterr().out == block.text


@those("text", "printed")
def test_what_is_printed_is_what_the_command_above_prints(block: Block, folder: Path) -> None:
    write_files(block, folder)
    name, *arguments = commands(block.nearest("bash"))[-1]
    assert name == "openai-mock-api"
    assert CliRunner().invoke(cli, arguments).output == block.text


@those("text", "problems")
def test_problems_are_those_of_the_yaml_above(block: Block) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(block.nearest("yaml").text, "config.yaml")
    assert f"{caught.value}\n" == block.text


@those("text", "miss")
def test_miss_is_what_the_configuration_above_reports(block: Block) -> None:
    app = App(Settings.of(load_config(block.nearest_config()).config))
    got = re.search(r"^ +got: +('.*')$", block.text, re.MULTILINE)
    assert got
    message = {"role": "user", "content": ast.literal_eval(got.group(1))}
    body = json.dumps({"model": "gpt-4o", "messages": [message]}).encode()
    response = app.handle(Request("POST", "/v1/chat/completions", [(b"authorization", b"Bearer test-key")], body))
    assert json.loads(response.body)["error"]["message"] + "\n" == block.text


TABLES: Final = [table for page in PAGES for table in conversations_of(page)]


@pytest.mark.parametrize("table", [pytest.param(table, id=table.name) for table in TABLES])
def test_tables_of_conversations_hold_row_by_row(table: Conversations) -> None:
    app = app_of(table.config)
    assert [[sent, answer(app, sent)] for sent, _ in table.rows] == table.rows


def commands(block: Block) -> list[list[str]]:
    """Split shell lines into commands, without the variables set in front and without redirections."""
    found: list[list[str]] = []
    for line in block.text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        words = " ".join(shlex.quote(word) if word not in ("|", "&&", "&", ";") else "\0" for word in lexer)
        found += [_bare(shlex.split(command)) for command in words.split("\0")]
    return [command for command in found if command]


def _bare(words: list[str]) -> list[str]:
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    end = next((i for i, word in enumerate(words) if word in ("<", ">")), len(words))
    return words[:end]


def parse(arguments: list[str]) -> None:
    """Parse a command line without serving. Raises ``click.UsageError``."""
    with suppress(click.exceptions.Exit):  # --help and --version
        context = cli.make_context("openai-mock-api", list(arguments))
        rest = [*context._protected_args, *context.args]
        if rest:
            name, command, rest = cli.resolve_command(context, rest)
            assert command is not None
            command.make_context(name, rest, parent=context)


@those("bash", "")
def test_commands_exist(block: Block) -> None:
    targets = set(re.findall(r"^([\w-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command, *arguments in commands(block):
        if command == "openai-mock-api":
            parse(arguments)
        elif command == "make":
            assert {word for word in arguments if "=" not in word} <= targets


def test_unknown_options_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse(["--prot", "3000"])


def test_there_is_something_of_every_kind() -> None:
    seen: Any = {(block.language, block.kind) for block in BLOCKS}
    assert seen >= {("python", ""), ("yaml", "fragment"), ("yaml", "invalid"), ("text", "output"), ("text", "problems")}
    assert TABLES
