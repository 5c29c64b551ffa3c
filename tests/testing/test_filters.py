from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api import Exchange, anything, assistant, contains, not_, user
from openai_mock_api.http import Request
from openai_mock_api.testing.filters import Filters, Search
from tests.testing.asking import ask, bare_mock, system, tools


def says_yes(_: Exchange) -> bool:
    return True


def says_no(_: Exchange) -> bool:
    return False


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    mock = bare_mock()
    mock.reply("Hi!", id="greeting")
    asked: list[Any] = [system("Be brief"), "first", {"role": "assistant", "content": "x"}, "Hello"]
    more: dict[str, Any] = {
        "tools": tools("f", "g"),
        "seed": 5,
        "metadata": {"plan": "pro"},
        "store": True,
        "stream": True,
    }
    return ask(mock, *asked, headers=[(b"x-tenant", b"acme")], **more)


@pytest.mark.parametrize(
    "filters",
    [
        {"method": "POST"},
        {"path": "*/chat/completions"},
        {"model": "gpt-4*"},
        {"messages": [user("first"), assistant(), user("Hello")]},
        {"user": "Hello"},
        {"user": contains("hell")},
        {"system": contains("brief")},
        {"tools": ["g"]},
        {"stream": True},
        {"header": {"X-Tenant": "ac*", "Authorization": "Bearer test-key"}},
        {"body": {"seed": 5, "metadata.plan": "pro", "metadata": {}}},
        {"status": 200},
        {"where": says_yes},
        {"user": anything, "model": "gpt-4o", "where": says_yes},
    ],
)
def test_what_is_meant(exchange: Exchange, filters: Filters) -> None:
    assert Search(None, filters).fits(exchange)
    assert Search("greeting", filters).fits(exchange)
    assert not Search("other", filters).fits(exchange)


@pytest.mark.parametrize(
    ("filters", "unmet"),
    [
        ({"method": "GET"}, ("method", "GET", "POST")),
        ({"path": "*/models"}, ("path", "*/models", "/v1/chat/completions")),
        ({"model": "o1"}, ("model", "o1", "gpt-4o")),
        ({"messages": [user("Hello")]}, ("messages[0]", "Hello", "first")),
        ({"user": "Bye"}, ("user", "Bye", "Hello")),
        ({"system": "Be kind"}, ("system", "Be kind", "Be brief")),
        ({"tools": ["h"]}, ("tools", "h", "f, g")),
        ({"stream": False}, ("stream", "false", "true")),
        ({"header": {"X-Tenant": "other"}}, ("headers.X-Tenant", "other", "acme")),
        ({"header": {"X-Other": "*"}}, ("headers.X-Other", "*", "nothing")),
        ({"header": {"Authorization": "Bearer other"}}, ("headers.Authorization", "Bearer other", "Bearer ********")),
        ({"body": {"seed": 6}}, ("body.seed", "6", "5")),
        ({"status": 400}, ("status", "400", "200")),
        ({"where": says_no}, ("where", f"{__name__}.says_no says yes", "it says no")),
    ],
)
def test_what_is_not(exchange: Exchange, filters: Filters, unmet: tuple[str, str, str]) -> None:
    (found,) = Search("greeting", filters).unmet(exchange)
    assert (found.name, found.difference.expected, found.difference.got) == unmet


def test_requests_that_are_no_calls() -> None:
    mock = bare_mock()
    mock._room.handle(Request("GET", "/v1/models", [(b"authorization", b"Bearer test-key")]))
    (exchange,) = mock.requests
    assert Search(None, {"path": "/v1/models", "messages": []}).fits(exchange)
    unmet = Search("a", {"user": "x", "model": "*-4o", "body": {"a": 1}}).unmet(exchange)
    assert [(failed.name, failed.difference.got) for failed in unmet] == [
        ("flow", "no match"),
        ("model", ""),
        ("body.a", "nothing"),
        ("user", ""),
    ]


def test_what_is_wanted_in_words() -> None:
    filters: Filters = {
        "model": "gpt-4o",
        "messages": [user("x")],
        "user": contains("x"),
        "system": not_(anything),
        "tools": ["f"],
        "body": {"a": "x" * 200},
        "where": says_yes,
    }
    assert str(Search("a", filters)).splitlines() == [
        "  flow: 'a'",
        "  model: 'gpt-4o'",
        "  messages: 1 message",
        "  user: contains 'x'",
        "  system: not any",
        "  tools: ['f']",
        f"  body: {{'a': '{'x' * 93} …",
        f"  where: {__name__}.says_yes",
    ]
    assert (
        str(Search(None, {"user": not_("x"), "messages": [user("x")] * 2}))
        == "  user: not exact 'x'\n  messages: 2 messages"
    )
