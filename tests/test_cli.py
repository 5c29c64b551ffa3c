"""The command, as a process of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
api_key: file-key
responses:
  - id: hello
    messages:
      - {role: user, content: Hello}
      - {role: assistant, content: Hi}
  - id: slow
    messages:
      - {role: user, content: slow}
      - {role: assistant, content: one two three, pacing: {inter_token: 0.1}}
"""

COMMAND = [sys.executable, "-m", "openai_mock_api"]


class Command:
    """A running command. ``lines`` is what it has printed so far."""

    def __init__(
        self,
        *args: str,
        stdin: str | int | None = subprocess.DEVNULL,
        stderr: int = subprocess.STDOUT,
        **environment: str,
    ) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *args],
            stdin=subprocess.PIPE if isinstance(stdin, str) else stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            text=True,
        )
        if isinstance(stdin, str):
            assert self.process.stdin is not None
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError(f"{pattern!r} was not printed:\n{''.join(self.lines)}")

    @property
    def port(self) -> int:
        return int(self.read_until(r"Mock OpenAI API server started on port (\d+)").group(1))

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> int:
        assert self.process.stdout is not None
        self.lines += self.process.stdout.readlines()
        return self.process.wait(20)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def run() -> Iterator[Any]:
    started: list[Command] = []

    def start(*args: str, **options: Any) -> Command:
        started.append(Command(*args, **options))
        return started[-1]

    yield start
    for command in started:
        command.close()


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return str(path)


def client(port: int, key: str = "file-key") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0)


def ask(port: int, text: str = "Hello", key: str = "file-key") -> str | None:
    with client(port, key) as sdk:
        answer = sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}])
    return answer.choices[0].message.content


def test_serves_a_file_and_ends_with_130_when_interrupted(run: Any, config: str) -> None:
    command = run("-c", config, "-p", "0")
    assert ask(command.port) == "Hi"
    assert command.stop(signal.SIGINT) == 130
    assert re.search(r"INFO: POST /v1/chat/completions 200 \d+\.\d ms hello\n", "".join(command.lines))


def test_ends_with_0_when_terminated(run: Any, config: str) -> None:
    command = run("serve", "--config", config, "--port", "0")
    assert command.port
    assert command.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_lets_open_streams_finish(run: Any, config: str, workers: str) -> None:
    command = run("-c", config, "-p", "0", "--workers", workers)
    with client(command.port) as sdk:
        stream = sdk.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "slow"}], stream=True
        )
        texts = [next(iter(stream)).choices[0].delta.content]
        command.process.send_signal(signal.SIGTERM)
        texts += [chunk.choices[0].delta.content for chunk in stream]
    assert texts == ["", "one", " two", " three", None]
    assert command.finish() == 0


def test_a_second_signal_cuts_them(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(CONFIG.replace("inter_token: 0.1", "inter_token: 60"))
    command = run("-c", str(path), "-p", "0")
    with client(command.port) as sdk:
        stream = sdk.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "slow"}], stream=True
        )
        next(iter(stream))
        command.process.send_signal(signal.SIGINT)
        command.read_until("Shutting down")
        command.process.send_signal(signal.SIGINT)
        assert command.finish() == 130


@pytest.mark.parametrize("args", [(), ("-c", "-")])
def test_reads_the_configuration_from_stdin(run: Any, args: tuple[str, ...]) -> None:
    command = run(*args, "-p", "0", stdin=CONFIG)
    assert ask(command.port) == "Hi"


def test_environment_overrides_the_file_and_flags_override_the_environment(run: Any, config: str) -> None:
    environment = {"OPENAI_MOCK_CONFIG": config, "OPENAI_MOCK_PORT": "0", "OPENAI_MOCK_API_KEY": "env-key"}
    command = run(**environment)
    assert ask(command.port, key="env-key") == "Hi"
    command = run("--api-key", "flag-key", **environment)
    port = command.port
    assert ask(port, key="flag-key") == "Hi"
    with pytest.raises(openai.AuthenticationError):
        ask(port, key="env-key")


def test_options_may_stand_on_both_sides_of_serve(run: Any, config: str) -> None:
    command = run("--port", "0", "--api-key", "before", "serve", "-c", config, "--api-key", "after")
    assert ask(command.port, key="after") == "Hi"


def test_an_empty_key_is_no_key(run: Any, config: str) -> None:
    command = run("-c", config, "-p", "0", OPENAI_MOCK_API_KEY="")
    assert ask(command.port, key="file-key") == "Hi"
    command = run(stdin=CONFIG.replace("api_key: file-key", ""), OPENAI_MOCK_API_KEY="")
    assert command.finish() == 1
    assert "`api_key` is missing" in "".join(command.lines)


def test_a_server_that_does_not_answer_everything_does_not_say_so(run: Any) -> None:
    command = run("--unmatched", "auto", "--api-key", "mine", "-p", "0")
    assert command.port
    command.stop()
    assert "any key" not in "".join(command.lines)


def test_without_configuration_a_policy_is_enough(run: Any) -> None:
    command = run("--unmatched", "echo", "-p", "0")
    assert ask(command.port, "Say it again", key="whatever") == "Say it again"


def test_a_seed_makes_runs_alike(run: Any, config: str) -> None:
    ids = []
    for _ in range(2):
        with client(run("-c", config, "-p", "0", "--seed", "7").port) as sdk:
            ids.append(sdk.models.with_raw_response.list().headers["x-request-id"])
    assert ids[0] == ids[1]


def test_a_policy_does_not_hide_the_configuration_in_a_pipe(run: Any) -> None:
    port = run("--unmatched", "echo", "-p", "0", stdin=CONFIG).port
    assert ask(port) == "Hi"
    assert ask(port, "Bye") == "Bye"


def test_workers_share_the_port_and_are_replaced_when_they_die(run: Any, config: str) -> None:
    command = run("-c", config, "-p", "0", "--workers", "2", "-v")
    worker = int(command.read_until(r"worker (\d+) started").group(1))
    port = command.port
    command.read_until("2 workers, each with a journal, sequences and ids of its own")
    os.kill(worker, signal.SIGKILL)
    command.read_until(r"worker \d+ ended with code -9")
    assert [ask(port) for _ in range(5)] == ["Hi"] * 5
    assert command.stop(signal.SIGINT) == 130


def test_workers_end_with_their_parent(run: Any, config: str) -> None:
    command = run("-c", config, "-p", "0", "--workers", "2")
    assert command.port
    command.process.kill()
    assert command.finish() == -signal.SIGKILL  # the pipe to stdout closes when the last of them has ended


def test_on_a_terminal_no_configuration_is_needed(run: Any) -> None:
    main, terminal = pty.openpty()
    command = run("-p", "0", stdin=terminal)
    port = command.port
    assert "mock answer" in str(ask(port, key="any"))
    assert command.stop() == 130
    printed = "".join(command.lines)
    assert f'client = OpenAI(base_url="http://127.0.0.1:{port}/v1", api_key="test-key")' in printed
    assert f"curl http://127.0.0.1:{port}/v1/chat/completions" in printed
    os.close(main)
    os.close(terminal)


def test_the_snippet_of_the_server_without_configuration_works(run: Any) -> None:
    command = run("--unmatched", "auto", "-p", "0")
    assert command.port
    command.read_until("curl")
    snippet = "".join(command.lines).partition("Try it:\n\n")[2].partition("\n\n    curl")[0]
    printed = subprocess.run([sys.executable, "-c", textwrap.dedent(snippet)], capture_output=True, text=True)
    assert printed.stdout == 'This is a mock answer to "Hello" from gpt-4o.\n'


@pytest.mark.parametrize(
    ("args", "stdin", "code", "said"),
    [
        (["-c", "missing.yaml"], None, 1, "Failed to start server: missing.yaml  no such file"),
        ([], "", 1, "Failed to start server: <stdin>  the configuration is empty"),
        ([], "api_key: [", 1, "Failed to start server: Failed to parse YAML configuration: "),
        ([], "api_key: x\nresponses: []\n", 1, "there must be at least one response"),
        ([], CONFIG.replace("messages", "massages"), 1, "did you mean 'messages'?"),
        (["--watch"], CONFIG, 2, "--watch needs a file to watch; name it with --config PATH"),
        (["--watch", "--unmatched", "auto"], None, 2, "--watch needs a file to watch"),
        (["--port", "70000"], "", 2, "70000 is not in the range"),
        (["--prot", "1"], "", 2, "No such option"),
        (["unknown"], "", 2, "No such command 'unknown'"),
        (["--host", "256.1.1.1"], CONFIG, 1, "cannot listen on 256.1.1.1"),
        (["-l", "/nowhere/mock.log"], CONFIG, 1, "No such file or directory"),
    ],
)
def test_says_what_is_wrong(run: Any, args: list[str], stdin: str | None, code: int, said: str) -> None:
    command = run(*args, stdin=stdin if stdin is not None else subprocess.DEVNULL)
    assert command.finish() == code
    assert said in "".join(command.lines)


def test_without_stdin_no_configuration_is_read() -> None:
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("the configuration is empty; it needs `api_key` and `responses`\n")


def test_it_may_be_interrupted_while_it_loads(run: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    command = run("--config", str(tmp_path / "config.yaml"))
    with (tmp_path / "config.yaml").open("w"):  # opened as soon as it is read
        assert command.stop(signal.SIGINT) == -signal.SIGINT
    assert command.lines == []


def test_a_reader_of_its_log_may_go(run: Any, config: str) -> None:
    command = run("--config", config, "--port", "0", stderr=subprocess.PIPE)
    port = command.port
    command.process.stdout.close()
    assert ask(port) == ask(port) == "Hi"
    command.process.send_signal(signal.SIGTERM)
    assert command.process.communicate(timeout=20)[1] == "The log cannot be written: [Errno 32] Broken pipe\n"
    assert command.process.returncode == 0


def test_a_taken_port_is_named(run: Any, config: str) -> None:
    port = str(run("-c", config, "-p", "0").port)
    command = run("-c", config, "-p", port)
    assert command.finish() == 1
    assert f"EADDRINUSE: port {port} on 127.0.0.1 is already in use" in "".join(command.lines)


def test_logs_to_a_file_as_json_lines_without_keys(run: Any, config: str, tmp_path: Path) -> None:
    log = tmp_path / "mock.log"
    command = run("-c", config, "-p", "0", "-l", str(log), "-v", "--log-format", "json")
    port = command.port
    ask(port)
    with pytest.raises(openai.AuthenticationError):
        ask(port, key="sk-secret-secret-secret")
    command.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["message"] == f"Mock OpenAI API server started on port {port}"
    assert {"level": "info", "status": 200, "response": "hello"}.items() <= lines[2].items()
    assert lines[1]["message"].startswith("matched hello")
    printed = log.read_text() + "".join(command.lines)
    assert "file-key" not in printed
    assert "secret-secret" not in printed
    assert json.loads(command.lines[-1])["message"] == "Mock OpenAI API server stopped"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_watch_follows_the_file(run: Any, config: str, workers: str) -> None:
    command = run("-c", config, "-p", "0", "--watch", "--workers", workers, "--api-key", "flag-key")
    port = command.port
    assert ask(port, key="flag-key") == "Hi"
    Path(config).write_text(CONFIG.replace("content: Hi}", "content: Moin}"))
    for _ in range(int(workers)):
        command.read_until("INFO: The configuration was loaded again: 2 responses")
    assert [ask(port, key="flag-key") for _ in range(3)] == ["Moin"] * 3
    Path(config).write_text("responses: [")
    for _ in range(int(workers)):
        command.read_until("ERROR: The configuration is broken, and the one before is still served:")
    assert ask(port, key="flag-key") == "Moin"
    assert command.stop(signal.SIGTERM) == 0


def test_quiet_prints_no_request_lines(run: Any, config: str) -> None:
    command = run("-c", config, "-p", "0", "-q")
    ask(command.port)
    command.stop()
    assert "POST" not in "".join(command.lines)


def test_garbage_is_looked_for_as_soon_as_something_is_served_but_not_before(config: str) -> None:
    code = """
    import gc, sys
    from openai_mock_api import cli, serving

    def load(*args, **options):
        print(gc.isenabled())
        return serving.load_text(open(args[0]).read())

    def bind(*_):
        print(gc.isenabled())
        raise OSError("enough")

    serving.load_file, serving.bind = load, bind
    cli.main()
    """
    command = [sys.executable, "-c", textwrap.dedent(code), "-c", config]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == "False\nTrue\n"


def test_prints_its_version_and_help(run: Any) -> None:
    for flag in ("-V", "--version"):
        command = run(flag)
        assert command.finish() == 0
        assert command.lines == [f"{__version__}\n"]
    command = run("-h")
    assert command.finish() == 0
    assert "--log-file" in "".join(command.lines)
