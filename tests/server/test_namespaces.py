"""Namespaces: each answers by its own script, and nothing of one is seen in another."""

from __future__ import annotations

import gc
import json
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request, Response
from openai_mock_api.server import namespaces
from openai_mock_api.server.room import Room
from tests.serving import KEY, app_of, chat, eventually, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.server.app import App
    from openai_mock_api.server.memory import Kept
    from tests.serving import Served

CONFIG: dict[str, Any] = {
    "responses": [
        flow("Hello", content="Hi"),
        {
            "id": "counted",
            "messages": [
                {"role": "user", "content": "next"},
                {"role": "assistant", "sequence": [{"content": "one"}, {"content": "two"}]},
            ],
        },
    ]
}

#: A script that always answers the same way, so that answers are kept.
STEADY: dict[str, Any] = {"responses": [flow("Hello", content="Hi")]}


@pytest.fixture
def app() -> App:
    return app_of(CONFIG)


@pytest.fixture
def running() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


def ask(app: App, text: str = "Hello", *, base: str = "", key: str = KEY, header: str = "authorization") -> Response:
    value = f"Bearer {key}" if header == "authorization" else key
    headers = [(header.encode(), value.encode())]
    return app.handle(Request("POST", f"{base}/v1/chat/completions", headers, json.dumps(chat(text)).encode()))


def content(response: Response) -> Any:
    return json.loads(response.body)["choices"][0]["message"]["content"]


def code(response: Response) -> tuple[int, Any]:
    return response.status, json.loads(response.body)["error"]["code"]


def message(response: Response) -> str:
    text: str = json.loads(response.body)["error"]["message"]
    return text


# -- how one is reached


@pytest.mark.parametrize("by", ["path", "path and key", "key"])
def test_path_or_key_is_enough(app: App, by: str) -> None:
    room = app.open("a")
    how: dict[str, dict[str, str]] = {
        "path": {"base": "/ns/a"},
        "path and key": {"base": "/ns/a", "key": room.key},
        "key": {"key": room.key},
    }
    assert content(ask(app, **how[by])) == "Hi"
    assert ([e.path for e in room.journal], len(app.journal)) == (["/v1/chat/completions"], 0)


@pytest.mark.parametrize("base", ["/ns/a/v1", "/ns/a"])
def test_paths_go_on_with_v1_or_without(app: App, base: str) -> None:
    app.open("a")
    headers = [(b"authorization", b"Bearer test-key")]
    assert app.handle(Request("GET", f"{base}/models", headers)).status == 200


@pytest.mark.parametrize("base", ["", "/ns/a"])
def test_azures_paths_and_keys_lead_there_too(running: Served, base: str) -> None:
    room = running.app.open("a")
    with openai.AzureOpenAI(
        azure_endpoint=running.url + base, api_key=room.key, api_version="2024-10-21", max_retries=0
    ) as client:
        client.chat.completions.create(**chat("Hello"))
    assert ([e.matched for e in room.journal], len(running.app.journal)) == (["Hello"], 0)


def test_the_path_wins_over_the_key_of_another(app: App) -> None:
    a, b = app.open("a"), app.open("b")
    assert code(ask(app, base="/ns/a", key=b.key)) == (401, "invalid_api_key")
    assert (len(a.journal), len(b.journal)) == (1, 0)


def test_a_namespace_asks_for_a_key_as_the_server_does(app: App) -> None:
    app.open("a")
    assert code(ask(app, base="/ns/a", key="wrong")) == (401, "invalid_api_key")


def test_a_server_that_takes_any_key_takes_any_in_a_namespace() -> None:
    app = app_of({**CONFIG, "api_key": None})
    room = app.open("a")
    assert content(ask(app, base="/ns/a", key="anything")) == "Hi"
    assert content(ask(app, key="anything")) == "Hi"
    assert (len(room.journal), len(app.journal)) == (1, 1)


def test_what_is_too_large_is_refused_in_its_room(running: Served) -> None:
    room = running.app.open("a")
    with running.wire() as wire:
        answer = wire.ask(post(b"x" * 10, f"content-length: {1 << 40}", target="/ns/a/v1/chat/completions"))
    assert answer.status in (400, 413)
    assert len(room.journal) + len(running.app.journal) <= 1
    refused = running.app.refuse(Request("POST", "/ns/a/v1/x", []), ApiError(413, "too large"))
    assert (refused.status, list(room.journal)[-1].status) == (413, 413)


# -- what is its own


def test_sequences_and_journals_are_apart(app: App) -> None:
    rooms = [app.open(name) for name in ("a", "b")]
    assert [content(ask(app, "next", key=room.key)) for room in (*rooms, *rooms)] == ["one", "one", "two", "two"]
    assert content(ask(app, "next")) == "one"
    assert [[e.namespace for e in room.journal] for room in (*rooms, app)] == [["a", "a"], ["b", "b"], [""]]


def test_a_reset_leaves_the_others_alone(app: App) -> None:
    a, b = app.open("a"), app.open("b")
    for room in (a, b):
        ask(app, "next", key=room.key)
    a.reset()
    app.reset()
    assert (len(a.journal), len(b.journal)) == (0, 1)
    assert (content(ask(app, "next", key=a.key)), content(ask(app, "next", key=b.key))) == ("one", "two")


def test_what_one_stores_the_other_does_not_find(running: Served) -> None:
    a, b = running.app.open("a"), running.app.open("b")
    with running.client(api_key=a.key) as client:
        kept = client.chat.completions.create(**chat("Hello"), store=True)
        assert client.chat.completions.retrieve(kept.id).id == kept.id
    for key in (b.key, KEY):
        with running.client(api_key=key) as client, pytest.raises(openai.NotFoundError):
            client.chat.completions.retrieve(kept.id)


def test_limits_are_apart() -> None:
    app = app_of({**CONFIG, "limits": {"requests_per_minute": 1, "per": "all"}})
    keys = [KEY, app.open("a").key, app.open("b").key]
    assert [ask(app, key=key).status for key in (*keys, *keys)] == [200, 200, 200, 429, 429, 429]


def test_settings_of_its_own(app: App) -> None:
    own = app_of({"responses": [flow("Hello", content="Moin")], "organization": "mine"}).settings
    room = app.open("a", own)
    response = ask(app, key=room.key)
    assert (content(response), dict(response.headers())[b"openai-organization"]) == ("Moin", b"mine")
    assert content(ask(app)) == "Hi"


def test_the_script_of_one_can_be_changed_without_the_others(app: App) -> None:
    a, b = app.open("a"), app.open("b")
    a.edit(lambda _: ())
    assert (ask(app, key=a.key).status, ask(app, key=b.key).status, ask(app).status) == (400, 200, 200)


def test_the_clock_is_shared(app: App) -> None:
    assert app.open("a").clock is app.clock


def test_a_configuration_that_is_loaded_later_leaves_open_ones_as_they_are(app: App) -> None:
    room = app.open("a")
    app.load(app_of({"responses": [flow("Bye", content="See you")]}).settings)
    assert (content(ask(app, key=room.key)), content(ask(app, "Bye"))) == ("Hi", "See you")


def test_gates_are_apart_and_all_are_opened_together(app: App) -> None:
    a, b = app.open("a"), app.open("b")
    gates = [room.gates.hold() for room in (a, b, app)]
    ask(app, key=a.key)
    assert [len(gate.held) for gate in gates] == [1, 0, 0]
    app.open_gates()
    assert [room.gates.shut for room in (a, b, app)] == [(), (), ()]


def test_nothing_is_recalled_in_another_room() -> None:
    with serving(STEADY) as served, served.wire() as wire:
        a = served.app.open("a")
        b = served.app.open("b", app_of({"responses": [flow("Hello", content="Moin")]}).settings)
        asked = [post(chat("Hello"), key=key) for key in (a.key, b.key, KEY)]
        asked.append(post(chat("Hello"), target="/ns/b/v1/chat/completions"))
        for _ in range(4):
            said = [wire.ask(request).json["choices"][0]["message"]["content"] for request in asked]
            assert said == ["Hi", "Moin", "Hi", "Moin"]
        assert (len(a.journal), len(b.journal), len(served.app.journal)) == (4, 8, 4)


@pytest.mark.usefixtures("the_fast_path")
def test_a_namespace_answers_from_memory_until_its_script_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    recalled: list[Response] = []
    again = Room.again

    def noted(self: Room, kept: Kept) -> Response | None:
        response = again(self, kept)
        recalled.extend([response] if response else [])
        return response

    monkeypatch.setattr(Room, "again", noted)
    with serving(STEADY) as served, served.wire() as wire:
        room = served.app.open("a")
        asked = post(chat("Hello"), target="/ns/a/v1/chat/completions")
        said = [wire.ask(asked).status for _ in range(4)]
        assert (said, len(recalled) >= 2, len(room.journal)) == ([200] * 4, True, 4)
        before = len(recalled)
        room.edit(lambda _: ())
        assert [wire.ask(asked).status for _ in range(2)] == [400, 400]
        assert len(recalled) == before


def test_the_log_names_it(app: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openai_mock_api.requests")
    room = app.open("a")
    ask(app, key=room.key)
    ask(app)
    first, second = caplog.records
    assert first.getMessage().startswith("[a] POST /v1/chat/completions 200 ")
    assert second.getMessage().startswith("POST ")
    assert (first.__dict__["http"]["namespace"], "namespace" in second.__dict__["http"]) == ("a", False)


# -- late and lost requests


@pytest.mark.parametrize("by", ["path", "key"])
def test_a_late_request_is_told_so_and_kept_for_its_owner(app: App, by: str) -> None:
    room = app.open("a")
    other = app.open("b")
    app.close("a")
    response = ask(app, "next", **({"base": "/ns/a"} if by == "path" else {"key": room.key}))
    assert code(response) == (400, "namespace_closed")
    assert message(response).startswith("The namespace 'a' is closed: its test has ended, and this request came after.")
    assert [(e.namespace, e.json["messages"][0]["content"]) for e in room.late] == [("a", "next")]
    assert (len(room.journal), len(other.journal), len(app.journal)) == (0, 0, 0)
    assert content(ask(app, "next", key=other.key)) == "one"


def test_what_was_in_memory_is_late_too() -> None:
    with serving(STEADY) as served, served.wire() as wire:
        room = served.app.open("a")
        asked = post(chat("Hello"), key=room.key)
        assert [wire.ask(asked).status for _ in range(3)] == [200, 200, 200]
        served.app.close("a")
        assert [wire.ask(asked).error["code"] for _ in range(2)] == ["namespace_closed", "namespace_closed"]
    assert (len(room.journal), len(room.late)) == (3, 2)


def test_the_sdk_does_not_ask_again(running: Served) -> None:
    room = running.app.open("a")
    running.app.close("a")
    with running.client(api_key=room.key, max_retries=2) as client, pytest.raises(openai.BadRequestError):
        client.chat.completions.create(**chat("Hello"))
    assert len(room.late) == 1


def test_an_answer_under_way_ends_after_the_closing(running: Served) -> None:
    room = running.app.open("a")
    with room.gates.hold() as gate, running.wire() as wire:
        wire.send(post(chat("Hello"), key=room.key))
        gate.wait()
        running.app.close("a")
        assert wire.answer().status == 200
    assert len(room.late) == 0


def test_a_name_may_be_used_again_and_the_old_key_stays_closed(app: App) -> None:
    first = app.open("a")
    ask(app, key=first.key)
    app.close("a")
    second = app.open("a")
    assert code(ask(app, key=first.key)) == (400, "namespace_closed")
    assert content(ask(app, base="/ns/a")) == "Hi"
    assert (len(first.journal), len(first.late), len(second.journal)) == (1, 1, 1)


def test_the_oldest_closed_ones_are_forgotten(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "REMEMBERED", 2)
    rooms = [app.open(name) for name in ("a", "b", "c")]
    for room in rooms:
        app.close(room.name)
    codes = [code(ask(app, base=f"/ns/{room.name}")) for room in rooms]
    assert codes == [(404, "namespace_not_found"), (400, "namespace_closed"), (400, "namespace_closed")]
    assert code(ask(app, key=rooms[0].key)) == (401, "invalid_api_key")


def test_closed_ones_hold_so_many_bytes_together(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "a"):
        app.open(name)
        ask(app, base=f"/ns/{name}")
        monkeypatch.setattr(namespaces, "REMEMBERED_BYTES", 2 * app.namespaces.find(name).size)
        app.close(name)
    assert [code(ask(app, base=f"/ns/{name}"))[0] for name in "ab"] == [400, 400]
    app.open("c")
    ask(app, base="/ns/c")
    app.close("c")
    assert [code(ask(app, base=f"/ns/{name}"))[0] for name in "abc"] == [400, 404, 400]


def test_one_that_is_forgotten_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "REMEMBERED", 0)
    with serving(STEADY) as served, served.wire() as wire:
        room = served.app.open("a")
        asked, left = post(chat("Hello"), key=room.key), weakref.ref(room)
        assert [wire.ask(asked).status for _ in range(3)] == [200, 200, 200]
        served.app.close("a")
        del room
        gc.collect()
        assert left() is None


def test_a_forgotten_key_is_nobodys_where_any_is_accepted(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "REMEMBERED", 0)
    app = app_of({**CONFIG, "api_key": None})
    room = app.open("a-b")
    app.close("a-b")
    response = ask(app, key=room.key)
    assert code(response) == (404, "namespace_not_found")
    assert message(response).startswith("There is no namespace 'a-b'. None is open.")


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        ([], "There is no namespace 'tset'. None is open. Open it before it is used."),
        (["test", "a"], "There is no namespace 'tset'. Open are: test, a. Open it before it is used."),
        (
            ["q1", "q2", "test", "t3"],
            "There is no namespace 'tset'. Open are: test, t3, q2. Open it before it is used.",
        ),
    ],
)
def test_an_unknown_name_gets_the_nearest(app: App, opened: list[str], said: str) -> None:
    for name in opened:
        app.open(name)
    response = ask(app, base="/ns/tset")
    assert (code(response), message(response)) == ((404, "namespace_not_found"), said)
    assert [e.status for e in app.journal] == [404]


@pytest.mark.parametrize("path", ["/ns/", "/ns/a", "/ns/a/"])
def test_a_path_without_an_endpoint(app: App, path: str) -> None:
    app.open("a")
    assert app.handle(Request("GET", path, [(b"authorization", b"Bearer test-key")])).status == 404


# -- opening and closing


def test_names_that_were_never_used(app: App) -> None:
    app.open("n2")
    names = [app.open().name for _ in range(3)]
    app.close("n1")
    assert (names, app.open().name) == (["n1", "n3", "n4"], "n5")


def test_keys_name_their_namespace_and_fit_no_other(app: App) -> None:
    key = app.open("a").key
    app.close("a")
    assert key.startswith("sk-mock-a-")
    assert app.open("a").key != key


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a b", "ä", "a" * 101])
def test_names_that_cannot_be(app: App, name: str) -> None:
    with pytest.raises(ApiError, match="cannot be the name of a namespace") as caught:
        app.open(name)
    assert (caught.value.status, caught.value.code) == (400, "invalid_namespace")


def test_a_name_that_is_open(app: App) -> None:
    app.open("a")
    with pytest.raises(ApiError, match="The namespace 'a' is open already") as caught:
        app.open("a")
    assert (caught.value.status, caught.value.code) == (409, "namespace_exists")


def test_no_more_than_the_configuration_allows() -> None:
    app = app_of({**CONFIG, "namespaces": {"max": 2}})
    for name in ("a", "b"):
        app.open(name)
    with pytest.raises(ApiError, match="2 namespaces are open, and no more may be") as caught:
        app.open("c")
    assert caught.value.code == "too_many_namespaces"
    app.close("a")
    assert app.open("c").name == "c"


def test_what_is_not_open_cannot_be_closed(app: App) -> None:
    app.open("a")
    app.close("a")
    with pytest.raises(ApiError, match="no namespace 'a'"):
        app.close("a")


def test_what_is_open(app: App) -> None:
    rooms = [app.open(name) for name in ("b", "a", "c")]
    app.close("a")
    assert [room.name for room in app.namespaces.opened()] == ["b", "c"]
    assert [app.namespaces.is_open(room) for room in rooms] == [True, False, True]


def test_many_at_once_are_apart(running: Served) -> None:
    """Each thread asks in a namespace of its own, by path or key, while others open, change and close theirs."""

    def use(number: int) -> tuple[str, list[str | None], list[str]]:
        room = running.app.open()
        change(room, number)
        base = f"{running.url}/ns/{room.name}/v1" if number % 2 else f"{running.url}/v1"
        with running.client(base_url=base, api_key=room.key) as client:
            said = [client.chat.completions.create(**chat(text)).choices[0].message.content for text in ASKED]
        running.app.close(room.name)
        return f"I am {number}", said, [e.namespace for e in room.journal if e.namespace != room.name]

    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(use, range(40)))
    assert all(said == [own, "one", own, "two"] and not strangers for own, said, strangers in used)
    eventually(lambda: not running.app.namespaces.opened())
    assert len(running.app.journal) == 0


ASKED = ("Hello", "next", "Hello", "next")


def change(room: Room, number: int) -> None:
    own = app_of({"responses": [flow("Hello", content=f"I am {number}")]}).settings.script.flows
    room.edit(lambda script: (*own, *script.flows[1:]))


def test_heads_and_preflights_lead_there_too(running: Served) -> None:
    room = running.app.open("a")
    with running.wire() as wire:
        assert wire.ask(head("HEAD", "/ns/a/v1/models"), "HEAD").status == 200
        assert wire.ask(head("OPTIONS", "/ns/a/v1/models")).headers["access-control-allow-origin"] == "*"
    assert len(room.journal) == 2
