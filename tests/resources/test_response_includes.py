"""What a response shows to those who ask for it when they retrieve it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.resources.talking import Talk
from tests.serving import flow

SOURCES: Final = [{"type": "url", "url": "https://example.com"}]
RESULTS: Final = [{"file_id": "file_1", "filename": "a.txt", "score": 0.5, "text": "t", "attributes": {}}]
OUTPUTS: Final = [{"type": "logs", "logs": "20"}]
ITEMS: Final = [
    {"type": "web_search_call", "action": {"type": "search", "query": "q", "sources": SOURCES}},
    {"type": "file_search_call", "queries": ["q"], "results": RESULTS},
    {"type": "code_interpreter_call", "code": "print(20)", "outputs": OUTPUTS},
]
BUILT_IN: Final = flow("Look", content="Found.", reasoning="Where?", items=ITEMS)
PROBABLE: Final = flow("Guess", content="One two", logprobs=[-0.5])
EVERYTHING: Final = "&".join(
    f"include[]={name}"
    for name in (
        "web_search_call.action.sources",
        "file_search_call.results",
        "code_interpreter_call.outputs",
        "message.output_text.logprobs",
    )
)


def talk() -> Talk:
    return Talk(responses=[BUILT_IN, PROBABLE, flow("Slow", delay=10, items=ITEMS)])


def shown(response: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return the sources, results and outputs that a response shows."""
    items = {item["type"]: item for item in response["output"]}
    return (
        items["web_search_call"]["action"].get("sources"),
        items["file_search_call"]["results"],
        items["code_interpreter_call"]["outputs"],
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web_search_call.action.sources", (SOURCES, None, None)),
        ("file_search_call.results", (None, RESULTS, None)),
        ("code_interpreter_call.outputs", (None, None, OUTPUTS)),
        ("message.input_image.image_url", (None, None, None)),
    ],
)
@pytest.mark.parametrize("background", [True, False])
def test_a_part_is_shown_on_request(name: str, expected: tuple[Any, Any, Any], background: bool) -> None:
    asking = talk()
    created = asking.say("Look", background=background)
    path = f"/responses/{created['id']}"
    plain = asking.get(path)
    assert shown(plain) == (None, None, None)
    assert shown(asking.get(path, f"include[]={name}")) == expected
    assert shown(asking.say("Look", include=[name])) == expected
    assert asking.get(path) == plain


def test_what_it_was_created_with_stays() -> None:
    asking = talk()
    created = asking.say("Look", include=["file_search_call.results"])
    path = f"/responses/{created['id']}"
    assert asking.get(path) == created
    assert shown(asking.get(path, "include=code_interpreter_call.outputs")) == (None, RESULTS, OUTPUTS)


def test_probabilities_are_those_of_a_new_answer() -> None:
    asking = talk()
    wanted = asking.say("Guess", include=["message.output_text.logprobs"], top_logprobs=2)
    plain = asking.say("Guess", top_logprobs=2)
    told = asking.get(f"/responses/{plain['id']}", "include[]=message.output_text.logprobs")
    assert plain["output"][0]["content"][0]["logprobs"] == []
    assert told["output"][0]["content"] == wanted["output"][0]["content"]
    assert told["output"][0]["content"][0]["logprobs"][0]["logprob"] == -0.5


def test_encrypted_thoughts_are_kept_to_those_who_create() -> None:
    asking = talk()
    created = asking.say("Look", include=["reasoning.encrypted_content"])
    assert created["output"][0]["encrypted_content"]
    assert asking.error("GET", f"/responses/{created['id']}", None, "include=reasoning.encrypted_content") == (
        400,
        "Encrypted content cannot be requested for persisted responses.",
        "include",
        None,
    )


def test_what_is_still_to_come_is_not_shown() -> None:
    asking = talk()
    path = f"/responses/{asking.say('Slow', background=True)['id']}"
    assert asking.get(path, EVERYTHING)["output"] == []
    asking.ask("POST", f"{path}/cancel")
    asking.clock.advance(60)
    assert asking.get(path, EVERYTHING)["output"] == []
    following = asking.send("POST", "/responses", {"model": "gpt-5", "input": "x", "previous_response_id": path[11:]})
    assert b"file_search_call" not in following.body


@pytest.mark.parametrize("conversation", [True, False])
def test_items_of_earlier_turns_show_them_on_request(conversation: bool) -> None:
    asking = Talk(responses=[BUILT_IN], unmatched="echo")
    if conversation:
        id_ = asking.ask("POST", "/conversations")["id"]
        asking.say("Look", conversation=id_)
        path = f"/conversations/{id_}/items"
    else:
        following = asking.say("And?", previous_response_id=asking.say("Look")["id"])
        path = f"/responses/{following['id']}/input_items"
    items = {item["type"]: item for item in asking.get(path)["data"]}
    assert "sources" not in items["web_search_call"]["action"]
    assert not items["file_search_call"].keys() & {"results", "encrypted_content"}
    query = f"{EVERYTHING}&include[]=reasoning.encrypted_content"
    items = {item["type"]: item for item in asking.get(path, query)["data"]}
    assert shown({"output": list(items.values())}) == (SOURCES, RESULTS, OUTPUTS)
    assert items["reasoning"]["encrypted_content"]
