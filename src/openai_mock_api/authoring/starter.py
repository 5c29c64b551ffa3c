"""The files to begin with: a script with comments, and a test that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: Final = "openai-mock.yaml"
TEST: Final = "test_example.py"

_CONFIG_TEXT: Final = """\
# A script for openai-mock-api. Serve it with:  openai-mock-api --config openai-mock.yaml
# Look for mistakes with:                       openai-mock-api check openai-mock.yaml
# See what a request gets and why with:         openai-mock-api explain openai-mock.yaml --user "Hello"

api_key: test-key  # what clients must send; null accepts any key
port: 3000
# models: [gpt-4o, my-model]  # the models that exist, instead of a current list
# unmatched: echo             # what a call gets that nothing matches: error (default), echo or auto

responses:
  # The simplest conversation: an expected message, and the answer.
  - id: greeting
    messages:
      - {role: user, content: Hello}
      - {role: assistant, content: Hi there!}

  # Messages are compared as `matcher` says: exact (default), contains, regex, fuzzy, json, any.
  - id: joke
    messages:
      - {role: user, content: '\\bjokes?\\b', matcher: regex}
      - {role: assistant, content: A mock walks into a bar. Nobody notices.}

  # A loop with a tool: the first request gets the call, the request with its result gets the answer.
  - id: weather
    messages:
      - {role: user, content: weather, matcher: contains}
      - role: assistant
        tool_calls:
          - {id: call_weather, function: {name: get_weather, arguments: {city: Paris}}}
      - {role: tool, tool_call_id: call_weather, matcher: any}
      - {role: assistant, content: It is sunny in Paris.}

  # An error, then success: does the client try again?
  - id: flaky
    messages:
      - {role: user, content: Try again}
      - role: assistant
        sequence:
          - error: {preset: overloaded, retry_after: 0}
          - {content: Now it worked.}

  # A stream at a human pace: the first token after 50 ms, then 200 tokens a second.
  - id: story
    messages:
      - {role: user, content: Tell me a story}
      - role: assistant
        content: Once upon a time there was a test that never slept.
        pacing: {ttft: 0.05, tokens_per_second: 200}
"""

_TEST_TEXT: Final = '''\
"""An example of tests against openai-mock.yaml. Run it with: pytest test_example.py"""

from pathlib import Path

import pytest
from openai import OpenAI

from openai_mock_api import MockServer

SCRIPT = Path(__file__).with_name("openai-mock.yaml")


@pytest.fixture
def mock():
    with MockServer(SCRIPT, port=0) as server:
        yield server


@pytest.fixture
def client(mock):
    with OpenAI(base_url=mock.base_url, api_key=mock.api_key) as client:
        yield client


def ask(client, messages):
    answer = client.chat.completions.create(model="gpt-4o", messages=messages)
    return answer.choices[0].message


def test_a_greeting_is_answered(client):
    assert ask(client, [{"role": "user", "content": "Hello"}]).content == "Hi there!"


def test_the_result_of_a_tool_leads_to_the_answer(client, mock):
    messages = [{"role": "user", "content": "How is the weather?"}]
    called = ask(client, messages)
    call = called.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')

    messages += [called, {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}]
    assert ask(client, messages).content == "It is sunny in Paris."
    assert [exchange.matched for exchange in mock.requests] == ["weather", "weather"]


def test_an_overloaded_server_is_asked_again(client, mock):
    assert ask(client, [{"role": "user", "content": "Try again"}]).content == "Now it worked."
    assert [exchange.status for exchange in mock.requests] == [503, 200]
'''

FILES: Final = {CONFIG: _CONFIG_TEXT, TEST: _TEST_TEXT}


def begin(folder: Path, *, force: bool = False) -> list[Path]:
    """Write the files into a folder, which is made where it is missing; return them.

    Raises ``ConfigError`` before anything is written when one exists and ``force`` does not allow to overwrite it, or
    when the folder cannot be written to.
    """
    paths = {folder / name: text for name, text in FILES.items()}
    existing = [] if force else [path for path in paths if path.exists()]
    if existing:
        raise ConfigError([Problem("exists already; --force overwrites it", source=str(path)) for path in existing])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder}  cannot be written to: {error.strerror}; choose another folder") from None
    return list(paths)
