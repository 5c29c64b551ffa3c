from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_mock_api import (
    MockError,
    MockServer,
    anyone,
    anything,
    assistant,
    contains,
    exact,
    expect,
    fuzzy,
    json_,
    not_,
    regex,
    sequence,
    system,
    tool,
    tool_call,
    user,
)
from openai_mock_api.config.load import load_text
from openai_mock_api.config.settings import Settings
from openai_mock_api.script.flows import Flow, Turn
from tests.serving import flow
from tests.testing.asking import answers, bare_mock


def again(mock: MockServer) -> tuple[str, MockServer]:
    """Write a script as YAML, and read it."""
    text = mock.to_yaml()
    return text, MockServer(text)


def compared(flow: Flow) -> Any:
    """What two flows that are the same have in common."""
    steps = [
        (step.then, step.matcher, [(r.content, r.tool_calls, r.failure, r.expectation, r.delay) for r in step.replies])
        if isinstance(step, Turn)
        else step
        for step in flow.steps
    ]
    return flow.id, steps, flow.conditions, flow.priority, flow.anchor, flow.choose


def test_a_script_grows_into_a_file() -> None:
    mock = bare_mock({"api_key": "k", "responses": [flow("Hello", content="configured")]})
    mock.reply("Hi!", to=contains("hi"), when={"model": "gpt-4o*"})
    mock.fail(429, times=1)
    assert mock.to_yaml() == (
        "api_key: k\n"
        "responses:\n"
        "  - id: failure-1\n"
        "    messages:\n"
        "      - {role: any, matcher: any}\n"
        "      - role: assistant\n"
        "        sequence:\n"
        "          - {error: {status: 429}}\n"
        "        then: miss\n"
        "    priority: 999999\n"
        "    anchor: end\n"
        "  - id: reply-1\n"
        "    messages:\n"
        "      - {role: user, content: hi, matcher: contains}\n"
        "      - {role: assistant, content: Hi!}\n"
        "    when: {model: gpt-4o*}\n"
        "    priority: 1000\n"
        "    anchor: end\n"
        "  - id: Hello\n"
        "    messages:\n"
        "      - {role: user, content: Hello}\n"
        "      - {role: assistant, content: configured}\n"
    )


def test_files_say_which_key_clients_send() -> None:
    mock = MockServer({"responses": [flow("Hello", content="Hi")]})
    assert mock.to_yaml().startswith("api_key: test-key\n")
    mock = MockServer({"api_keys": ["a"], "responses": [flow("Hello", content="Hi")]})
    assert mock.to_yaml().startswith("api_keys: [a]\n")
    mock = MockServer()
    mock.reply("Hi")
    assert mock.to_yaml().startswith("api_key: null\nunmatched: auto\n")


def test_nothing_cannot_be_written() -> None:
    with pytest.raises(MockError, match="there are no responses to write; add some by `script` or `reply`"):
        bare_mock().to_yaml()


def weather(_: Any) -> str:
    return "Sunny"


def test_functions_stand_as_errors_that_name_them() -> None:
    mock = bare_mock()
    mock.reply(sequence("first", weather), id="weather")
    text, read = again(mock)
    assert text.startswith(
        "# Functions of a test answer in weather.\n"
        "# They stand here as errors that name them: write what they say instead.\n"
    )
    assert answers(mock, "x", "x") == ["first", "Sunny"]
    assert answers(read, "x", "x") == ["first", 400]
    assert read.last_request
    assert f"The function {__name__}.weather of a test answers here" in str(read.last_request.error)


def test_reply_last_of_a_file_does_not_change_what_was_added() -> None:
    mock = bare_mock({"reply": "last", "responses": [flow("Hello", content="Hi")]})
    mock.script(user("one"), assistant("1"), user("two"), assistant("2"))
    assert answers(again(mock)[1], "one") == ["1"]


texts: Final = st.text(min_size=1).filter(str.strip) | st.sampled_from(["no", "5", "${HOME}", "a: b", "# x", "- y"])
matchers: Final = st.one_of(
    texts,
    st.builds(exact, texts, case_sensitive=st.booleans()),
    st.builds(contains, texts, case_sensitive=st.booleans()),
    st.builds(regex, st.sampled_from(["a+", r"^\d$", "(?<n>x)|y"]), case_sensitive=st.booleans()),
    st.builds(fuzzy, texts, threshold=st.floats(0, 1)),
    st.builds(json_, st.dictionaries(texts, st.integers(-5, 5))),
    st.builds(lambda text: not_(contains(text)), texts),
    st.just(anything),
)
calls: Final = st.builds(
    tool_call, st.sampled_from(["f", "get_weather"]), st.dictionaries(texts, texts | st.booleans() | st.none())
)
expectations: Final = st.builds(expect, tools=st.just(["f"]), system=matchers, mode=st.sampled_from(["soft", "hard"]))
answers_: Final = st.one_of(
    st.builds(assistant, texts, delay=st.floats(0, 5)),
    st.builds(assistant, texts, calls, calls),
    st.builds(assistant, st.dictionaries(texts, texts)),
    st.builds(assistant, texts, expect=expectations),
    st.builds(lambda said: assistant(refusal=said), texts),
    st.builds(lambda name: assistant(error=name), st.sampled_from(["rate_limit", "timeout"])),
    st.builds(lambda status: assistant(error={"status": status}), st.integers(400, 599)),
)
turns: Final = answers_ | st.builds(
    lambda said, then: sequence(*said, then=then),
    st.lists(answers_, min_size=1, max_size=3),
    st.sampled_from(["repeat", "loop", "miss"]),
)
asked: Final = st.one_of(
    st.builds(user, matchers),
    st.builds(system, matchers),
    st.builds(anyone, matchers),
    st.builds(tool, matchers, st.just("call_1")),
)
conversations: Final = st.lists(st.tuples(asked, turns), min_size=1, max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(conversations, st.sampled_from(["start", "end"]), st.sampled_from([None, {"model": "gpt-*"}])),
        min_size=1,
        max_size=3,
    )
)
def test_what_is_written_is_the_same_script(scripts: list[Any]) -> None:
    mock = bare_mock()
    for pairs, anchor, when in scripts:
        mock.script(*(message for pair in pairs for message in pair), anchor=anchor, when=when)
    flows = mock._room.answering.script.flows
    read = Settings.loaded(load_text(mock.to_yaml()))
    assert [flow.written for flow in read.script.flows] == [flow.written for flow in flows]
    assert [compared(flow) for flow in read.script.flows] == [compared(flow) for flow in flows]
