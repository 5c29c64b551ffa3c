"""The configuration follows its files."""

from __future__ import annotations

import logging
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.config.compiler import flow_of
from openai_mock_api.config.load import load_file, load_responses
from openai_mock_api.config.settings import Settings
from openai_mock_api.server import reload
from openai_mock_api.server.app import App
from openai_mock_api.server.reload import Loaded, Reload, Watch
from tests.serving import chat, eventually, flow, post, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Wire


WATCHFILES = vars(reload)["watchfiles"]


def config(text: str, **more: str) -> str:
    """A configuration of one response, whose answer is ``text``."""
    lines = "".join(f"{key}: {value}\n" for key, value in more.items())
    return f"api_key: test-key\n{lines}responses:\n{response('a', 'Hello', text)}"


def response(id_: str, asked: str, said: str) -> str:
    return f"- id: {id_}\n  messages: [{{role: user, content: {asked}}}, {{role: assistant, content: {said}}}]\n"


class Files:
    """A folder with a configuration, and an app that serves it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.main = folder / "config.yaml"
        self.main.write_text(text)
        self.app = App(self.load().settings)
        self.loads = 0
        self.reload = Reload(self.app, self.load().files, self.counted)

    def load(self) -> Loaded:
        loaded = load_file(self.main)
        return Loaded(Settings.loaded(loaded), loaded.files)

    def counted(self) -> Loaded:
        self.loads += 1
        return self.load()

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    @property
    def ids(self) -> list[str]:
        return [flow.id for flow in self.app.answering.script.flows]


@pytest.fixture
def files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Files:
    caplog.set_level(logging.INFO, "openai_mock_api.reload")
    return Files(tmp_path, config("one"))


def said(wire: Wire, text: str = "Hello") -> str:
    answer: str = wire.ask(post(chat(text))).json["choices"][0]["message"]["content"]
    return answer


def test_what_is_new_is_served_and_the_journal_stays(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    with serving(files.app) as served, served.wire() as wire:
        before = [said(wire) for _ in range(3)]  # the last is answered from memory
        files.write("config.yaml", config("two"))
        files.reload.look()
        assert (before, [said(wire) for _ in range(3)]) == (["one"] * 3, ["two"] * 3)
    assert (len(files.app.journal), caplog.messages) == (6, ["The configuration was loaded again: 1 responses"])


def test_what_is_not_new_changes_nothing(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    answering = files.app.answering
    files.write("config.yaml", config("one"))
    files.reload.look()
    assert (files.app.answering is answering, caplog.messages) == (True, [])


def test_a_broken_file_keeps_the_old_script_and_says_so_once(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    answering = files.app.answering
    files.write("config.yaml", config("one").replace("messages", "mesages"))
    for _ in range(3):
        files.reload.look()
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith("The configuration is broken, and the one before is still served:\n")
    assert f"{files.main}:4:3  responses[0].mesages: unknown key; did you mean 'messages'?" in record.getMessage()
    assert files.app.answering is answering


def test_a_mended_file_is_served(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    files.write("config.yaml", "responses: [")
    files.reload.look()
    files.write("config.yaml", config("two"))
    files.reload.look()
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    files.write("config.yaml", "responses: [")
    files.reload.look()
    assert caplog.records[-1].levelname == "ERROR"


def test_a_file_that_is_as_before_it_broke_starts_nothing_anew(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    answering = files.app.answering
    files.write("config.yaml", "responses: [")
    files.reload.look()
    files.write("config.yaml", config("one"))
    files.reload.look()
    assert caplog.messages[1:] == ["The configuration is again what is served"]
    assert files.app.answering is answering


def test_a_file_that_is_gone_keeps_the_old_script(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    files.main.unlink()
    files.reload.look()
    assert (files.ids, [record.levelname for record in caplog.records]) == (["a"], ["ERROR"])
    files.write("config.yaml", config("one"))
    files.reload.look()
    assert caplog.messages[1:] == ["The configuration is again what is served"]


def test_included_files_are_followed(files: Files) -> None:
    files.write("config.yaml", config("one", include="[flows/*.yaml]"))
    more = files.write("flows/more.yaml", response("b", "Bye", "See you"))
    files.reload.look()
    assert (files.ids, files.reload.folders) == (["a", "b"], {files.folder, files.folder / "flows"})
    more.write_text(response("c", "Bye", "Ciao"))
    files.reload.look()
    assert files.ids == ["a", "c"]
    files.write("flows/new.yaml", response("d", "New", "Yes"))
    files.reload.look()
    assert files.ids == ["a", "c", "d"]


def test_a_file_that_went_while_it_was_read_is_looked_at_again(files: Files) -> None:
    loaded = files.load()
    files.main.unlink()
    reload = Reload(files.app, loaded.files, lambda: loaded)
    files.write("config.yaml", config("one"))
    answering = files.app.answering
    reload.look()
    assert files.app.answering is not answering


def test_where_it_is_broken_is_watched_too(files: Files) -> None:
    files.write("config.yaml", config("one", include="[flows/*.yaml]"))
    files.write("flows/more.yaml", "- id: b")
    files.reload.look()
    assert files.reload.folders == {files.folder, files.folder / "flows"}


def test_sequences_start_anew_and_additions_are_gone(files: Files) -> None:
    turn = "{role: assistant, sequence: [{content: one}, {content: two}]}"
    counted = f"- id: counted\n  messages: [{{role: user, content: next}}, {turn}]\n"
    files.write("config.yaml", config("one") + counted)
    files.reload.look()
    (added,) = load_responses(flow("added", content="Yes")).config.responses
    files.app.add([flow_of(added)])
    assert files.ids == ["added", "a", "counted"]
    with serving(files.app) as served, served.wire() as wire:
        assert said(wire, "next") == "one"
        files.write("config.yaml", config("two") + counted)
        files.reload.look()
        assert (said(wire, "next"), files.ids) == ("one", ["a", "counted"])


def test_an_answer_under_way_ends_as_it_began(files: Files) -> None:
    with serving(files.app) as served, served.wire() as wire, served.app.gates.hold() as gate:
        wire.send(post(chat("Hello", stream=True)))
        gate.wait()
        gate.release_chunks(1)
        files.write("config.yaml", config("two"))
        files.reload.look()
        gate.release()
        events = wire.answer().events
    assert "".join(event["choices"][0]["delta"].get("content") or "" for event in events[:-1]) == "one"


@pytest.mark.parametrize("key", ["port", "host"])
def test_the_address_stays(files: Files, caplog: pytest.LogCaptureFixture, key: str) -> None:
    files.write("config.yaml", config("one", **{key: {"port": "4000", "host": "127.0.0.2"}[key]}))
    files.reload.look()
    assert caplog.messages[1:] == ["host and port stay as they are until the server is started again"]


@pytest.mark.parametrize(
    ("names", "concerns"),
    [
        (["config.yaml"], True),
        (["a.yml", "b.txt"], True),
        (["flows.json"], True),
        (["..data"], True),
        (["flows"], True),
        (["notes.txt", "mock.log"], False),
        ([".config.yaml.swp"], False),
        ([], False),
    ],
)
def test_which_changes_are_looked_at(files: Files, names: list[str], concerns: bool) -> None:
    (files.folder / "flows").mkdir()
    assert files.reload.concerns([str(files.folder / name) for name in names]) is concerns


def test_folders_of_links_are_watched_at_both_ends(tmp_path: Path) -> None:
    """As in a mounted volume: the file is a link into a folder that is exchanged as a whole."""
    (tmp_path / "real").mkdir()
    files = Files(tmp_path / "real", config("one"))
    link = tmp_path / "config.yaml"
    link.symlink_to(files.main)
    assert Reload(files.app, [link], files.load).folders == {tmp_path, tmp_path / "real"}


# -- real changes


def test_changes_are_noticed(files: Files) -> None:
    watch = Watch(files.reload)
    try:
        files.write("config.yaml", config("one", include="[flows/*.yaml]"))
        files.write("flows/more.yaml", response("b", "Bye", "See you"))
        eventually(lambda: files.ids == ["a", "b"])
        files.write("flows/more.yaml", response("c", "Bye", "See you"))
        eventually(lambda: files.ids == ["a", "c"])
    finally:
        watch.stop()


@pytest.mark.parametrize("kept", [True, False])
def test_a_folder_may_be_replaced(files: Files, tmp_path: Path, kept: bool) -> None:
    files.folder = tmp_path / "folder"
    files.main = files.write("config.yaml", config("one"))
    following = Reload(files.app, [files.main], files.load)
    watch = Watch(following)
    try:
        for id_ in "bcd":
            files.folder.rename(tmp_path / f"before {id_}") if kept else rmtree(files.folder)
            files.write("config.yaml", config("one") + response(id_, "Bye", "See you"))
            eventually(lambda: files.ids[1:] == [id_])  # noqa: B023 - called here alone
    finally:
        watch.stop()


def test_a_folder_may_be_away_for_long(files: Files, tmp_path: Path) -> None:
    files.folder = tmp_path / "folder"
    files.main = files.write("config.yaml", config("one"))
    following = Reload(files.app, [files.main], files.counted)
    rmtree(files.folder)
    watch = Watch(following)
    try:
        eventually(lambda: files.loads)
        files.write("config.yaml", config("one") + response("b", "Bye", "See you"))
        eventually(lambda: files.ids == ["a", "b"])
    finally:
        watch.stop()


def test_a_system_that_cannot_tell_of_changes(
    files: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("too many watches")

    monkeypatch.setattr(WATCHFILES, "watch", fail)
    watch = Watch(files.reload)
    eventually(lambda: "are not noticed any more: too many watches" in caplog.text)
    watch.stop()


def test_a_folder_that_goes_before_its_watching_begins(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([FileNotFoundError])
    watch_files = WATCHFILES.watch

    def fail_once(*folders: Path, **options: Any) -> Any:
        for error in rounds:
            raise error
        return watch_files(*folders, **options)

    monkeypatch.setattr(WATCHFILES, "watch", fail_once)
    watch = Watch(files.reload)
    eventually(lambda: files.loads)
    watch.stop()


def test_what_changed_before_the_watch_began_is_noticed(files: Files) -> None:
    files.write("config.yaml", config("two") + response("b", "Bye", "See you"))
    watch = Watch(files.reload)
    eventually(lambda: files.ids == ["a", "b"])
    watch.stop()
    loads = files.loads
    files.write("config.yaml", config("three"))
    watch.stop()
    assert (files.loads, files.ids) == (loads, ["a", "b"])
