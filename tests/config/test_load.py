import re
from pathlib import Path
from typing import Any

import pytest

from openai_mock_api.config.load import load_config, load_file, load_responses, load_text
from openai_mock_api.config.model import ConversationMessage, MockConfig, MockResponse
from openai_mock_api.config.settings import accepted_keys, port_of
from openai_mock_api.errors import ConfigError

TEXT = """\
apiKey: 'test-api-key-12345'
port: ${MOCK_PORT:-3000}
templates:
  greeting: &hi {role: user, content: 'Hello ${name} ${UNSET_NAME}'}
responses:
  - id: 7
    messages:
      - *hi
      - {role: assistant, content: 42}
"""
TURN = ConversationMessage(role="assistant", content="hi")
MAPPING: dict[str, Any] = {"responses": [{"id": "a", "messages": [{"role": "assistant", "content": "hi"}]}]}
CONFIG = MockConfig(responses=[MockResponse(id="a", messages=[TURN])])

#: Everything that the npm package takes and that looks doubtful.
UPSTREAM = """\
apiKey: key
port: '3001'
responses:
  - id: odd
    messages:
      - {role: system, matcher: any}
      - {role: user, content: help, matcher: fuzzy, threshold: 0.7}
      - {role: assistant}
      - {role: user, tool_calls: [{id: c, type: function, function: {name: f, arguments: '{}'}}]}
      - {role: assistant, content: null, tool_calls: [{id: c, type: function, function: {name: f, arguments: '{}'}}]}
      - {role: tool, tool_call_id: c, matcher: any}
      - {role: tool, tool_call_id: c, tool_calls: []  , content: x, threshold: 9}
      - {role: user, content: 12:30, tool_call_id: x, matcher: null}
      - {role: assistant, content: '', threshold: 1}
"""


def error_of(source: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_config(source)
    return caught.value


def test_a_text() -> None:
    loaded = load_config(TEXT)
    assert (port_of(loaded.config), accepted_keys(loaded.config)) == (3000, ("test-api-key-12345",))
    (response,) = loaded.config.responses
    assert response.id == "7"
    assert [m.content for m in response.messages] == ["Hello ${name} ${UNSET_NAME}", "42"]
    assert (loaded.files, str(loaded.origins["7"].place())) == ((), "<config>:6:5")


def test_variables_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_PORT", "4000")
    assert load_config(TEXT).config.port == 4000


def test_a_variable_must_suit_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_PORT", "http")
    assert str(error_of(TEXT)) == "<config>:2:1  port: expected an integer, got text 'http'"


def test_what_the_npm_package_takes() -> None:
    loaded = load_config(UPSTREAM)
    assert loaded.config.port == 3001
    assert len(loaded.config.responses[0].messages) == 9


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(TEXT, encoding="utf-8")
    for loaded in (load_config(file), load_file(file)):
        assert (loaded.files, loaded.origins["7"].place().source) == ((file,), str(file))


def test_standard_input() -> None:
    assert load_text(TEXT.encode(), "<stdin>").origins["7"].place().source == "<stdin>"
    with pytest.raises(ConfigError, match="<stdin>:1:1  not UTF-8"):
        load_text(b"\xff", "<stdin>")
    with pytest.raises(ConfigError, match="<config>:1:1  not UTF-8"):
        load_text(b"\xff")


def test_python_needs_no_key() -> None:
    for source in (MAPPING, CONFIG):
        loaded = load_config(source)
        assert loaded.config == CONFIG
        assert accepted_keys(loaded.config) == ("test-key",)


def test_a_text_needs_a_key_unless_one_comes_from_elsewhere() -> None:
    text = "responses: [{id: a, messages: [{role: assistant}]}]"
    assert "`api_key` is missing" in str(error_of(text))
    assert accepted_keys(load_config(text, needs_key=False).config) == ("test-key",)
    assert accepted_keys(load_config(f"api_key: null\n{text}").config) is None
    assert accepted_keys(load_config(f"api_keys: [a, b]\n{text}").config) == ("a", "b")


def test_variables_in_python_data_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "x")
    assert load_config({**MAPPING, "api_key": "${NAME}"}).config.api_key == "${NAME}"


def test_a_config_built_in_python_is_checked_too() -> None:
    wrong: Any = 3
    config = MockConfig(responses=[MockResponse(id="a", messages=[TURN], anchor=wrong)], port=-1, api_key=None)
    assert str(error_of(config)) == (
        "responses[0].anchor: '3' is not an anchor; expected one of: start, end\nport: expected 0 to 65535, got -1"
    )


def test_bad_yaml_says_where() -> None:
    error = error_of("a: 1\nb: c: d")
    assert re.match(r"Failed to parse YAML configuration: mapping values .* \(line 2, column 5\)$", str(error))
    assert (error.problems[0].line, error.problems[0].column) == (2, 5)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "the configuration is empty; it needs `api_key` and `responses`"),
        ("- a", "<config>:1:1  expected a mapping with `api_key` and `responses`, got a list"),
        ("hello", "<config>:1:1  expected a mapping with `api_key` and `responses`, got text 'hello'"),
        ("no.yaml", "<config>:1:1  expected a mapping with `api_key` and `responses`, got text 'no.yaml'; "
                    "if it is a file, pass a pathlib.Path"),
        (3, "expected a MockConfig, a mapping, YAML text or a path, got the number 3"),
    ],
)  # fmt: skip
def test_what_is_no_configuration(source: Any, said: str) -> None:
    assert str(error_of(source)) == said


def test_a_file_s_name_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert str(error_of(str(file))) == (
        f"{str(file)!r} is taken as YAML text, but is a file's name; pass pathlib.Path({str(file)!r})"
    )


def test_a_printed_problem_has_file_line_path_and_choices(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "api_key: k\nresponses:\n  - id: a\n    messages:\n      - role: user\n        content: x\n"
        "        matcher: fuzy\n      - {role: assistant}\n"
    )
    assert str(error_of(file)) == (
        f"{file}:7:9  responses[0].messages[0].matcher: 'fuzy' is not a matcher; did you mean 'fuzzy'? "
        "(exact, fuzzy, regex, contains, any, json)"
    )


# -- responses alone

RESPONSE = {"id": "a", "messages": [{"role": "assistant", "content": "hi"}]}
WRITTEN = "id: a\nmessages:\n- {role: assistant, content: hi}"


@pytest.mark.parametrize("source", [RESPONSE, [RESPONSE], MAPPING, WRITTEN, "- " + WRITTEN.replace("\n", "\n  ")])
def test_responses_alone(source: Any) -> None:
    loaded = load_responses(source)
    assert loaded.config.responses == CONFIG.responses
    assert (loaded.files, list(loaded.origins)) == ((), ["a"])


def test_no_responses_are_none() -> None:
    assert load_responses([]).config.responses == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([RESPONSE, RESPONSE], "[1].id: 'a' is also the id of an earlier response; ids must be unique"),
        ({**RESPONSE, "anchr": "end"}, "anchr: unknown key; did you mean 'anchor'?"),
        ("- id: a\n  messages: []", "<config>:2:3  [0].messages: is empty; a response needs at least one message"),
        ({"include": ["a.yaml"]}, "include: no file is read here; put the responses themselves in its place"),
        ("", "expected a list of responses, or a mapping with `responses`, got nothing"),
        ("a: [", "Failed to parse YAML configuration"),
    ],
)
def test_what_is_wrong_with_responses(source: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_responses(source)
    assert str(caught.value).startswith(said)
