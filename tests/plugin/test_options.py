"""The marker and the options of the configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run


# -- where a configuration comes from


CONFIGS = {
    "a file's name": '"flows.yaml"',
    "a path": "Path('flows.yaml')",
    "an absolute path": "Path('flows.yaml').resolve()",
    "YAML text": "Path('flows.yaml').read_text()",
    "a mapping": """{"responses": [{"id": "greeting", "messages": [
        {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]}]}""",
}


@pytest.mark.parametrize("config", CONFIGS)
def test_a_marker_takes_a_configuration(run: Run, config: str) -> None:
    run(f"""
from pathlib import Path

@pytest.mark.openai_mock(config={CONFIGS[config]})
@pytest.mark.parametrize("time", [1, 2])
def test_it(openai_mock, time):
    assert ask("Hello") == "Hi"
    assert openai_mock.last_request.matched == "greeting"
""").assert_outcomes(passed=2)


def test_a_file_beside_the_test_is_found_before_one_in_the_root_folder(run: Run, pytester: pytest.Pytester) -> None:
    folder = pytester.mkpydir("inner")
    module = 'import pytest\nfrom app import ask\n@pytest.mark.openai_mock(config="flows.yaml")\n'
    (folder / "test_inner.py").write_text(module + "def test_it():\n    assert ask('Hello') == 'Hey'\n")
    (folder / "flows.yaml").write_text(
        "api_key: null\nresponses: [{id: a, messages: [{role: user}, {role: assistant, content: Hey}]}]".replace(
            "{role: user}", "{role: user, matcher: any}"
        )
    )
    run(ini="pythonpath = .").assert_outcomes(passed=1)


def test_the_configuration_file_names_one_for_all_tests(run: Run) -> None:
    run(
        """
def test_all(openai_mock):
    assert ask("Hello") == "Hi"

@pytest.mark.openai_mock(config={"responses": [{"id": "a", "messages": [
    {"role": "user", "matcher": "any"}, {"role": "assistant", "content": "Hey"}]}]})
def test_own(openai_mock):
    assert ask("Hello") == "Hey"
""",
        ini="openai_mock_config = flows.yaml",
    ).assert_outcomes(passed=2)


def test_markers_of_module_class_and_test_add_up(run: Run) -> None:
    run("""
pytestmark = pytest.mark.openai_mock(config="flows.yaml", unmatched="echo")

class TestIt:
    pytestmark = pytest.mark.openai_mock(seed=1, unmatched="auto")

    @pytest.mark.openai_mock(unmatched="error", allow_misses=True)
    def test_nearest_wins(self, openai_mock):
        assert ask("Hello") == "Hi"
        assert openai_mock.clock.seed == 1
        with pytest.raises(OpenAIError):
            ask("Bye")

def test_of_the_module():
    assert "Bye" in ask("Bye")
""").assert_outcomes(passed=2)


# -- options


def test_unmatched_calls_may_be_answered(run: Run) -> None:
    run(
        """
def test_echo(openai_mock):
    assert "Hello" in ask("Hello")

@pytest.mark.openai_mock(unmatched="error")
def test_error():
    swallow("Hello")
""",
        ini="openai_mock_unmatched = echo",
    ).assert_outcomes(passed=1, failed=1)


def test_a_seed_for_all_tests(run: Run) -> None:
    run(
        """
def test_all(openai_mock):
    assert openai_mock.clock.seed == 3

@pytest.mark.openai_mock(seed=4)
def test_own(openai_mock):
    assert openai_mock.clock.seed == 4
""",
        ini="openai_mock_seed = 3",
    ).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("ini", "marker", "code", "passes"),
    [
        ("", "", "", False),
        ("", "allow_misses=True", "", True),
        ("", "", "openai_mock.allow_misses()", True),
        ("openai_mock_allow_misses = true", "", "", True),
        ("openai_mock_allow_misses = true", "allow_misses=False", "", False),
    ],
)
def test_misses_may_be_allowed(run: Run, ini: str, marker: str, code: str, passes: bool) -> None:
    result = run(
        f"""
@pytest.mark.openai_mock({marker})
def test_it(openai_mock):
    {code}
    swallow("Hello")
""",
        ini=ini,
    )
    result.assert_outcomes(passed=int(passes), failed=int(not passes))


# -- what cannot be used


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("allow_miss=True", "allow_miss: unknown argument; did you mean 'allow_misses'?"),
        ("port=3", "port: unknown argument; there are config, unmatched, seed, *"),
        ("'flows.yaml'", "options are given by name, as in openai_mock(config='flows.yaml')"),
        ("unmatched='eror'", "unmatched: 'eror' is not a policy for *; did you mean 'error'? (error, echo, auto)"),
        ("unmatched=3", "unmatched: expected one of error, echo, auto, got the number 3"),
        ("seed='one'", "seed: expected an integer, got text 'one'"),
        ("allow_misses='no'", "allow_misses: expected a boolean, got text 'no'"),
        ("config='flow.yaml'", "config: there is no file 'flow.yaml' in /*; did you mean 'flows.yaml'?"),
        ("config='other/none.json'", "config: there is no file 'other/none.json' in */other, check the name"),
        ("config=3", "expected a MockConfig, a mapping, YAML text or a path, got the number 3"),
        ("config={'responses': []}", "responses: there must be at least one response*"),
    ],
)
def test_a_marker_that_cannot_be_used_says_why(run: Run, marker: str, message: str) -> None:
    result = run(f"@pytest.mark.openai_mock({marker})\ndef test_it():\n    pass\n")
    result.assert_outcomes(errors=1)
    first = "openai-mock: the marker openai_mock of test_it.py::test_it cannot be used"
    result.stdout.fnmatch_lines([first, message], consecutive=True)
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("openai_mock_env = sesion", "*openai_mock_env: 'sesion' is not an env; did you mean 'session'? (test, *"),
        ("openai_mock_unmatched = ignore", "*in pytest.ini cannot *openai_mock_unmatched: 'ignore' is not a policy *"),
        ("openai_mock_seed = one", "*openai_mock_seed: expected an integer, got text 'one'*"),
        ("openai_mock_allow_late = x", "*openai_mock_allow_late: invalid truth value 'x'; expected true or false*"),
        ("openai_mock_config = none.yaml", "*openai_mock_config cannot be used*none.yaml*"),
    ],
)
def test_a_configuration_file_that_cannot_be_used_says_why(run: Run, ini: str, message: str) -> None:
    result = run("def test_it(openai_mock):\n    pass\n", ini=ini)
    result.assert_outcomes(errors=1)
    pytest.LineMatcher([" ".join(result.outlines)]).fnmatch_lines([message])
    assert "Error" not in result.stdout.str()


def test_a_session_that_cannot_begin_says_why(run: Run) -> None:
    result = run("def test_it(): pass", ini="openai_mock_env = session\nopenai_mock_config = none.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*openai_mock_config cannot be used*"])


@pytest.mark.parametrize("option", ["--openai-mock-record", "--openai-mock-record=new"])
def test_recording_is_reserved(run: Run, option: str) -> None:
    result = run("def test_it(): pass", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--openai-mock-record is reserved*"])


def test_the_marker_and_the_options_are_described(run: Run) -> None:
    run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.openai_mock(config=None, *"])
    result = run("", "--help")
    result.stdout.fnmatch_lines(["*--openai-mock-unused*", "*openai_mock_config (string):*"])
    result = run("", "--fixtures")
    result.stdout.fnmatch_lines_random(["openai_mock -- *", "openai_mock_session [[]session scope] -- *"])
    assert run("def test_it(openai_mock): pass", "--strict-markers").ret == 0


def test_the_plugin_can_be_turned_off(run: Run) -> None:
    result = run("def test_it(openai_mock): pass", "-p", "no:openai_mock")
    result.stdout.fnmatch_lines(["*fixture 'openai_mock' not found*"])
