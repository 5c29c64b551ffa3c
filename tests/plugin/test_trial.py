"""What a test fails for, and what it is shown then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run


def block(result: pytest.RunResult) -> list[str]:
    """Return the lines of the last failure, up to the summary."""
    lines = result.outlines
    (end,) = [place for place, line in enumerate(lines) if "short test summary info" in line]
    start = max(place for place, line in enumerate(lines[:end]) if line.startswith("____"))
    return lines[start:end]


# -- misses


def test_a_miss_that_the_application_swallows_fails_the_test(run: Run) -> None:
    result = run("""
@pytest.mark.openai_mock(config="flows.yaml")
def test_it():
    assert swallow("hello") == "I am sorry."
""")
    result.assert_outcomes(failed=1)
    assert block(result)[1] == (
        "openai-mock: no response matched POST /v1/chat/completions 'hello'; "
        "greeting parted at messages[0], expected 'Hello', got 'hello'"
    )


def test_the_report_of_a_miss_is_the_last_that_is_shown_of_a_test(run: Run) -> None:
    result = run("""
import logging
def deep(depth, text):
    if depth:
        return deep(depth - 1, text)
    print("printed")
    logging.warning("logged")
    return ask(text)

@pytest.mark.openai_mock(config="flows.yaml")
def test_it():
    deep(30, "hello")
""")
    result.assert_outcomes(failed=1)
    lines = block(result)
    place = next(place for place, line in enumerate(lines) if "openai-mock: no response matched" in line)
    assert lines[place + 1 :] == [
        "1 request matched no response:",
        "1. POST /v1/chat/completions, model gpt-4o",
        "   Nearest responses:",
        "   1. greeting: parted at messages[0] (user, exact)",
        "        expected: 'Hello'",
        "        got:      'hello'",
        "        hint:     only upper and lower case differ; `case_sensitive: false` would fit",
        "   2. weather: parted at messages[0] (user, contains)",
        "        expected: 'weather'",
        "        got:      'hello'",
        '        hint:     any text holding "weather" would fit',
    ]


@pytest.mark.parametrize("show", ["--show-capture=no", "--show-capture=stdout"])
@pytest.mark.parametrize("call", ["ask", "swallow"])
def test_the_report_of_a_miss_is_shown_even_if_captured_output_is_not(run: Run, show: str, call: str) -> None:
    result = run(f"def test_it(openai_mock):\n    {call}('hello')\n", show)
    assert block(result)[-3:] == [
        "1 request matched no response:",
        "1. POST /v1/chat/completions, model gpt-4o",
        "   The script holds no responses.",
    ]


def test_many_misses_are_counted(run: Run) -> None:
    result = run("""
def test_it(openai_mock):
    for number in range(20):
        swallow(f"Hello {number}")
""")
    lines = block(result)
    assert [line for line in lines if line.startswith("… and 15 more")]
    assert [line for line in lines if line == "20 requests matched no response:"]
    assert [line for line in lines if line == "… and 12 more"]
    assert len(lines) < 110


def test_a_miss_in_a_fixture_before_the_test_fails_the_test(run: Run) -> None:
    run("""
@pytest.fixture
def prepared(openai_mock):
    swallow("Hello")

def test_it(prepared):
    pass
""").assert_outcomes(failed=1)


def test_a_miss_in_a_fixture_after_the_test_is_an_error(run: Run) -> None:
    result = run("""
@pytest.fixture
def ended(openai_mock):
    yield
    swallow("Hello")

def test_it(ended):
    pass
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "openai-mock: no response matched*"])


def test_what_was_told_is_not_told_again(run: Run) -> None:
    run("""
def test_it(openai_mock):
    swallow("Hello")

def test_fails_itself(openai_mock):
    swallow("Hello")
    assert False
""").assert_outcomes(failed=2)


def test_a_test_that_is_skipped_or_expected_to_fail_is_not_failed(run: Run) -> None:
    run("""
def test_skips(openai_mock):
    swallow("Hello")
    pytest.skip("not today")

@pytest.mark.xfail
def test_fails(openai_mock):
    swallow("Hello")
    assert False

def test_gives_up(openai_mock):
    swallow("Hello")
    pytest.xfail("not yet")

@pytest.mark.xfail(strict=True)
def test_is_about_the_miss(openai_mock):
    swallow("Hello")
    openai_mock.verify()
""").assert_outcomes(skipped=1, xfailed=3)


def test_a_miss_is_not_the_failure_that_a_test_was_expected_to_have(run: Run) -> None:
    result = run("""
@pytest.mark.xfail(strict=True, reason="not mended yet")
def test_strict(openai_mock):
    swallow("Hello")

@pytest.mark.xfail(strict=False)
def test_lenient(openai_mock):
    swallow("Hello")
""")
    result.assert_outcomes(failed=1, xpassed=1)
    lines = block(result)
    assert lines[1] == "[XPASS(strict)] not mended yet"
    assert any("openai-mock: no response matched" in line for line in lines)


def test_a_subtest_is_not_the_end_of_a_test(run: Run) -> None:
    run("""
import unittest

class TestUnit(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def use_mock(self, openai_mock):
        self.mock = openai_mock

    def test_misses(self):
        with self.subTest("first"):
            swallow("Hello")

    def test_allows(self):
        with self.subTest("first"):
            swallow("Hello")
        self.mock.allow_misses()
""").assert_outcomes(passed=1, failed=1)


def test_an_expectation_of_failure_that_does_not_apply_changes_nothing(run: Run) -> None:
    result = run(
        """
@pytest.mark.xfail(False, reason="elsewhere")
def test_elsewhere(openai_mock):
    swallow("Hello")

@pytest.mark.xfail
def test_ignored(openai_mock):
    swallow("Hello")
""",
        "--runxfail",
    )
    result.assert_outcomes(failed=2)


def test_other_plugins_see_that_a_miss_fails_a_test(run: Run) -> None:
    result = run(
        """
def test_it(openai_mock):
    swallow("Hello")
""",
        "-x",
        conftest="""
import pytest

@pytest.fixture(autouse=True)
def seen(request):
    yield
    print("seen:", request.node.seen.outcome)

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.seen = report
    return report

def pytest_exception_interact(node, call, report):
    print("interact:", call.excinfo.typename)
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*interact: Failed*", "*FAILED test_it.py::test_it - Failed: openai-mock: no resp*"])
    assert "seen: failed" in result.stdout.str()


def test_generated_answers_are_no_misses(run: Run) -> None:
    run("""
@pytest.mark.openai_mock(unmatched="auto")
def test_it():
    ask("Hello")
""").assert_outcomes(passed=1)


# -- functions, expectations


def test_what_a_function_raises_is_told_with_its_traceback(run: Run) -> None:
    result = run("""
def answer(call):
    return {"city": {}["city"]}

def test_it(openai_mock):
    openai_mock.reply(answer)
    swallow("Hello")
""")
    result.assert_outcomes(failed=1)
    lines = block(result)
    assert lines[1] == (
        "openai-mock: The function test_it.answer, which answers for 'reply-1', failed: KeyError: 'city'"
    )
    place = next(place for place, line in enumerate(lines) if "openai-mock: a function failed" in line)
    assert lines[place + 1] == "Traceback (most recent call last):"
    assert lines[place + 2].endswith("in answer")
    assert lines[-1] == "KeyError: 'city'"


def test_an_expectation_that_does_not_hold_fails_the_test(run: Run) -> None:
    result = run("""
from openai_mock_api import assistant, expect
def test_it(openai_mock):
    openai_mock.reply(assistant("Hi", expect=expect(tools=["get_weather"])))
    assert ask("Hello") == "Hi"
""")
    result.assert_outcomes(failed=1)
    lines = block(result)
    assert lines[1].startswith("openai-mock: reply-1 expected tools ")
    assert any("openai-mock: an expectation did not hold" in line for line in lines)


# -- the conversation


def test_every_failure_shows_the_conversation(run: Run) -> None:
    result = run("""
from openai_mock_api import assistant, tool, tool_call, user
def test_it(openai_mock):
    openai_mock.script(
        user("weather"), assistant(tool_call("get_weather", city="Paris")), tool(), assistant("It is sunny.")
    )
    client, tools = OpenAI(), [{"type": "function", "function": {"name": "get_weather"}}]
    messages = [{"role": "user", "content": "weather"}]
    asked = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools).choices[0].message
    messages += [asked, {"role": "tool", "tool_call_id": asked.tool_calls[0].id, "content": "18 degrees"}]
    answer = client.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in answer) == "It rains."
""")
    lines = block(result)
    place = next(place for place, line in enumerate(lines) if "openai-mock: the conversation" in line)
    assert lines[place + 1 :] == [
        "1. POST /v1/chat/completions gpt-4o → 200 script-1, messages[1]",
        "   user: weather",
        '   assistant: calls get_weather({"city":"Paris"}) as call_get_weather',
        "2. POST /v1/chat/completions gpt-4o → 200 script-1, messages[3]",
        "   … 2 earlier",
        "   tool call_get_weather: 18 degrees",
        "   assistant: It is sunny.",
    ]


def test_a_fixture_that_fails_shows_the_conversation(run: Run) -> None:
    result = run("""
@pytest.fixture
def prepared(openai_mock):
    openai_mock.reply("Hi")
    assert ask("Hello") == "Ho"

def test_it(prepared):
    pass
""")
    result.assert_outcomes(errors=1)
    assert block(result)[-3:] == [
        "1. POST /v1/chat/completions gpt-4o → 200 reply-1, messages[1]",
        "   user: Hello",
        "   assistant: Hi",
    ]


def test_a_test_without_the_mock_shows_nothing_of_it(run: Run) -> None:
    result = run("""
def test_with(openai_mock):
    pass

def test_without():
    assert False
""")
    result.assert_outcomes(passed=1, failed=1)
    assert "openai-mock:" not in result.stdout.str()


def test_reports_travel_through_xdist(run: Run) -> None:
    result = run("def test_it(openai_mock):\n    swallow('Hello')\n", "-n1")
    result.assert_outcomes(failed=1)
    assert block(result)[-1] == "   The script holds no responses."
