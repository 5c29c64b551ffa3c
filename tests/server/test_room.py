"""A room's script can be changed while it answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.config.compiler import flow_of
from openai_mock_api.config.load import load_config, load_responses
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.room import Room
from tests.serving import chat, flow

if TYPE_CHECKING:
    from openai_mock_api.script.flows import Flow

COUNTED = {
    "id": "counted",
    "messages": [
        {"role": "user", "content": "next"},
        {"role": "assistant", "sequence": [{"content": "one"}, {"content": "two"}, {"content": "three"}]},
    ],
}


def flows(*responses: dict[str, Any]) -> list[Flow]:
    return [flow_of(response) for response in load_responses(list(responses)).config.responses]


@pytest.fixture
def room() -> Room:
    config = {"api_key": None, "responses": [flow("Hello", content="Hi"), COUNTED]}
    return Room(Settings.of(load_config(config).config))


def said(room: Room, text: str) -> Any:
    response = room.handle(Request("POST", "/v1/chat/completions", [], json.dumps(chat(text)).encode()))
    body = json.loads(response.body)
    return body["choices"][0]["message"]["content"] if response.status == 200 else body["error"]["code"]


def ids(room: Room) -> list[str]:
    return [flow.id for flow in room.answering.script.flows]


def test_a_flow_is_added(room: Room) -> None:
    room.add(flows(flow("Bye", content="See you")))
    assert (said(room, "Bye"), said(room, "Hello")) == ("See you", "Hi")


def test_what_is_added_wins_over_what_fits_as_well(room: Room) -> None:
    room.add(flows(flow("Hello", id="newer", content="Hi again")))
    room.add(flows(flow("Hello", id="newest", content="Yes?"), flow("Hello", id="next to it", content="No")))
    assert (said(room, "Hello"), ids(room)) == ("Yes?", ["newest", "next to it", "newer", "Hello", "counted"])


def test_adding_leaves_sequences_where_they_are(room: Room) -> None:
    assert said(room, "next") == "one"
    room.add(flows(flow("Bye", content="See you")))
    assert said(room, "next") == "two"


@pytest.mark.parametrize("added", [[flow("Hello", content="x")], [flow("a", content="x"), flow("a", content="y")]])
def test_an_id_that_is_taken_changes_nothing(room: Room, added: list[dict[str, Any]]) -> None:
    made = [new for response in added for new in flows(response)]
    with pytest.raises(ValueError, match="ids must be unique"):
        room.add(made)
    assert (ids(room), said(room, "Hello")) == (["Hello", "counted"], "Hi")


def test_an_exchanged_flow_starts_its_sequence_again_and_the_others_go_on(room: Room) -> None:
    room.add(
        flows({**COUNTED, "id": "other", "messages": [{"role": "user", "content": "more"}, COUNTED["messages"][1]]})
    )
    assert (said(room, "next"), said(room, "more")) == ("one", "one")
    (new,) = flows(COUNTED)
    room.edit(lambda script: [new if flow.id == "counted" else flow for flow in script.flows])
    assert (said(room, "next"), said(room, "more")) == ("one", "two")


def test_a_change_that_fails_changes_nothing(room: Room) -> None:
    with pytest.raises(ZeroDivisionError):
        room.edit(lambda _: [1 / 0])  # type: ignore[list-item]
    assert said(room, "Hello") == "Hi"


def test_a_reset_brings_the_configured_script_back(room: Room) -> None:
    room.edit(lambda _: flows(flow("Bye", content="See you")))
    assert said(room, "Hello") == "no_match"
    room.reset()
    assert (said(room, "Hello"), said(room, "Bye")) == ("Hi", "no_match")


def test_another_configuration_is_answered_by_and_the_journal_stays(room: Room) -> None:
    assert (said(room, "Hello"), said(room, "next")) == ("Hi", "one")
    room.load(Settings.of(load_config({"api_key": None, "responses": [COUNTED]}).config))
    assert (said(room, "Hello"), said(room, "next")) == ("no_match", "one")
    assert len(room.journal) == 4


def test_a_room_that_is_shut_keeps_no_routes(room: Room) -> None:
    assert said(room, "Hello") == "Hi"
    assert "_routes" in vars(room)
    assert "_azure" not in vars(room)
    room.shut()
    assert "_routes" not in vars(room)
