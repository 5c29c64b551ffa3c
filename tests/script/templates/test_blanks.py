from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.clock import Clock
from openai_mock_api.errors import ScriptError
from openai_mock_api.script.flows import Turn
from openai_mock_api.script.matching.matchers import Regex
from openai_mock_api.script.messages import Call, ToolCall
from openai_mock_api.script.replies import Reply
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.templates.blanks import Blank, Structure, Template, Templated, filled, filling_of
from openai_mock_api.script.templates.bounds import CHARACTERS, FillingError
from openai_mock_api.script.templates.groups import Names, Referring, referring
from openai_mock_api.script.templates.scene import Scene
from tests.script.making import call, flow, user

EVERYTHING = user(Regex.of("(?<all>[\\s\\S]*)"))


def match_of(reply: Reply, called: Call, plays: Plays | None = None, **more: Any) -> Match:
    match = Script([flow("f", EVERYTHING, Turn(replies=(reply,), **more))]).match(called, plays or Plays())
    assert isinstance(match, Match)
    return match


def scene(text: str = "Hi") -> Scene:
    called = call(text)
    return Scene(called, match_of(Reply(), called), 0, Clock(1))


def blank(text: str, *, is_json: bool = False) -> Blank:
    return Blank(Templated.of(text), "content of f", is_json)


def answer(reply: Reply, text: str = "Hi", played: int = 0, choices: int = 1) -> Reply:
    called = call(text, choices=choices)
    return filled(reply, called, match_of(reply, called), played, Clock(1))


# -- fillings


def test_a_template_gets_what_it_names() -> None:
    assert Templated.of("{{ last_user }}{{ match.all }} {{ turn.number }}").fill(scene("x")) == "xx 1"


def test_a_text_without_names_gets_nothing() -> None:
    assert Templated.of("just text").fill(scene()) == "just text"


def test_what_is_no_template_is_refused_at_once() -> None:
    with pytest.raises(FillingError, match="unexpected"):
        Templated.of("{{ } }}")


def test_a_structure_becomes_json() -> None:
    filling = filling_of({"a": ["{{ last_user }}", 1, None], "{{ b }}": {"c": "x"}}, Templated.of)
    assert isinstance(filling, Structure)
    assert json.loads(filling.fill(scene('say "x"'))) == {"a": ['say "x"', 1, None], "{{ b }}": {"c": "x"}}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_stands_in_a_structure_stays_json(text: str) -> None:
    filling = filling_of(["{{ last_user }}"], Templated.of)
    assert filling is not None
    assert json.loads(filling.fill(scene(text))) == [text]


@pytest.mark.parametrize("value", [None, "", "plain", 3, [], {}, {"a": ["plain", 1]}, msgspec.UNSET])
def test_what_refers_to_nothing_is_not_filled_in(value: object) -> None:
    assert filling_of(value, lambda text: referring(text, Names(1))) is None


def test_references_in_a_structure_are_filled_in_beside_plain_texts() -> None:
    filling = filling_of({"a": "$1", "b": "plain"}, lambda text: referring(text, Names(1)))
    assert filling is not None
    assert filling.fill(scene('"x"')) == '{"a":"\\"x\\"","b":"plain"}'


# -- replies


def test_every_text_of_a_reply_is_filled_in() -> None:
    calls = (ToolCall("c1", "f", "?"), ToolCall("c2", "g", "{}"), ToolCall("c3", "h", "?"))
    texts = {name: blank(f"{name} {{{{ last_user }}}}") for name in ("content", "refusal", "reasoning")}
    arguments = {0: blank("{{ {'x': last_user}|tojson }}", is_json=True), 2: blank("{{ last_user }}")}
    reply = Reply(content="?", tool_calls=calls, template=Template(texts=texts, arguments=arguments))
    said = answer(reply, "now")
    assert (said.content, said.refusal, said.reasoning) == ("content now", "refusal now", "reasoning now")
    assert [c.arguments for c in said.tool_calls] == ['{"x":"now"}', "{}", "now"]
    assert [c.id for c in said.tool_calls] == ["c1", "c2", "c3"]


def test_a_filled_reply_is_one_of_its_own() -> None:
    reply = Reply(content="?", model="m", template=Template(texts={"content": blank("{{ last_user }}")}))
    reply.rendered["kept"] = "by a surface"
    said = answer(reply)
    assert (said.model, said.template, said.rendered) == ("m", None, {})
    assert reply.content == "?"


def test_the_choices_of_a_reply_are_filled_in() -> None:
    templated = Reply(content="?", template=Template(texts={"content": blank("{{ last_user }}")}))
    said = answer(Reply(choices=(templated, Reply(content="plain")), template=Template()), choices=2)
    assert [choice.content for choice in said.choices] == ["Hi", "plain"]


def test_choices_that_are_not_asked_for_are_not_filled_in() -> None:
    failing = Reply(content="?", template=Template(texts={"content": blank("{{ 1 / 0 }}")}))
    reply = Reply(choices=(Reply(content="plain"), failing), template=Template())
    assert [choice.content for choice in answer(reply).choices] == ["plain"]
    with pytest.raises(ScriptError, match="division by zero"):
        answer(reply, choices=2)


def test_how_often_the_turn_has_answered_is_told() -> None:
    reply = Reply(template=Template(texts={"content": blank("{{ turn.answered }}")}))
    assert answer(reply, played=4).content == "4"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\n{{ match.nope }}", "in line 2 of the text, the mapping has no 'nope'"),
        ("{{ 'x' * 10 ** 9 }}", "in line 1 of the text, a value gets larger than"),
        ("{{ '\\ud800' }}", "'utf-8' codec can't encode"),
        ("x" * (CHARACTERS + 1), "the answer gets longer than 1,000,000 characters"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_an_error_of_the_script(source: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        answer(Reply(template=Template(texts={"content": blank(source)})))
    assert caught.value.status == 400
    assert caught.value.message.startswith(f"Cannot fill in content of f: {message}")
    assert caught.value.message.endswith("Correct it there.")


@pytest.mark.parametrize("text", ['{"a": {{ last_user }}}', "{{ '[' * 5000 }}", ""])
def test_arguments_must_become_json(text: str) -> None:
    reply = Reply(tool_calls=(ToolCall("c", "f", "?"),), template=Template(arguments={0: blank(text, is_json=True)}))
    with pytest.raises(ScriptError, match=r"is not JSON.*`tojson` writes any value as JSON, and `broken: true`"):
        answer(reply)


def test_half_a_surrogate_pair_in_a_structure_is_an_error_too() -> None:
    filling = filling_of(["{{ '\\ud800' }}"], Templated.of)
    assert filling is not None
    with pytest.raises(ScriptError, match="can't encode"):
        answer(Reply(template=Template(texts={"content": Blank(filling, "content of f")})))


def test_the_texts_of_one_answer_share_their_bounds() -> None:
    half = "x" * (CHARACTERS // 2 + 1)
    texts = {"content": blank(half), "reasoning": blank(half)}
    with pytest.raises(ScriptError, match="longer than"):
        answer(Reply(template=Template(texts=texts)))


# -- what a script remembers


def test_a_turn_with_a_template_is_counted_unless_the_body_says_all() -> None:
    plain, varying, steady = Reply(), Reply(template=Template()), Reply(template=Template(depends_on_body_alone=True))
    flows = [flow(str(i), user("x"), Turn(replies=(reply,))) for i, reply in enumerate((plain, varying, steady))]
    assert [step.counted for f in flows for step in f.steps if isinstance(step, Turn)] == [False, True, False]
    assert [f.depends_on_body_alone for f in flows] == [True, False, True]


def test_references_depend_on_the_body_alone() -> None:
    assert isinstance(referring("$1", Names(1)), Referring)
    reply = Reply(template=Template(texts={"content": Blank(Referring(("a",)), "")}, depends_on_body_alone=True))
    assert match_of(reply, call("x")).flow.depends_on_body_alone
