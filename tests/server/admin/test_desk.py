"""The admin routes, each by what it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.admin import requests as requests_module
from openai_mock_api.server.app import App
from tests.serving import chat, flow, head, post

if TYPE_CHECKING:
    from tests.serving import Served

#: A round moment in 2025, in seconds since the epoch.
MOMENT = 1_738_324_800

COUNTED = {
    "id": "counted",
    "messages": [
        {"role": "user", "content": "next"},
        {"role": "assistant", "sequence": [{"content": "one"}, {"content": "two"}]},
    ],
}
RESPONSES = [flow("Hello", content="Hi"), COUNTED]
BYE = flow("Bye", content="See you")
NEW_HELLO = flow("Hello", content="Moin")


class Asked:
    """Asks an app, or one of its namespaces, as a client of this machine."""

    def __init__(self, app: App, base: str = "") -> None:
        self.app = app
        self.base = base

    def __call__(self, method: str, path: str, body: Any = b"") -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        response = self.app.handle(Request(method, f"{self.base}/_mock{path}", [], data, query))
        return response.status, json.loads(response.body)

    def refusal(self, method: str, path: str, body: Any = b"") -> tuple[int, str, str]:
        status, document = self(method, path, body)
        error = document["error"]
        assert error["type"] in ("invalid_request_error", "server_error")
        return status, error["code"], error["message"]

    def ids(self) -> list[str]:
        return [response["id"] for response in self("GET", "/responses")[1]["responses"]]

    def say(self, text: str, **parameters: Any) -> str:
        """Ask for a completion; return its text, or the code of the error."""
        headers = [(b"authorization", b"Bearer test-key"), (b"content-type", b"application/json")]
        data = json.dumps(chat(text, **parameters)).encode()
        response = self.app.handle(Request("POST", f"{self.base}/v1/chat/completions", headers, data))
        if response.stream is not None:
            return "a stream"
        body = json.loads(response.body)
        said: str = body["choices"][0]["message"]["content"] if response.status == 200 else body["error"]["code"]
        return said


@pytest.fixture(params=["the server", "a namespace"])
def ask(request: pytest.FixtureRequest) -> Asked:
    app = App(Settings.of(load_config({"responses": RESPONSES}).config), Clock(seed=1))
    if request.param == "the server":
        return Asked(app)
    app.open("a")
    return Asked(app, "/ns/a")


# -- responses


def test_responses_are_listed_as_a_configuration_writes_them(ask: Asked) -> None:
    assert ask("GET", "/responses") == (200, {"responses": RESPONSES})


def test_one_response(ask: Asked) -> None:
    assert ask("GET", "/responses/counted") == (200, COUNTED)


@pytest.mark.parametrize(
    "body",
    [
        BYE,
        [BYE],
        {"responses": [BYE]},
        b"id: Bye\nmessages:\n- {role: user, content: Bye}\n- {role: assistant, content: See you}\n",
        b"responses:\n- id: Bye\n  messages: [{role: user, content: Bye}, {role: assistant, content: See you}]\n",
    ],
)
def test_responses_are_added_as_json_or_yaml(ask: Asked, body: Any) -> None:
    assert ask("POST", "/responses", body) == (201, {"responses": [BYE]})
    assert (ask.say("Bye"), ask.ids()) == ("See you", ["Bye", "Hello", "counted"])


def test_json_is_taken_as_it_is(ask: Asked) -> None:
    ask("POST", "/responses", flow("home", content="$${HOME} ${HOME:-x}"))
    assert ask.say("home") == "$${HOME} ${HOME:-x}"


def test_what_was_listed_can_be_sent_back(ask: Asked) -> None:
    listed = ask("GET", "/responses")[1]
    assert ask("PUT", "/responses", listed) == (200, {"responses": RESPONSES})
    assert ask.say("Hello") == "Hi"


def test_all_are_replaced(ask: Asked) -> None:
    assert ask("PUT", "/responses", [BYE]) == (200, {"responses": [BYE]})
    assert (ask.say("Bye"), ask.say("Hello")) == ("See you", "no_match")


def test_one_is_replaced_where_it_stands(ask: Asked) -> None:
    assert ask("PUT", "/responses/Hello", NEW_HELLO) == (200, NEW_HELLO)
    assert (ask.say("Hello"), ask.ids()) == ("Moin", ["Hello", "counted"])


def test_one_is_removed(ask: Asked) -> None:
    assert ask("DELETE", "/responses/Hello") == (200, {"responses": [RESPONSES[0]]})
    assert (ask.say("Hello"), ask.ids()) == ("no_match", ["counted"])


def test_all_are_removed(ask: Asked) -> None:
    assert ask("DELETE", "/responses") == (200, {"responses": []})
    assert (ask.say("Hello"), ask.ids()) == ("no_match", [])


def test_an_id_with_slashes_is_found(ask: Asked) -> None:
    ask("POST", "/responses", {**BYE, "id": "a/b c"})
    assert ask("GET", "/responses/a/b c")[1]["id"] == "a/b c"


def test_the_default_of_the_configuration_holds_for_what_is_added() -> None:
    steps = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "first"}]
    steps += [{"role": "user", "content": "b"}, {"role": "assistant", "content": "last"}]
    app = App(Settings.of(load_config({"responses": RESPONSES, "reply": "last"}).config))
    ask = Asked(app)
    ask("POST", "/responses", {"id": "two", "messages": steps})
    assert ask.say("a") == "last"


NO_RESPONSE = "There is no response 'x'. There are: Hello, counted."


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "said"),
    [
        ("GET", "/responses/x", b"", 404, "response_not_found", NO_RESPONSE),
        ("PUT", "/responses/x", {**BYE, "id": "x"}, 404, "response_not_found", NO_RESPONSE),
        ("DELETE", "/responses/x", b"", 404, "response_not_found", NO_RESPONSE),
        ("PUT", "/responses/Hello", BYE, 400, "invalid_responses", "Send one response, with the id 'Hello'."),
        ("PUT", "/responses/Hello", [], 400, "invalid_responses", "Send one response, with the id 'Hello'."),
        ("POST", "/responses", NEW_HELLO, 400, "invalid_value",
         "there is a response 'Hello' already; ids must be unique"),
        ("PUT", "/responses", [BYE, BYE], 400, "invalid_config",
         "[1].id: 'Bye' is also the id of an earlier response; ids must be unique"),
        ("POST", "/responses", b"- id: a\n  mesages: []", 400, "invalid_config",
         "<config>:2:3  [0].mesages: unknown key; did you mean 'messages'?"),
        ("POST", "/responses", b"", 400, "invalid_config",
         "expected a list of responses, or a mapping with `responses`, got nothing"),
        ("POST", "/responses", {"responses": [BYE], "include": ["a.yaml"]}, 400, "invalid_config",
         "include: no file is read here; put the responses themselves in its place"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed(
    ask: Asked, method: str, path: str, body: Any, status: int, code: str, said: str
) -> None:
    assert ask.refusal(method, path, body) == (status, code, said)
    assert ask.ids() == ["Hello", "counted"]


# -- requests


def test_a_request_with_its_answer(ask: Asked) -> None:
    ask.say("Hello")
    status, document = ask("GET", "/requests")
    (request,) = document["requests"]
    assert (status, document["total"]) == (200, 1)
    assert (request["method"], request["path"], request["json"]) == ("POST", "/v1/chat/completions", chat("Hello"))
    assert (request["status"], request["matched"], request["turn"], request["text"]) == (200, "Hello", 1, "Hi")
    assert request["response_json"]["choices"][0]["message"]["content"] == "Hi"
    assert request["headers"]["authorization"] == "Bearer ********"
    assert request["response_headers"]["x-request-id"] == request["id"]
    assert (request["missed"], request["report"], request["unmet"]) == (False, None, [])
    assert request["namespace"] == ask.base.removeprefix("/ns/")
    assert ask("GET", f"/requests/{request['id']}") == (200, request)


def test_a_stream_is_told_by_its_events(ask: Asked) -> None:
    ask.say("Hello", stream=True)
    (request,) = ask("GET", "/requests")[1]["requests"]
    assert (request["response_json"], request["text"]) == (None, "Hi")
    assert [event["object"] for event in request["events"]] == ["chat.completion.chunk"] * len(request["events"])


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("", ["Hello", "what?", "next"]),
        ("?limit=2", ["what?", "next"]),
        ("?limit=0", []),
        ("?missed=true", ["what?"]),
        ("?missed=false", ["Hello", "next"]),
        ("?matched=counted", ["next"]),
        ("?status=200&limit=1", ["next"]),
        ("?model=gpt-4*", ["Hello", "what?", "next"]),
        ("?model=o1*", []),
        ("?path=/v1/chat/*&method=POST", ["Hello", "what?", "next"]),
        ("?path=/v1/responses", []),
        ("?method=GET", []),
        ("?hung_up=false", ["Hello", "what?", "next"]),
    ],
)
def test_requests_are_asked_for(ask: Asked, query: str, texts: list[str]) -> None:
    for text in ("Hello", "what?", "next"):
        ask.say(text)
    document = ask("GET", f"/requests{query}")[1]
    assert [request["json"]["messages"][0]["content"] for request in document["requests"]] == texts


def test_the_total_counts_what_the_limit_leaves_out(ask: Asked) -> None:
    for _ in range(3):
        ask.say("Hello")
    assert ask("GET", "/requests?limit=1")[1]["total"] == 3


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?mised=true", "Object contains unknown field `mised`"),
        ("?missed=perhaps", "Expected `bool | null`, got `str` - at `$.missed`"),
        ("?limit=-1", "Expected `int` >= 0 - at `$.limit`"),
    ],
)
def test_a_question_that_cannot_be_asked(ask: Asked, query: str, said: str) -> None:
    status, code, message = ask.refusal("GET", f"/requests{query}")
    assert (status, code, message) == (400, "invalid_value", f"GET /_mock/requests: {said}")


def test_a_request_that_the_journal_has_not(ask: Asked) -> None:
    said = "The journal has no request 'req_1'."
    assert ask.refusal("GET", "/requests/req_1") == (404, "request_not_found", said)


def test_admin_requests_are_not_among_them(ask: Asked) -> None:
    ask("GET", "/requests")
    ask("GET", "/nothing")
    assert ask("GET", "/requests")[1] == {"requests": [], "total": 0}
    assert len(ask.app.journal) == 0


def test_requests_are_forgotten_and_sequences_go_on(ask: Asked) -> None:
    assert ask.say("next") == "one"
    assert ask("DELETE", "/requests") == (200, {"done": True})
    assert (ask("GET", "/requests")[1]["total"], ask.say("next")) == (0, "two")


def test_misses_come_with_a_report(ask: Asked) -> None:
    ask.say("Hello")
    ask.say("Hallo")
    document = ask("GET", "/misses")[1]
    (miss,) = document["requests"]
    assert (document["total"], miss["missed"], miss["json"]) == (1, True, chat("Hallo"))
    assert miss["report"].startswith("Nearest responses:\n1. Hello: parted at messages[0] (user, exact)\n")


def test_what_was_expected_in_vain() -> None:
    turn = {"role": "assistant", "content": "Hi", "expect": {"model": "o1"}}
    config = {"responses": [{"id": "a", "messages": [{"role": "user", "content": "Hello"}, turn]}]}
    ask = Asked(App(Settings.of(load_config(config).config)))
    ask.say("Hello")
    (request,) = ask("GET", "/requests")[1]["requests"]
    assert request["unmet"] == ["model: expected o1, got gpt-4o"]


def test_responses_that_answered_nothing(ask: Asked) -> None:
    ask.say("Hello")
    assert ask("GET", "/unused") == (200, {"responses": [COUNTED]})


def test_a_reset_forgets_all_of_it(ask: Asked) -> None:
    ask("POST", "/gates", {"responses": ["counted"]})
    ask("POST", "/responses", BYE)
    ask.say("next")
    assert ask("POST", "/reset") == (200, {"done": True})
    assert (ask.ids(), ask("GET", "/requests")[1]["total"], ask.say("next")) == (["Hello", "counted"], 0, "one")
    assert ask("GET", "/gates")[1] == {"gates": []}


# -- the clock


def test_the_time_is_told_stopped_moved_and_let_go(ask: Asked) -> None:
    assert ask("POST", "/clock/freeze", {"at": MOMENT}) == (200, {"now": MOMENT, "speed": 0.0})
    assert ask("POST", "/clock/advance", {"by": "1h"}) == (200, {"now": MOMENT + 3600, "speed": 0.0})
    assert ask("POST", "/clock/advance", {"by": 0.5})[1]["now"] == MOMENT + 3600.5
    assert ask("GET", "/clock") == (200, {"now": MOMENT + 3600.5, "speed": 0.0})
    assert ask("POST", "/clock/resume")[1]["speed"] == 1
    assert ask("POST", "/clock/scale", {"factor": 0.5})[1]["speed"] == 2
    assert ask("POST", "/clock/reset")[1]["speed"] == 1
    assert ask.app.clock.now() > MOMENT + 3601


def test_the_time_is_stopped_where_it_is(ask: Asked) -> None:
    before = ask.app.clock.now()
    assert before <= ask("POST", "/clock/freeze")[1]["now"] <= ask.app.clock.now()


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("advance", {"by": "soon"}, "expected a duration like '1h', '1m30s' or '200ms', got 'soon'"),
        ("advance", {"by": -1}, "a duration is not negative and has an end, got -1.0"),
        ("advance", {}, "POST /_mock/clock/advance: Object missing required field `by`"),
        ("advance", {"by": 1, "to": 2}, "POST /_mock/clock/advance: Object contains unknown field `to`"),
        ("advance", b"{", "POST /_mock/clock/advance: Input data was truncated"),
        ("advance", b'"\xff"', "POST /_mock/clock/advance: Expected `object`, got `str`"),
        ("scale", {"factor": 0}, "expected a factor that is more than 0, got 0.0"),
        ("freeze", [], "POST /_mock/clock/freeze: Expected `object`, got `array`"),
    ],
)
def test_the_time_cannot_be_moved_so(ask: Asked, path: str, body: Any, said: str) -> None:
    assert ask.refusal("POST", f"/clock/{path}", body) == (400, "invalid_value", said)
    assert not ask.app.clock.moved


# -- gates


def state(id_: str = "gate_1", **changes: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {key: [] for key in ("responses", "came", "held", "cancelled", "expired", "passed")}
    return {"id": id_, "open": False, **nothing, **changes}


def test_a_gate_keeps_an_answer_back_and_lets_it_go(ask: Asked) -> None:
    assert ask("POST", "/gates", {"responses": ["Hello"], "timeout": "1m"}) == (201, state(responses=["Hello"]))
    ask.say("next")
    ask.say("Hello")
    came, passed = ([ask("GET", f"/requests?matched={id_}")[1]["requests"][0]["id"]] for id_ in ("Hello", "counted"))
    seen: dict[str, Any] = {"responses": ["Hello"], "came": came, "passed": passed}
    assert ask("GET", "/gates/gate_1") == (200, state(**seen, held=came))
    assert ask("POST", "/gates/gate_1/release") == (200, state(**seen, open=True))
    assert ask("DELETE", "/gates/gate_1") == (200, state(**seen, open=True))
    assert ask("GET", "/gates") == (200, {"gates": []})


def test_so_many_are_let_go(ask: Asked) -> None:
    ask("POST", "/gates")
    for _ in range(3):
        ask.say("Hello")
    gate = ask("POST", "/gates/gate_1/release", {"count": 2})[1]
    assert (gate["held"], gate["open"]) == (gate["came"][2:], False)


def test_events_are_let_go(ask: Asked) -> None:
    ask("POST", "/gates")
    ask.say("Hello", stream=True)
    gate = ask("POST", "/gates/gate_1/release_chunks", {"count": 1})[1]
    assert gate["held"] == gate["came"]


def test_connections_are_cut(ask: Asked) -> None:
    ask("POST", "/gates")
    ask.say("Hello")
    assert ask("POST", "/gates/gate_1/disconnect")[1]["held"] == []


def test_closing_lets_go_what_is_held(ask: Asked) -> None:
    ask("POST", "/gates")
    ask.say("Hello")
    gate = ask("DELETE", "/gates/gate_1")[1]
    assert (gate["held"], gate["open"], len(gate["came"])) == ([], True, 1)


def test_gates_are_listed(ask: Asked) -> None:
    ask("POST", "/gates", {"responses": ["Hello"]})
    ask.app.namespaces.opened()[0].gates.hold(lambda _: True) if ask.base else ask.app.gates.hold(lambda _: True)
    assert [gate["responses"] for gate in ask("GET", "/gates")[1]["gates"]] == [["Hello"], ["a function"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("DELETE", ""), ("POST", "/release"), ("POST", "/disconnect")],
)
def test_a_gate_that_there_is_not(ask: Asked, method: str, path: str) -> None:
    said = "There is no gate 'gate_7', or it has been closed."
    assert ask.refusal(method, f"/gates/gate_7{path}") == (404, "gate_not_found", said)


def test_a_client_that_hung_up_and_an_answer_that_went_by_itself_are_told(served: Served) -> None:
    with served.wire() as admin, served.wire() as asking, served.wire() as leaving:
        gate = admin.ask(on_this_machine("POST", "/_mock/gates", {"timeout": 0.05})).json
        asking.ask(post(chat("Hello")))
        leaving.send(post(chat("Hello")))
        path = f"/_mock/gates/{gate['id']}"
        while len(admin.ask(on_this_machine("GET", path)).json["came"]) < 2:
            pass
        leaving.reset()
        told = admin.ask(on_this_machine("GET", path)).json
        while not (told["cancelled"] or len(told["expired"]) == 2):
            told = admin.ask(on_this_machine("GET", path)).json
        assert told["expired"][0] == told["came"][0]
        assert [left["request"] for left in told["cancelled"]] in ([], told["came"][1:])
        assert admin.ask(on_this_machine("DELETE", path)).json["expired"] == told["expired"]


def on_this_machine(method: str, path: str, body: Any = None) -> bytes:
    data = b"" if body is None else json.dumps(body).encode()
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data


# -- namespaces


def test_a_namespace_is_opened_shown_and_closed(ask: Asked) -> None:
    status, opened = ask("POST", "/namespaces", {"name": "b"})
    assert (status, opened["name"], opened["path"], opened["open"]) == (201, "b", "/ns/b", True)
    assert opened["key"] == ask.app.namespaces.find("b").key
    inside = Asked(ask.app, "/ns/b")
    assert (inside.say("Hello"), ask("GET", "/namespaces/b")[1]["requests"]) == ("Hi", 1)
    assert opened["name"] in [space["name"] for space in ask("GET", "/namespaces")[1]["namespaces"]]
    assert ask("DELETE", "/namespaces/b")[1]["open"] is False
    assert inside.say("Hello") == "namespace_closed"
    (late,) = ask("GET", "/namespaces/b")[1]["late"]
    assert (late["json"], late["namespace"]) == (chat("Hello"), "b")


def test_a_namespace_without_a_name_gets_one(ask: Asked) -> None:
    assert [ask("POST", "/namespaces")[1]["name"] for _ in range(2)] == ["n1", "n2"]


@pytest.mark.parametrize("config", [{"responses": [NEW_HELLO]}, json.dumps({"responses": [NEW_HELLO]})])
def test_a_namespace_with_a_configuration_of_its_own(ask: Asked, config: Any) -> None:
    ask("POST", "/namespaces", {"name": "b", "config": config})
    assert Asked(ask.app, "/ns/b").say("Hello") == "Moin"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/namespaces", {"name": "a/b"}, 400, "invalid_namespace"),
        ("POST", "/namespaces", {"name": "taken"}, 409, "namespace_exists"),
        ("POST", "/namespaces", {"name": 5}, 400, "invalid_value"),
        ("POST", "/namespaces", {"config": {"responses": []}}, 400, "invalid_config"),
        ("GET", "/namespaces/x", b"", 404, "namespace_not_found"),
        ("DELETE", "/namespaces/x", b"", 404, "namespace_not_found"),
    ],
)
def test_what_is_wrong_with_a_namespace(ask: Asked, method: str, path: str, body: Any, status: int, code: str) -> None:
    ask.app.open("taken")
    assert ask.refusal(method, path, body)[:2] == (status, code)


def test_what_happened_in_a_closed_namespace_is_shown() -> None:
    app = App(Settings.of(load_config({"responses": RESPONSES}).config))
    app.open("a")
    ask = Asked(app, "/ns/a")
    ask.say("Hello")
    app.close("a")
    assert ask("GET", "/requests")[1]["total"] == 1
    assert len(app.namespaces.find("a").late) == 0


def test_admin_routes_of_no_namespace() -> None:
    app = App(Settings.of(load_config({"responses": RESPONSES}).config))
    assert Asked(app, "/ns/x").refusal("GET", "/requests")[:2] == (404, "namespace_not_found")


# -- all routes


def test_an_unknown_route(ask: Asked) -> None:
    path = f"{ask.base}/_mock/request"
    status, code, said = ask.refusal("GET", "/request")
    assert (status, code) == (404, "route_not_found")
    assert said == "There is no admin route GET /_mock/request. GET /_mock/openapi.json describes them.", path


def test_a_wrong_method(ask: Asked) -> None:
    status, code, message = ask.refusal("PATCH", "/requests")
    assert (status, code) == (405, "method_not_supported")
    assert "PATCH on /_mock/requests" in message


def test_too_large_a_body() -> None:
    app = App(Settings.of(load_config({"responses": RESPONSES, "max_body_bytes": 10}).config))
    assert Asked(app).refusal("POST", "/responses", BYE)[0] == 413


def test_a_fault_of_ours(ask: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    ask.say("Hello")
    monkeypatch.setattr(requests_module, "recorded", fail)
    status, document = ask("GET", "/requests")
    assert (status, document["error"]["type"]) == (500, "server_error")
    assert caplog.records[-1].getMessage() == "GET /_mock/requests failed"
    monkeypatch.undo()
    assert ask("GET", "/requests")[0] == 200


def test_browsers_of_other_sites_get_no_permission(served: Served) -> None:
    with served.wire() as wire:
        answer = wire.ask(head("OPTIONS", "/_mock/reset", "origin: https://other.example"))
        assert "access-control-allow-origin" not in answer.headers
        assert answer.status == 403
        answer = wire.ask(on_this_machine("GET", "/_mock/clock"))
        assert (answer.status, "access-control-allow-origin" in answer.headers) == (200, False)
        assert answer.headers["content-type"] == "application/json"
