from __future__ import annotations

import threading
from typing import Any

from openai_mock_api.http import Request, Response, Stream
from openai_mock_api.journal import NOTABLE, Exchange, Journal
from tests.serving import Served, app_of, chat, flow, head, post, serving


def exchange(id_: str = "req_1", body: bytes = b"", answer: bytes = b"") -> Exchange:
    return Exchange(id_, Request("POST", "/v1/chat/completions", [], body), Response(200, body=answer), 0.0, 0.0)


def ids(journal: Journal) -> list[str]:
    return [kept.id for kept in journal]


# -- the journal


def test_the_oldest_goes_first() -> None:
    journal = Journal(exchanges=3)
    for number in range(5):
        journal.add(exchange(str(number)))
    assert ids(journal) == ["2", "3", "4"]
    assert len(journal) == 3


def test_it_is_bounded_by_bytes_of_requests_and_answers() -> None:
    journal = Journal(size=10)
    for id_, body, answer in [("a", b"1234", b""), ("b", b"12", b"12"), ("c", b"", b"12"), ("d", b"12345678", b"")]:
        journal.add(exchange(id_, body, answer))
    assert ids(journal) == ["c", "d"]


def test_the_newest_is_kept_however_large() -> None:
    journal = Journal(size=10)
    journal.add(exchange("a"))
    journal.add(exchange("b", b"x" * 100))
    assert ids(journal) == ["b"]
    journal.add(exchange("c"))
    assert ids(journal) == ["c"]


def test_it_can_be_cleared() -> None:
    journal = Journal(size=10)
    journal.add(exchange("a", b"x" * 9))
    journal.clear()
    assert ids(journal) == []
    journal.add(exchange("b", b"x" * 9))
    assert ids(journal) == ["b"]


def test_threads_may_use_it_together() -> None:
    journal = Journal(exchanges=50)

    def work(name: int) -> None:
        for number in range(500):
            journal.add(exchange(f"{name}-{number}", b"x"))
            assert len(journal.exchanges()) <= 50
            if number % 100 == 0:
                journal.clear()

    threads = [threading.Thread(target=work, args=[name]) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal._bytes == len(journal)


def test_the_configuration_says_how_much_is_kept() -> None:
    app = app_of({"journal": {"exchanges": 2}, "responses": [flow("Hello", content="Hi")]})
    with serving(app) as served, served.wire() as wire:
        for _ in range(5):
            wire.ask(post(chat("Hello")))
        assert len(app.journal) == 2


def test_a_journal_of_nothing() -> None:
    journal = Journal(exchanges=0)
    journal.add(exchange())
    assert ids(journal) == []


# -- exchanges


def test_what_an_exchange_tells(served: Served) -> None:
    with served.wire() as wire:
        answer = wire.ask(post(chat("Hello"), "x-tenant: acme", target="/v1/chat/completions?a=b"))
    kept = served.last
    assert (kept.method, kept.path, kept.request.query) == ("POST", "/v1/chat/completions", "a=b")
    assert kept.headers["x-tenant"] == "acme"
    assert kept.json == chat("Hello")
    assert (kept.messages, kept.model, kept.stream) == (chat("Hello")["messages"], "gpt-4o", False)
    assert (kept.status, kept.response_json) == (200, answer.json)
    assert kept.response_headers["x-request-id"] == kept.id == answer.headers["x-request-id"]
    assert (kept.matched, kept.turn, kept.missed, kept.events) == ("Hello", 1, False, [])
    assert kept.size == len(kept.body) + len(answer.body)
    assert kept.started > 1e9
    assert 0 <= kept.duration < 5
    assert repr(kept) == "<Exchange POST /v1/chat/completions 200 Hello>"


def test_a_stream_in_the_journal(served: Served) -> None:
    with served.wire() as wire:
        events = wire.ask(post(chat("Hello", stream=True))).events
    assert served.last.stream
    assert [*served.last.events, "[DONE]"] == events
    assert served.last.chunks_sent == len(events) - 1
    assert served.last.response_json is None


def test_a_miss_in_the_journal(fast: Served) -> None:
    with fast.wire() as wire:
        wire.ask(post(chat("nobody says this")))
    assert (fast.last.matched, fast.last.turn, fast.last.missed) == (None, None, True)
    assert repr(fast.last) == "<Exchange POST /v1/chat/completions 400>"


def test_keys_are_masked(served: Served) -> None:
    secrets = ["Authorization: Bearer sk-1-secret", "api-key: sk-2-secret", "X-API-Key: sk-3-secret"]
    more = ["cookie: a=sk-4-secret; b=c", "proxy-authorization: Basic sk-5-secret"]
    with served.wire() as wire:
        wire.ask(head("GET", "/v1/models", *secrets, *more, key=None))
    assert served.last.headers["authorization"] == "Bearer ********"
    assert served.last.headers["api-key"] == "********"
    assert "secret" not in str(served.last.headers)
    assert "secret" not in repr(served.last)
    assert "secret" not in repr(served.last.request)
    assert "secret" not in repr(served.last.response)
    assert "secret" not in str(served.last.response_json)


def test_a_body_that_is_no_json(fast: Served) -> None:
    bodies: list[Any] = [b"{", b"\xff", b"[" * 100_000, b"[]", b"", {"messages": 5, "model": [1]}]
    with fast.wire() as wire:
        for body in bodies:
            wire.ask(post(body))
            assert (fast.last.messages, fast.last.model, fast.last.stream) == ([], None, False)
    assert [kept.json for kept in fast.app.journal] == [None, None, None, [], None, bodies[-1]]


def test_events_that_were_never_sent_are_there() -> None:
    stream = Stream((b'{"a":1}\n\n', b"no JSON\n\n"), b"data: ", b"data: [DONE]\n\n")
    kept = Exchange("req_1", Request("POST", "/", []), Response(200, stream=stream), 0.0, 0.0)
    assert kept.events == [{"a": 1}, None]
    assert (kept.chunks_sent, kept.finished, kept.hung_up) == (0, False, False)


# -- what requests and answers say


def test_the_request_in_words(fast: Served) -> None:
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    messages = [{"role": "developer", "content": "Be brief"}, {"role": "user", "content": "Hello"}]
    with fast.wire() as wire:
        wire.ask(post({"model": "gpt-4o", "messages": messages, "tools": tools}))
    assert (fast.last.user, fast.last.system, fast.last.tools) == ("Hello", "Be brief", ["get_weather"])
    assert [(message.role, message.text) for message in fast.last.conversation] == [
        ("system", "Be brief"),
        ("user", "Hello"),
    ]


def test_a_request_that_says_nothing(fast: Served) -> None:
    with fast.wire() as wire:
        wire.ask(head("GET", "/v1/models"))
    assert (fast.last.user, fast.last.system, fast.last.tools, fast.last.conversation) == ("", "", [], [])
    assert (fast.last.text, fast.last.tool_calls, fast.last.finish_reason, fast.last.error) == (None, (), None, None)


def test_the_answer_in_words_streamed_or_not(fast: Served) -> None:
    for stream in (False, True):
        with fast.wire() as wire:
            wire.ask(post(chat("both", stream=stream)))
        assert fast.last.text == "Let me look."
        assert [(call.name, call.arguments) for call in fast.last.tool_calls] == [("get_weather", '{"city":"Paris"}')]
        assert fast.last.finish_reason == "tool_calls"
        assert fast.last.answer["object"] == "chat.completion"


def test_an_error_in_words(fast: Served) -> None:
    with fast.wire() as wire:
        wire.ask(post(chat("limit")))
    assert fast.last.error
    assert fast.last.error["code"] == "rate_limit_exceeded"
    assert fast.last.text is None


# -- what a test wants to hear of


def test_what_is_notable_outlives_the_rest() -> None:
    journal = Journal(exchanges=2)
    for number in range(6):
        added = exchange(str(number))
        added.response.notable = number in (1, 5)
        journal.add(added)
    assert [kept.id for kept in journal.notable()] == ["1", "5"]
    assert journal.forgotten == 4
    journal.clear()
    assert (journal.notable(), journal.forgotten) == ([], 0)


def test_what_is_notable_is_bounded_too() -> None:
    journal = Journal(exchanges=1)
    for number in range(NOTABLE + 50):
        added = exchange(str(number))
        added.response.notable = True
        journal.add(added)
    assert len(journal.notable()) == NOTABLE + 1


def test_who_waits_is_told() -> None:
    journal, told = Journal(), []
    journal.add(exchange("a"))
    journal.ring = lambda: told.append(len(journal))
    journal.add(exchange("b"))
    assert told == [2]
