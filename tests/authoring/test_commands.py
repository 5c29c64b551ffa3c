"""The commands for authors, as they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from openai_mock_api.authoring.commands import FAILED, LEFT_OUT
from openai_mock_api.authoring.schema import schema_of
from openai_mock_api.authoring.starter import CONFIG, TEST
from openai_mock_api.cli import AUTHORING, cli
from openai_mock_api.config.model import IncludedFile

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

TWICE = """\
api_key: test-key
responses:
  - {id: a, messages: [{role: user, content: Hello}, {role: assistant, content: Hi}]}
  - {id: b, messages: [{role: user, content: Hello}, {role: assistant, content: Ho}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(TWICE)
    (tmp_path / "good.yaml").write_text("\n".join(TWICE.splitlines()[:3]))
    (tmp_path / "bad.yaml").write_text("prot: 1\n" + TWICE)
    return tmp_path


def run(*arguments: str, stdin: str = "", **environment: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=stdin, env=environment)


CHECKS = [
    (["config.yaml"], "", 0, "config.yaml:4:5  warning: duplicate: "),
    (["config.yaml", "--strict"], "", FAILED, "2 responses, 1 warning, 0 notes"),
    (["good.yaml", "--strict"], "", 0, "good.yaml: 1 response, 0 warnings, 0 notes"),
    (["bad.yaml"], "", FAILED, "bad.yaml:1:1  prot: unknown key; did you mean 'port'?\nbad.yaml: 1 problem"),
    (["-"], TWICE, 0, "<stdin>:4:5  warning"),
    (["missing.yaml"], "", FAILED, "missing.yaml  no such file"),
    ([], "", 2, "Missing argument 'CONFIG'"),
]


@pytest.mark.parametrize(("arguments", "stdin", "code", "said"), CHECKS)
def test_check(folder: Path, arguments: list[str], stdin: str, code: int, said: str) -> None:
    done = run("check", *arguments, stdin=stdin)
    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_check_reads_the_variable_and_writes_json(folder: Path) -> None:
    done = run("check", "--format", "json", OPENAI_MOCK_CONFIG="config.yaml")
    assert json.loads(done.stdout)["warnings"][0]["kind"] == "duplicate"


EXPLAINED: list[tuple[list[str], int, str]] = [
    (["--user", "Hello"], 0, "a answers with messages[1] (config.yaml:3:54), score 1.00:\n  Hi"),
    (["--user", "Bye"], FAILED, "No response answers."),
    (["--user", "Hello", "--assistant", "Hi", "--user", "Bye"], FAILED, "user: Hello\nassistant: Hi\nuser: Bye\n"),
    (["--user", "x", "--system", "Be brief"], FAILED, "user: x\nsystem: Be brief\n"),
    (["--user", "x", "--tool-result", "c=18 degrees"], FAILED, "user: x\nassistant calls tool\ntool c: 18 degrees\n"),
    ([], 2, "Say what is asked: either --user TEXT and the like, or --request FILE."),
    (["--user", "a", "--request", "body.json"], 2, "Say what is asked"),
    (["--user", "a", "--header", "tenant"], 2, "'tenant' is not a header; write it as 'x-name: value'."),
    (["--user", "a", "--header", ": acme"], 2, "': acme' is not a header"),
    (["--tool-result", "call_1"], 2, "'call_1' is not a tool's result; write it as 'call_1=text'."),
    (["--user", "a", "--tool-result", "=18"], 2, "'=18' is not a tool's result"),
    (["--assistant", "Hi"], FAILED, "got:      'an assistant message'"),
    (["--request", "config.yaml"], 2, "config.yaml is not a JSON object"),
    (["--request", "missing.json"], FAILED, "missing.json  no such file"),
    (["--request", "body.json"], 0, "a answers with messages[1]"),
    (["--request", "empty.json"], 2, "No call can be made of the request: Missing required parameter: 'messages'."),
]


@pytest.mark.parametrize(("arguments", "code", "said"), EXPLAINED)
def test_explain(folder: Path, arguments: list[str], code: int, said: str) -> None:
    (folder / "body.json").write_text('{"model": "o3", "messages": [{"role": "user", "content": "Hello"}]}')
    (folder / "empty.json").write_text('{"model": "o3"}')
    done = run("explain", "config.yaml", *arguments)
    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_explain_reads_the_request_from_stdin_and_writes_json(folder: Path) -> None:
    body = '{"model": "o3", "messages": [{"role": "user", "content": "Hello"}]}'
    done = run("explain", "config.yaml", "--request", "-", "--format", "json", stdin=body)
    assert json.loads(done.stdout)["matched"]["id"] == "a"


@pytest.mark.parametrize(
    ("when", "arguments"),
    [
        ("model: o3", ["--model", "o3"]),
        ("stream: true", ["--stream"]),
        ("tools: [f, g]", ["--tool", "f", "--tool", "g"]),
        ("headers: {x-a: b}", ["--header", "X-A: b"]),
    ],
)
def test_explain_asks_for_more_than_messages(folder: Path, when: str, arguments: list[str]) -> None:
    response = f"{{id: a, when: {{{when}}}, messages: [{{role: user, content: x}}, {{role: assistant}}]}}"
    (folder / "when.yaml").write_text(f"api_key: null\nresponses: [{response}]")
    assert run("explain", "when.yaml", "--user", "x").exit_code == FAILED
    assert run("explain", "when.yaml", "--user", "x", *arguments).exit_code == 0


def test_explain_needs_a_configuration_that_can_be_used(folder: Path) -> None:
    done = run("explain", "bad.yaml", "--user", "x")
    assert (done.exit_code, done.stdout) == (FAILED, "")
    assert done.stderr == "bad.yaml:1:1  prot: unknown key; did you mean 'port'?\n"


def test_init_writes_files_once(folder: Path) -> None:
    done = run("init")
    assert done.exit_code == 0
    assert done.output.startswith(f"wrote {CONFIG}\nwrote {TEST}\n\nNext:\n  pytest {TEST} ")
    assert run("check", CONFIG, "--strict").exit_code == 0
    again = run("init")
    assert again.exit_code == FAILED
    assert f"{CONFIG}  exists already; --force overwrites it\n" in again.stderr
    assert run("init", "--force").exit_code == 0


def test_init_writes_into_another_folder(folder: Path) -> None:
    done = run("init", "new")
    assert (folder / "new" / TEST).exists()
    assert "  cd new && pytest test_example.py" in done.output


@pytest.mark.parametrize(("arguments", "schema"), [([], schema_of()), (["--included"], schema_of(IncludedFile))])
def test_schema(folder: Path, arguments: list[str], schema: dict[str, Any]) -> None:
    assert json.loads(run("schema", *arguments).stdout) == schema
    assert run("schema", *arguments, "--output", "schema.json").stdout == ""
    assert json.loads((folder / "schema.json").read_text()) == schema


def test_what_cannot_be_written_is_an_error(folder: Path) -> None:
    done = run("schema", "-o", "nowhere/schema.json")
    assert done.exit_code == FAILED
    assert done.stderr == "nowhere/schema.json  cannot be written: No such file or directory; choose another file\n"


FIXTURES = '{"fixtures": [{"match": {"userMessage": "Hi"}, "response": {"content": "Hello", "webSearches": []}}]}'
REMARK = "fixtures.json:1:81  fixtures[0].response.webSearches: left out; nothing here corresponds to it\n"


def test_import_writes_the_configuration_and_says_what_was_lost(folder: Path) -> None:
    (folder / "fixtures.json").write_text(FIXTURES)
    done = run("import", "fixtures.json")
    assert (done.exit_code, done.stderr) == (0, REMARK)
    assert done.stdout.startswith("# Made from fixtures.json (aimock)")
    strict = run("import", "fixtures.json", "--from", "aimock", "-o", "made.yaml", "--strict")
    assert (strict.exit_code, strict.stdout, strict.stderr) == (LEFT_OUT, "", REMARK)
    assert run("check", "made.yaml").exit_code == 0


def test_import_of_something_else_fails(folder: Path) -> None:
    done = run("import", "-", stdin="[]")
    assert done.exit_code == FAILED
    assert done.stderr.startswith("<stdin>  is of no format that is known")


def test_help_lists_the_commands() -> None:
    listed = run("--help").output
    assert all(f"\n  {name} " in listed for name in (*AUTHORING, "serve"))
    assert all(run(name, "-h").exit_code == 0 for name in AUTHORING)


def test_serving_does_not_load_them() -> None:
    modules = "sys, openai_mock_api.cli, openai_mock_api.serving"
    code = f"import {modules}; print('openai_mock_api.authoring.commands' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_they_run_as_a_process(folder: Path) -> None:
    command = [sys.executable, "-m", "openai_mock_api", "explain", "config.yaml", "--user", "Hello"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("user: Hello\n\na answers")
