from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.config.items import completed
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import Citation, Reply
from openai_mock_api.surfaces.responses.output import encrypted
from tests.surfaces.responding import output, rendered, whole

WEATHER = ToolCall("call_1", "get_weather", '{"city":"Paris"}')
SHOUT = ToolCall("call_2", "shout", "loud", "custom")
SEARCH = completed(
    {
        "type": "web_search_call",
        "action": {"type": "search", "query": "x", "sources": [{"type": "url", "url": "http://a"}]},
    }
)


def text(content: str, **fields: Any) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": content, **fields}


def message(*content: Any, status: str = "completed") -> dict[str, Any]:
    return {"type": "message", "status": status, "content": list(content), "role": "assistant"}


WEATHER_ITEM = {
    "type": "function_call",
    "status": "completed",
    "arguments": '{"city":"Paris"}',
    "call_id": "call_1",
    "name": "get_weather",
}
SHOUT_ITEM = {"type": "custom_tool_call", "call_id": "call_2", "input": "loud", "name": "shout"}
THOUGHT = {"type": "reasoning", "summary": []}

OUTPUTS: list[tuple[Reply, list[Any]]] = [
    (Reply(content="Hi"), [message(text("Hi"))]),
    (Reply(content=""), [message(text(""))]),
    (Reply(), [message(text(""))]),
    (Reply(refusal="No."), [message({"type": "refusal", "refusal": "No."})]),
    (Reply(tool_calls=(WEATHER, SHOUT)), [WEATHER_ITEM, SHOUT_ITEM]),
    (Reply(content="Wait.", tool_calls=(WEATHER,)), [message(text("Wait.")), WEATHER_ITEM]),
    (Reply(content="Hi", reasoning="Hm."), [THOUGHT, message(text("Hi"))]),
    (Reply(reasoning="Hm.", tool_calls=(WEATHER,)), [THOUGHT, WEATHER_ITEM]),
    (Reply(choices=(Reply(content="one"), Reply(content="two"))), [message(text("one"))]),
]


@pytest.mark.parametrize(("reply", "items"), OUTPUTS)
def test_a_turn_becomes_items(reply: Reply, items: list[Any]) -> None:
    assert output(reply) == items


def test_a_source_is_told_with_its_place() -> None:
    reply = Reply(content="It is so.", annotations=(Citation("http://a", "A", "is"),))
    citation = {"type": "url_citation", "start_index": 3, "end_index": 5, "title": "A", "url": "http://a"}
    assert output(reply) == [message(text("It is so.", annotations=[citation]))]


def test_probabilities_are_told_to_those_who_include_them() -> None:
    parameters = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    [item] = output(Reply(content="Hi you"), **parameters)
    first, second = item["content"][0]["logprobs"]
    assert (first["token"], second["token"]) == ("Hi", " you")
    assert first["bytes"] == list(b"Hi")
    assert len(first["top_logprobs"]) == 2
    [refusal] = output(Reply(refusal="No."), **parameters)
    assert refusal["content"] == [{"type": "refusal", "refusal": "No."}]


# -- what is thought


THOUGHTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"reasoning": {"summary": "auto"}}, {"summary": [{"type": "summary_text", "text": "Hm."}]}),
    ({"include": ["reasoning.encrypted_content"]}, {"encrypted_content": encrypted("Hm.")}),
    ({"model": "gpt-oss-20b"}, {"content": [{"type": "reasoning_text", "text": "Hm."}]}),
]


@pytest.mark.parametrize(("parameters", "fields"), THOUGHTS)
def test_thoughts_are_shown_to_those_who_ask(parameters: dict[str, Any], fields: dict[str, Any]) -> None:
    assert output(Reply(content="Hi", reasoning="Hm."), **parameters)[0] == {**THOUGHT, **fields}


def test_what_is_encrypted_does_not_show_the_text() -> None:
    assert encrypted("Hm.") == encrypted("Hm.") != encrypted("Hm!")
    assert encrypted("secret " * 9).startswith("gAAAAAB")


# -- what is cut


def test_what_the_limit_cuts_before_the_first_word_says_nothing() -> None:
    answer = whole(Reply(content="Hi", reasoning="one two three"), max_output_tokens=2)
    assert [item["type"] for item in answer["output"]] == ["reasoning"]
    assert answer["status"] == "incomplete"


def test_a_call_that_is_cut_is_incomplete() -> None:
    [item] = output(Reply(tool_calls=(WEATHER,)), max_output_tokens=7)
    assert item["status"] == "incomplete"
    assert WEATHER.arguments.startswith(item["arguments"])
    assert item["arguments"] != WEATHER.arguments


def test_what_was_said_before_the_cut_is_complete() -> None:
    items = output(Reply(content="Wait.", tool_calls=(WEATHER,), finish_reason="content_filter"))
    assert [item["status"] for item in items] == ["completed", "incomplete"]


# -- items of built-in tools


def kinds(reply: Reply, **parameters: Any) -> list[str]:
    return [item["type"] for item in output(reply, **parameters)]


THINKING, SAYING, CALLING = {"type": "reasoning"}, {"type": "message"}, {"type": "function_call"}

ORDERS: list[tuple[tuple[Any, ...], list[str]]] = [
    ((SEARCH,), ["reasoning", "web_search_call", "message", "function_call"]),
    ((SAYING, SEARCH), ["reasoning", "message", "web_search_call", "function_call"]),
    ((SEARCH, THINKING), ["web_search_call", "reasoning", "message", "function_call"]),
    ((CALLING, SEARCH, SAYING), ["reasoning", "function_call", "web_search_call", "message"]),
]


@pytest.mark.parametrize(("items", "order"), ORDERS)
def test_items_stand_before_the_text_unless_the_turn_orders_them(items: tuple[Any, ...], order: list[str]) -> None:
    assert kinds(Reply(content="Hi", reasoning="Hm.", tool_calls=(WEATHER,), items=items)) == order


def test_a_place_of_nothing_is_empty() -> None:
    assert kinds(Reply(content="Hi", items=(THINKING, CALLING, SEARCH))) == ["web_search_call", "message"]


def test_items_alone_say_no_empty_text() -> None:
    assert kinds(Reply(items=(SEARCH,))) == ["web_search_call"]
    assert kinds(Reply(items=(SEARCH,), refusal="No.")) == ["web_search_call", "message"]
    assert kinds(Reply(items=(SEARCH,), content="")) == ["web_search_call", "message"]


HIDDEN: list[tuple[dict[str, Any], str, Any]] = [
    ({"type": "file_search_call", "queries": ["q"], "results": [{"text": "t"}]}, "results", None),
    ({"type": "code_interpreter_call", "code": "1", "outputs": [{"type": "logs", "logs": "1"}]}, "outputs", None),
    (SEARCH, "action", {"type": "search", "query": "x"}),
]


@pytest.mark.parametrize(("item", "field", "hidden"), HIDDEN)
def test_some_parts_are_sent_on_request_only(item: dict[str, Any], field: str, hidden: Any) -> None:
    item = completed(item)
    name = {"action": "web_search_call.action.sources"}.get(field, f"{item['type']}.{field}")
    assert output(Reply(items=(item,)))[0][field] == hidden
    assert output(Reply(items=(item,)), include=[name])[0] == item


def test_the_turn_may_choose_ids() -> None:
    item = completed({"type": "shell_call", "id": "sh_1", "call_id": "c", "action": {"commands": ["ls"]}})
    assert whole(Reply(items=(item,)))["output"] == [item]


def test_a_call_of_the_client_gets_an_id() -> None:
    item = completed({"type": "shell_call", "action": {"commands": ["ls"]}})
    [found] = output(Reply(items=(item,)))
    assert found["call_id"].startswith("call_")


def test_ids_differ_within_a_response_and_share_their_beginning() -> None:
    answer = whole(Reply(content="Hi", tool_calls=(WEATHER,)))
    first, second = (item["id"].partition("_")[2] for item in answer["output"])
    assert answer["id"] == f"resp_{first[:-2]}00"
    assert second[:-2] == first[:-2]


def test_control_characters_of_a_text_are_no_marks() -> None:
    content = "\x00 \x01 \x02 \x03 \x04"
    assert output(Reply(content=content))[0]["content"][0]["text"] == content
    assert b"\x01" not in rendered(Reply(content=content)).body
