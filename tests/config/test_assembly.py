from pathlib import Path

import pytest

from openai_mock_api.config.load import LoadedConfig, load_config
from openai_mock_api.errors import ConfigError

GOOD = "{id: %s, messages: [{role: assistant, content: hi}]}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own, and names files relative to it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(name: str = "config.yaml") -> LoadedConfig:
    return load_config(Path(name))


def problems(name: str = "config.yaml") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(name)
    return [str(problem) for problem in caught.value.problems]


def test_responses_of_included_files_follow_in_sorted_order() -> None:
    write("conf/config.yaml", f"api_key: k\nresponses: [{GOOD % 'main'}]\ninclude: [flows/*.yaml, more.json]")
    write("conf/flows/b.yaml", f"x-note: 1\nresponses:\n  - {GOOD % 'b'}")
    write("conf/flows/a.yaml", f"- {GOOD % 'a'}")
    write("conf/more.json", '{"responses":[{"id":"j","messages":[{"role":"assistant"}]}],"include":["deep/**/*.yaml"]}')
    write("conf/deep/er/d.yaml", f"t: &t {GOOD % 'd'}\nresponses: [*t]")
    loaded = load("conf/config.yaml")
    assert [r.id for r in loaded.config.responses] == ["main", "a", "b", "j", "d"]
    names = ["config.yaml", "flows/a.yaml", "flows/b.yaml", "more.json", "deep/er/d.yaml"]
    assert loaded.files == tuple(Path("conf", name) for name in names)
    assert str(loaded.origins["b"].place()) == f"{Path('conf/flows/b.yaml')}:3:5"


def test_responses_may_all_be_included() -> None:
    write("config.yaml", "api_key: k\ninclude: [a.yaml]")
    write("a.yaml", f"- {GOOD % 'a'}")
    assert [r.id for r in load().config.responses] == ["a"]


def test_a_file_that_two_others_include_is_read_once() -> None:
    write("config.yaml", "api_key: k\ninclude: [a.yaml, b.yaml]")
    write("a.yaml", f"responses: [{GOOD % 'a'}]\ninclude: [c.yaml]")
    write("b.yaml", f"responses: [{GOOD % 'b'}]\ninclude: [./c.yaml]")
    write("c.yaml", f"- {GOOD % 'c'}")
    assert [r.id for r in load().config.responses] == ["a", "c", "b"]


def test_an_absolute_pattern(folder: Path) -> None:
    write("config.yaml", f"api_key: k\ninclude: ['{(folder / 'a.yaml').as_posix()}']")
    write("a.yaml", f"- {GOOD % 'a'}")
    assert [r.id for r in load().config.responses] == ["a"]


def test_texts_and_mappings_include_from_the_current_folder() -> None:
    write("a.yaml", f"- {GOOD % 'a'}")
    assert [r.id for r in load_config("api_key: k\ninclude: [a.yaml]").config.responses] == ["a"]
    assert [r.id for r in load_config({"include": ["a.yaml"]}).config.responses] == ["a"]


def test_problems_name_their_own_file_and_line() -> None:
    write("config.yaml", f"api_key: k\nport: -1\nresponses: [{GOOD % 'a'}]\ninclude: [b.yaml, c.yaml, d.yaml, e.yaml]")
    write("b.yaml", f"- {GOOD % 'a'}\n- {{id: x, mesages: []}}")
    write("c.yaml", f"responses:\n  - {GOOD % 'a'}\nport: 1")
    write("d.yaml", "a: b: c")
    write("e.yaml", "# nothing")
    assert problems() == [
        "config.yaml:2:1  port: expected 0 to 65535, got -1",
        "b.yaml:1:4  [0].id: 'a' is also the id of the response at config.yaml:3:13; ids must be unique",
        "b.yaml:2:11  [1].mesages: unknown key; did you mean 'messages'?",
        "c.yaml:2:6  responses[0].id: 'a' is also the id of the response at config.yaml:3:13; ids must be unique",
        "c.yaml:3:1  port: unknown key; allowed are: responses, include",
        "d.yaml:1:5  Failed to parse YAML configuration: mapping values are not allowed in this context; "
        "put a text that holds ': ' in quotes",
        "e.yaml  expected a list of responses, or a mapping with `responses`, got nothing",
    ]


def test_a_scalar_is_no_list_of_responses() -> None:
    write("config.yaml", "api_key: k\ninclude: [a.yaml]")
    write("a.yaml", "hello")
    assert problems() == ["a.yaml:1:1  expected a list of responses, or a mapping with `responses`, got text 'hello'"]


def test_a_pattern_that_fits_nothing(folder: Path) -> None:
    write("config.yaml", f"api_key: k\nresponses: [{GOOD % 'a'}]\ninclude:\n  - none/*.yaml\n  - ''")
    Path("none").mkdir()
    Path("none/folder.yaml").mkdir()
    assert problems() == [
        "config.yaml:5:5  include[1]: is empty; name a file",
        f"config.yaml:4:5  include[0]: 'none/*.yaml' fits no file in {folder.resolve()}; correct it or remove it",
    ]


def test_circles() -> None:
    write("config.yaml", f"api_key: k\nresponses: [{GOOD % 'a'}]\ninclude: [config.yaml, b.yaml]")
    write("b.yaml", "include: [c.yaml]")
    write("c.yaml", "include: [b.yaml]")
    assert problems() == [
        "config.yaml:3:11  include[0]: config.yaml includes itself in a circle; remove it",
        "c.yaml:1:11  include[0]: b.yaml includes itself in a circle; remove it",
    ]


def test_there_must_be_a_response_somewhere() -> None:
    write("config.yaml", "api_key: k\nport: 1\ninclude: [a.yaml]")
    write("a.yaml", "responses: []")
    assert problems() == [
        "config.yaml:1:1  responses: there must be at least one response; add one with an `id` and `messages`"
    ]


def test_what_is_missing_is_reported_with_everything_else() -> None:
    write("config.yaml", "port: x")
    assert problems() == [
        "config.yaml:1:1  port: expected an integer, got text 'x'",
        "config.yaml:1:1  `api_key` is missing; add `api_key: test-key`, or `api_key: null` for any key",
        "config.yaml:1:1  responses: there must be at least one response; add one with an `id` and `messages`",
    ]


def test_what_is_misspelled_is_not_missing() -> None:
    write("config.yaml", "api_kye: k\nresponse: []")
    assert problems() == [
        "config.yaml:1:1  api_kye: unknown key; did you mean 'api_key'?",
        "config.yaml:2:1  response: unknown key; did you mean 'responses'?",
    ]


def test_ids_are_unique_in_python_too() -> None:
    turn = {"role": "assistant", "content": "x"}
    with pytest.raises(ConfigError) as caught:
        load_config({"responses": [{"id": "a", "messages": [turn]}, {"messages": [turn], "id": "a"}]})
    assert str(caught.value) == "responses[1].id: 'a' is also the id of an earlier response; ids must be unique"
