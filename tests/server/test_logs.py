from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.server.logs import NAME, JsonLines, configure_logging, stdout_handler

if TYPE_CHECKING:
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
