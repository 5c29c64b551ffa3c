from __future__ import annotations

import pytest

from openai_mock_api.script.flows import Turn
from openai_mock_api.script.matching.conditions import Offers
from openai_mock_api.script.matching.expectations import Expectation, ExpectationError, Said, Schema, Unmet
from openai_mock_api.script.matching.matchers import Contains, Difference
from openai_mock_api.script.messages import Tool
from openai_mock_api.script.replies import Reply
from tests.script.making import call, say

BRIEF = Said("system", "system", Contains.of("brief"))
TOOLS = Offers(("get_weather",))


def test_what_holds_is_not_mentioned() -> None:
    asked = call(say("system", "Be brief"), "Weather?", tools=(Tool("get_weather"),))
    assert Expectation((BRIEF, TOOLS)).unmet(asked) == ()


def test_everything_that_does_not_hold_is_said() -> None:
    unmet = Expectation((BRIEF, TOOLS)).unmet(call("Weather?", tools=(Tool("get_time"),)))
    assert [(failed.name, failed.difference.expected, failed.difference.got) for failed in unmet] == [
        ("system", "brief", ""),
        ("tools", "get_weather", "get_time"),
    ]


def test_texts_of_the_call() -> None:
    asked = call(say("system", "Be brief"), "first", say("system", "and kind"), say("assistant", "x"), "last")
    assert (asked.system, asked.last_user) == ("Be brief\nand kind", "last")
    assert call().last_user == ""


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.mark.parametrize(
    ("expected", "got", "hint"),
    [
        ({"type": "object"}, SCHEMA, None),
        ({"properties": {"city": {}}}, SCHEMA, None),
        ({"properties": {"town": {}}}, SCHEMA, "$.properties.town: missing"),
        ({"type": "object"}, None, ""),
    ],
)
def test_schemas_may_hold_more(expected: dict[str, object], got: dict[str, object] | None, hint: str | None) -> None:
    difference = Schema(expected).difference(call("Hi", schema=got))
    assert (difference and difference.hint) == hint
    if got is None:
        assert difference
        assert difference.got == "no schema"


def test_a_refusal_names_what_is_missing() -> None:
    unmet = (Unmet("tools", Difference("f", "no tools")), Unmet("user", Difference("x", "y", hint="try y")))
    error = ExpectationError("weather", 3, unmet)
    assert (error.status, error.code) == (400, "expectation_failed")
    assert error.message == (
        "The request does not meet what the response 'weather' expects at messages[3]: tools, user\n\n"
        "tools:\n  expected: f\n  got:      no tools\n"
        "user:\n  expected: x\n  got:      y\n  hint:     try y"
    )


def test_a_turn_that_expects_something_looks_at_every_request() -> None:
    plain, expecting = Reply(content="Hi"), Reply(content="Hi", expectation=Expectation((TOOLS,)))
    assert not Turn(replies=(plain,)).counted
    assert Turn(replies=(expecting,)).counted
