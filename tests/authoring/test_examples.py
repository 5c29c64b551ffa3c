from typing import Any

import pytest

from openai_mock_api.authoring.examples import MOST, Example, examples_of, fits, followed
from openai_mock_api.script.script import Plays
from openai_mock_api.script.search.candidates import Match
from tests.authoring.scripts import settings

LOOP = """\
  - id: loop
    messages:
      - {role: system, content: brief, matcher: contains}
      - {role: user, content: weather, matcher: contains}
      - role: assistant
        tool_calls: [{id: a, function: {name: f}}, {id: b, custom: {name: g, input: x}}]
      - {role: tool, tool_call_id: a, matcher: any}
      - {role: tool, tool_call_id: b, matcher: any}
      - {role: assistant, content: Sunny, matcher: contains}
      - {role: user, content: what is it, parts: [image, audio, file]}
      - {role: assistant, content: A cat}
"""

WHENS: list[dict[str, Any]] = [
    {"model": "gpt-5*"},
    {"model": "*"},
    {"model": ["a?", "b"]},
    {"endpoint": "completions"},
    {"stream": True},
    {"response_format": "json_object"},
    {"response_format": ["json_schema", "text"]},
    {"tools": ["f", "g"]},
    {"headers": {"X-Tenant": "acme-*"}},
    {"body": {"temperature": 0, "metadata.plan": "pro"}},
]


def examples(responses: str, length: int) -> list[Example]:
    return examples_of(settings(responses).script.flows[0], length)


@pytest.mark.parametrize("length", range(1, 9))
def test_every_length_of_a_conversation_has_examples_that_its_flow_answers(length: int) -> None:
    found = examples(LOOP, length)
    script = settings(LOOP).script
    assert found
    assert all(isinstance(script.match(example.call, Plays()), Match) for example in found)
    assert all(len(example.body["messages"]) == length for example in found)


@pytest.mark.parametrize("when", WHENS, ids=str)
def test_examples_fulfil_conditions(when: dict[str, Any]) -> None:
    response = f"  - {{id: a, when: {when}, messages: [{{role: user, content: x}}, {{role: assistant, content: y}}]}}\n"
    (flow,) = settings(response).script.flows
    found = examples_of(flow, 1)
    assert found
    assert all(fits(flow, 1, example.call) for example in found)


@pytest.mark.parametrize(
    "response",
    [
        "  - {id: a, when: {body: {messages.0.name: Ada}}, messages: [{role: user, content: x}, {role: assistant}]}\n",
        "  - {id: a, messages: [{role: user, content: 'a(?!)', matcher: regex}, {role: assistant}]}\n",
        "  - {id: a, when: {body: {messages: 3}}, messages: [{role: user, content: x}, {role: assistant}]}\n",
    ],
)
def test_there_are_none_where_none_is_found(response: str) -> None:
    assert examples(response, 1) == []


def test_examples_differ() -> None:
    found = examples("  - {id: a, messages: [{role: user, content: hi, matcher: contains}, {role: assistant}]}\n", 1)
    assert [str(example) for example in found] == ["user: hi", "user: Please: hi, thanks"]
    assert len(examples("  - {id: a, messages: [{role: user, matcher: any}, {role: assistant}]}\n", 1)) <= MOST


def test_an_example_says_what_its_request_holds_beside_messages() -> None:
    response = (
        "  - {id: a, when: {model: o3, stream: true, headers: {x-a: b}}, "
        "messages: [{role: user, content: hi}, {role: assistant}]}\n"
    )
    assert str(examples(response, 1)[0]) == 'user: hi / model "o3" / stream true / header x-a: b'


def test_a_conversation_can_be_continued() -> None:
    example = examples(LOOP, 1)[0]
    longer = followed(example, [{"role": "user", "content": "x"}])
    assert len(longer.call.messages) == 2
