"""What a whole run finds out: unused responses, and requests that come late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_mock_api.pytest_plugin import run as parts

if TYPE_CHECKING:
    from tests.plugin.conftest import Run

WORKERS = [(), ("-n2",)]
IDS = ["one process", "xdist"]


def section(result: pytest.RunResult) -> list[str]:
    """Return the lines of the section on unused responses."""
    lines = result.outlines
    start = next(place for place, line in enumerate(lines) if "openai-mock: unused responses" in line)
    end = next(place for place, line in enumerate(lines) if place > start and (line.startswith("=") or not line))
    return lines[start + 1 : end]


# -- unused responses


@pytest.mark.parametrize("workers", WORKERS, ids=IDS)
def test_responses_that_no_test_used_are_reported(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    other = "api_key: null\nresponses:\n  - {id: other, messages: [{role: assistant, content: Hi}]}\n"
    (pytester.path / "other.yaml").write_text(other)
    result = run(
        """
def test_first(openai_mock):
    assert ask("Hello") == "Hi"

@pytest.mark.openai_mock(config="other.yaml")
def test_second():
    pass

def test_third(openai_mock):
    openai_mock.reply("added", to="never")
    assert ask("Hello") == "Hi"
""",
        "--openai-mock-unused",
        *workers,
        ini="openai_mock_config = flows.yaml",
    )
    result.assert_outcomes(passed=3)
    assert sorted(section(result)[:-1]) == ["flows.yaml:7: weather", "other.yaml:3: other"]
    assert section(result)[-1] == "2 of 3 responses were used by no test."


@pytest.mark.parametrize("workers", WORKERS, ids=IDS)
def test_responses_are_used_when_any_test_uses_them(run: Run, workers: tuple[str, ...]) -> None:
    result = run(
        """
@pytest.mark.openai_mock(config="flows.yaml")
@pytest.mark.parametrize(("text", "answer"), [("Hello", "Hi"), ("weather", "Sunny")])
def test_it(text, answer):
    assert ask(text) == answer
""",
        "--openai-mock-unused",
        *workers,
    )
    assert section(result) == ["0 of 2 responses were used by no test."]


def test_the_sessions_mock_uses_responses_too(run: Run) -> None:
    result = run(
        """
def test_it(openai_mock):
    assert ask("Hello") == "Hi"
""",
        "--openai-mock-unused",
        ini="openai_mock_config = flows.yaml\nopenai_mock_env = session",
    )
    assert section(result) == ["flows.yaml:7: weather", "1 of 2 responses were used by no test."]


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=IDS)
def test_without_any_use_of_the_mock_that_is_said(run: Run, workers: tuple[str, ...]) -> None:
    result = run("def test_it(): pass", "--openai-mock-unused", *workers)
    assert section(result) == ["No test used a file of responses."]


def test_nothing_is_reported_unasked(run: Run) -> None:
    result = run("def test_it(openai_mock): pass", ini="openai_mock_config = flows.yaml")
    assert "unused" not in result.stdout.str()


# -- late requests

LATE = """
clients = []

def test_first(openai_mock):
    openai_mock.reply("first")
    clients.append(OpenAI(max_retries=0))
    assert ask("Hello", clients[0]) == "first"

def test_second(openai_mock):
    openai_mock.reply("second", times=1)
    with pytest.raises(OpenAIError, match="closed: its test has ended"):
        ask("late", clients[0])
    with pytest.raises(OpenAIError, match="closed"):
        ask("too late", clients[0])
    assert ask("Hello") == "second"
    assert len(openai_mock.requests) == 1
"""


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=IDS)
def test_requests_that_come_late_are_an_error_of_their_test(run: Run, workers: tuple[str, ...]) -> None:
    result = run(LATE, *workers)
    result.assert_outcomes(passed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_first*",
            "openai-mock: 2 requests came when this test had ended. Let it wait for the work that it starts.",
            "  POST /v1/chat/completions 'late'",
            "  POST /v1/chat/completions 'too late'",
        ]
    )


@pytest.mark.parametrize(("ini", "marker"), [("openai_mock_allow_late = true", ""), ("", "allow_late=True")])
def test_late_requests_may_be_allowed(run: Run, ini: str, marker: str) -> None:
    module = LATE.replace("def test_first", f"@pytest.mark.openai_mock({marker})\ndef test_first")
    result = run(module, ini=ini)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK


def test_a_test_that_runs_again_has_another_address(run: Run) -> None:
    result = run(
        """
clients = []
def test_it(openai_mock):
    clients.append(OpenAI(max_retries=0))
    openai_mock.reply("Hi", times=1)
    for client in clients[:-1]:
        with pytest.raises(OpenAIError, match="closed"):
            ask("late", client)
    assert ask("Hello") == "Hi"
""",
        conftest="""
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    runtestprotocol(item, nextitem=nextitem)
    item._initrequest()
    runtestprotocol(item, nextitem=nextitem)
    return True
""",
    )
    result.assert_outcomes(passed=2, errors=1)


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=IDS)
def test_misses_between_and_after_tests_are_an_error_of_the_last_test(run: Run, workers: tuple[str, ...]) -> None:
    result = run(
        """
@pytest.fixture(scope="module")
def wide():
    yield
    swallow("from a fixture")

def test_first(wide):
    pass
""",
        *workers,
        ini="openai_mock_env = session",
        test_next="""
def test_second(openai_mock):
    assert openai_mock.requests == []
""",
        conftest="""
import pytest
from app import swallow

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if session.config.getoption("numprocesses", None) is None:
        swallow("from a thread")
""",
    )
    result.assert_outcomes(passed=2, errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_first*",
            "openai-mock: no response of the session's mock matched 1 request, and no test was using it.*",
            "  POST /v1/chat/completions 'from a fixture'",
            "*ERROR at teardown of test_second*",
            "  POST /v1/chat/completions 'from a thread'",
        ]
    )


def test_misses_of_tests_that_do_not_use_the_sessions_mock_are_told(run: Run) -> None:
    result = run("""
def test_with(openai_mock_session):
    pass

def test_without():
    swallow("Hello")

def test_again(openai_mock_session):
    assert openai_mock_session.requests == []
""")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_without*"])


def test_misses_outside_of_tests_may_be_allowed(run: Run) -> None:
    module = """
@pytest.fixture(scope="module")
def wide():
    yield
    swallow("from a fixture")

def test_first(wide):
    pass
"""
    run(module, ini="openai_mock_env = session\nopenai_mock_allow_misses = true").assert_outcomes(passed=1)


def test_tests_long_ago_are_told_of_late_requests_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "WATCHED", 1)
    run(f"{LATE}\n@pytest.mark.parametrize('n', range(3))\ndef test_more(openai_mock, n): pass\n").assert_outcomes(
        passed=5, errors=1
    )
