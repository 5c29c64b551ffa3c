from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from select import PIPE_BUF
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.server import logs
from openai_mock_api.server.logs import NAME, JsonLines, configure_logging, stdout_handler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(f"{NAME}.test")


def record(message: str, **more: object) -> logging.LogRecord:
    return log.makeRecord(log.name, logging.INFO, "", 0, message, (), None, extra=more)


def test_a_line_of_json() -> None:
    line = json.loads(JsonLines().format(record("über", http={"status": 200})))
    assert line.pop("timestamp")[10] == "T"
    assert line == {"level": "info", "logger": "openai_mock_api.test", "message": "über", "status": 200}


def test_a_line_with_an_exception(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        log.exception("failed")
    assert "ZeroDivisionError" in json.loads(JsonLines().format(caplog.records[-1]))["exception"]


def test_nothing_is_set_up_when_nothing_is_asked_for() -> None:
    assert configure_logging(verbose=False, log_file=None) is None


@pytest.mark.parametrize(("verbose", "level"), [(True, logging.DEBUG), (False, logging.INFO)])
def test_everything_is_as_before_when_it_is_closed(tmp_path: Path, verbose: bool, level: int) -> None:
    logger = logging.getLogger(NAME)
    before = logger.level
    opened = configure_logging(verbose=verbose, log_file=tmp_path / "log")
    assert opened is not None
    assert logger.level == level
    assert len(logger.handlers) == 1 + verbose
    log.info("hello")
    opened.close()
    assert (logger.level, logger.handlers) == (before, [])
    assert json.loads((tmp_path / "log").read_text())["message"] == "hello"


@pytest.mark.parametrize("first", [0, 1])
def test_several_may_be_open_and_close_in_any_order(tmp_path: Path, first: int) -> None:
    logger = logging.getLogger(NAME)
    before = logger.level
    opened = [configure_logging(verbose=bool(n), log_file=tmp_path / str(n)) for n in range(2)]
    one, other = opened[first], opened[1 - first]
    assert one is not None
    assert other is not None
    one.close()
    log.info("still heard")
    assert "still heard" in (tmp_path / str(1 - first)).read_text()
    other.close()
    assert (logger.level, logger.handlers) == (before, [])


@pytest.mark.parametrize(("form", "shown"), [("text", "INFO: hello\n"), ("json", '"message":"hello"}\n')])
def test_stdout(capsys: pytest.CaptureFixture[str], form: str, shown: str) -> None:
    handler = stdout_handler("json" if form == "json" else "text")
    handler.handle(record("hello"))
    assert capsys.readouterr().out.endswith(shown)


class Pipe:
    """A pipe that is to be stdout."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        self.stdout = os.fdopen(writing, "w", encoding="ascii")

    def fill(self) -> None:
        """Leave room for no more than one line."""
        os.set_blocking(self.stdout.fileno(), False)
        with suppress(BlockingIOError):
            while True:
                os.write(self.stdout.fileno(), b"x" * PIPE_BUF)
        os.set_blocking(self.stdout.fileno(), True)
        os.read(self.reading, PIPE_BUF)

    def read(self) -> bytes:
        return os.read(self.reading, 1 << 20)

    def close(self) -> None:
        os.close(self.reading)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    with pipe.stdout:
        yield pipe


def test_a_pipe_that_nobody_reads_holds_nothing_up(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", pipe.stdout)
    monkeypatch.setattr(logs, "PATIENCE", 0.0)
    handler = stdout_handler("text")
    pipe.fill()
    for letter in "abc":
        handler.handle(record(letter * PIPE_BUF))
    assert b"b" not in pipe.read()
    handler.handle(record("über"))
    assert pipe.read() == b"INFO: \\xfcber\n"
    pipe.close()


def test_what_was_printed_before_comes_first(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", pipe.stdout)
    sys.stdout.write("printed\n")
    stdout_handler("text").handle(record("logged"))
    assert pipe.read() == b"printed\nINFO: logged\n"
    pipe.close()


def test_a_log_that_cannot_be_written_is_told_of_once(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", pipe.stdout)
    pipe.close()
    handler = stdout_handler("text")
    for _ in range(3):
        handler.handle(record("hello"))
    assert capsys.readouterr().err == "The log cannot be written: [Errno 32] Broken pipe\n"


def test_nobody_may_be_there_to_be_told(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", pipe.stdout)
    monkeypatch.setattr(sys, "stderr", None)
    pipe.close()
    stdout_handler("text").handle(record("hello"))


def test_without_stdout_it_goes_to_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    stdout_handler("text").handle(record("hello"))
    assert capsys.readouterr().err == "INFO: hello\n"
