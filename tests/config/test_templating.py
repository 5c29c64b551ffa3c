from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.config.compiler import compile_script, flow_of
from openai_mock_api.config.load import load_config
from openai_mock_api.config.model import (
    AssistantTurn,
    Audio,
    ConversationMessage,
    CustomTool,
    MockResponse,
    ToolCall,
    ToolFunction,
)
from openai_mock_api.config.templating import Seat, said_in, said_to, templates
from openai_mock_api.errors import ConfigError
from openai_mock_api.script.flows import Turn
from openai_mock_api.script.templates.blanks import Structure, Templated
from openai_mock_api.script.templates.groups import Names, Referring

if TYPE_CHECKING:
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.templates.blanks import Blank

REGEX = ConversationMessage(role="user", content="(?<city>\\w+)", matcher="regex")
PLAIN = ConversationMessage(role="user", content="Hi")


def tool(arguments: Any, *, id: str = "c", **more: Any) -> ToolCall:  # noqa: A002
    return ToolCall(id=id, function=ToolFunction(name="f", arguments=arguments), **more)


def turn(**fields: Any) -> ConversationMessage:
    return ConversationMessage(role="assistant", **fields)


def replies(*messages: ConversationMessage) -> tuple[Reply, ...]:
    """The replies of the last turn of a response."""
    step = flow_of(MockResponse(id="f", messages=list(messages))).steps[-1]
    assert isinstance(step, Turn)
    return step.replies


def filled_in(reply: Reply) -> dict[str | int, Any]:
    """What of a reply is filled in, by field and by place of a tool call."""
    if reply.template is None:
        return {}
    blanks: list[tuple[str | int, Blank]] = [*reply.template.texts.items(), *reply.template.arguments.items()]
    return {key: blank.filling for key, blank in blanks}


# -- what a turn says


def test_the_words_of_a_sound_are_content() -> None:
    spoken = AssistantTurn(content="a", audio=Audio(transcript="b"), refusal="c", reasoning="d")
    silent = AssistantTurn(content="a", audio=Audio(data=""))
    assert [(said.field, said.path, said.value) for said in said_in(spoken)] == [
        ("content", ("audio", "transcript"), "b"),
        ("refusal", ("refusal",), "c"),
        ("reasoning", ("reasoning",), "d"),
    ]
    assert said_in(silent)[0] == ("content", ("content",), "a")


@pytest.mark.parametrize(
    ("call", "path", "value"),
    [
        (tool("{}"), ("function", "arguments"), "{}"),
        (ToolCall(id="c", custom=CustomTool(name="t", input="x")), ("custom", "input"), "x"),
        (ToolCall(id="c"), ("function", "arguments"), None),
    ],
)
def test_what_a_call_says_to_its_tool(call: ToolCall, path: tuple[str, ...], value: object) -> None:
    assert said_to(call) == ("arguments", path, value)


# -- templates


def test_every_text_of_a_turn_is_a_template() -> None:
    calls = [tool("{{ 1 }}"), tool({"a": "x"}, id="d"), ToolCall(id="e", custom=CustomTool(name="t", input="y"))]
    (reply,) = replies(PLAIN, turn(template=True, content="a", reasoning="b", tool_calls=calls))
    assert {key: type(filling) for key, filling in filled_in(reply).items()} == {
        "content": Templated,
        "reasoning": Templated,
        0: Templated,
        1: Structure,
        2: Templated,
    }
    assert reply.template is not None
    assert not reply.template.depends_on_body_alone


def test_arguments_of_functions_must_become_json_unless_they_are_broken_on_purpose() -> None:
    custom = ToolCall(id="e", custom=CustomTool(name="t", input="y"))
    (reply,) = replies(PLAIN, turn(template=True, tool_calls=[tool("{}"), tool("{", broken=True), custom]))
    assert reply.template is not None
    assert [blank.is_json for blank in reply.template.arguments.values()] == [True, False, False]


def test_content_that_is_a_mapping_is_filled_in_as_json() -> None:
    (reply,) = replies(PLAIN, turn(template=True, content={"a": ["{{ 1 }}"]}))
    assert isinstance(filled_in(reply)["content"], Structure)


def test_a_template_says_where_it_is_written() -> None:
    text = """
api_key: k
responses:
  - id: f
    messages:
      - {role: user, content: Hi}
      - role: assistant
        sequence:
          - content: plain
          - template: true
            tool_calls:
              - {id: c, function: {name: f, arguments: {city: '{{ 1 }}'}}}
"""
    loaded = load_config(text)
    step = compile_script(loaded.config, loaded.origins).flows[0].steps[1]
    assert isinstance(step, Turn)
    plain, templated = step.replies
    assert plain.template is None
    assert templated.template is not None
    place = "messages[1].sequence[1].tool_calls[0].function.arguments of response 'f'"
    assert templated.template.arguments[0].place == f"{place} (<config>:12:45)"
    unknown = compile_script(loaded.config).flows[0].steps[1]
    assert isinstance(unknown, Turn)
    assert unknown.replies[1].template is not None
    assert unknown.replies[1].template.arguments[0].place == place


def test_the_choices_of_a_turn_have_templates_of_their_own() -> None:
    choices = [AssistantTurn(content="a", template=True), AssistantTurn(content="b")]
    (reply,) = replies(PLAIN, turn(choices=choices))
    assert [choice.template is None for choice in reply.choices] == [False, True]
    assert reply.choices[0].template is not None
    assert reply.choices[0].template.texts["content"].place == "messages[1].choices[0].content of response 'f'"
    assert reply.template is not None
    assert not reply.template.depends_on_body_alone


# -- references to groups


def test_plain_texts_refer_to_the_groups_of_their_flow() -> None:
    calls = [tool('{"a":"$1"}'), tool({"a": "$<city>"}, id="d"), tool('{"a":1}', id="e")]
    (reply,) = replies(REGEX, turn(content="to ${city}", tool_calls=calls))
    assert {key: type(filling) for key, filling in filled_in(reply).items()} == {
        "content": Referring,
        0: Referring,
        1: Structure,
    }
    assert reply.template is not None
    assert reply.template.depends_on_body_alone


@pytest.mark.parametrize(
    ("arguments", "more", "as_json"),
    [('{"a":"$1"}', {}, True), ({"a": "$1"}, {}, False), ('{"a":"$1', {"broken": True}, False)],
)
def test_what_stands_in_json_text_is_written_as_json(arguments: Any, more: dict[str, Any], as_json: bool) -> None:
    (reply,) = replies(REGEX, turn(tool_calls=[tool(arguments, **more)]))
    filling = filled_in(reply)[0]
    referring = filling.value["a"] if isinstance(filling, Structure) else filling
    assert isinstance(referring, Referring)
    assert [piece.as_json for piece in referring.pieces if not isinstance(piece, str)] == [as_json]


@pytest.mark.parametrize(
    "messages",
    [
        [PLAIN, turn(content="costs $1")],
        [REGEX, turn(content="costs $5")],
        [ConversationMessage(role="user", content="\\w", matcher="regex"), turn(content="$1")],
        [ConversationMessage(role="user", content="(\\d)", matcher="regex", not_=True), turn(content="$1")],
        [ConversationMessage(role="user", content="(\\d)", matcher="contains"), turn(content="$1")],
        [REGEX, turn(error="timeout")],
    ],
)
def test_what_refers_to_no_group_is_not_filled_in(messages: list[ConversationMessage]) -> None:
    assert replies(*messages)[0].template is None


def test_choices_that_refer_to_groups_depend_on_the_body_alone() -> None:
    (reply,) = replies(REGEX, turn(choices=[AssistantTurn(content="$1"), AssistantTurn(content="b")]))
    assert reply.template is not None
    assert reply.template.depends_on_body_alone


def test_a_seat_has_seats_below_it() -> None:
    seat = Seat("f", ("messages", 1), Names()).below("choices", 0)
    assert str(seat) == "messages[1].choices[0] of response 'f'"


# -- problems


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, (("template",), "has no text to fill in; give the turn some, or remove it")),
        ({"content": "{{ cty }}"}, (("content",), "is no template: in line 1 of the text, 'cty' is no name that")),
        ({"content": {"a": ["x", "{% if %}"]}}, (("content", "a", 1), "is no template: in line 1 of the text,")),
        ({"refusal": "a\n{{"}, (("refusal",), "is no template: in line 2 of the text,")),
        ({"tool_calls": [tool("{{")]}, (("tool_calls", 0, "function", "arguments"), "is no template")),
    ],
)
def test_what_is_no_template(fields: dict[str, Any], complaint: tuple[Any, str]) -> None:
    ((path, message),) = templates(AssistantTurn(template=True, **fields))
    assert path == complaint[0]
    assert message.startswith(complaint[1])


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"content": "x\n{{ 1 + }}", "template": True},
            "<config>:7:31  responses[0].messages[1].content: is no template",
        ),
        (
            {"content": "x", "template": True, "sequence": [{"content": "y"}]},
            "responses[0].messages[1].template: goes into the entries of `sequence`",
        ),
        (
            {"content": "x", "template": True, "matcher": "exact"},
            "responses[0].messages[1].matcher: compares with `content`, which is a template",
        ),
    ],
)
def test_problems_are_found_when_a_configuration_is_loaded(fields: dict[str, Any], problem: str) -> None:
    text = f"""
api_key: k
responses:
  - id: f
    messages:
      - {{role: user, content: Hi}}
      - {json.dumps({"role": "assistant", **fields})}
"""
    with pytest.raises(ConfigError) as caught:
        load_config(text)
    assert any(problem in str(found) for found in caught.value.problems), caught.value


def test_only_a_turn_is_a_template() -> None:
    with pytest.raises(ConfigError, match="template: says how the assistant answers"):
        load_config({"responses": [{"id": "f", "messages": [{"role": "user", "content": "x", "template": True}]}]})


def test_arguments_that_are_templates_need_not_be_json_before_they_are_filled_in() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": '{"days": {{ 1 }}}'}}
    said = {"role": "assistant", "template": True, "tool_calls": [call]}
    asked = {"role": "user", "content": "x"}
    load_config({"responses": [{"id": "f", "messages": [asked, said]}]})
    with pytest.raises(ConfigError, match="is not JSON"):
        load_config({"responses": [{"id": "f", "messages": [asked, {**said, "template": False}]}]})
