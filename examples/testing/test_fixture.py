"""The plugin's fixture: a mock for each test, which ``OpenAI()`` finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat import Chat
from openai import OpenAI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api import Mock

pytestmark = pytest.mark.openai_mock(config="flows.yaml")


@pytest.fixture
def chat() -> Iterator[Chat]:
    with OpenAI(max_retries=0) as client:
        yield Chat(client)


def test_a_conversation_is_remembered(chat: Chat, openai_mock: Mock) -> None:
    assert chat.say("My name is John") == "Nice to meet you! I will remember your name."
    assert chat.say("What is my name?") == "Your name is John."
    openai_mock.assert_requested("introduction", times=2)
    assert [message["role"] for message in chat.messages] == ["user", "assistant"] * 2


@pytest.mark.openai_mock(allow_misses=True)
def test_what_nothing_matches_is_apologised_for(chat: Chat, openai_mock: Mock) -> None:
    assert chat.say("Who are you?") == "Sorry, something went wrong."
    assert [miss.user for miss in openai_mock.misses] == ["Who are you?"]


def test_a_failure_is_apologised_for(chat: Chat, openai_mock: Mock) -> None:
    openai_mock.fail("overloaded", times=1)
    assert chat.say("Hello") == "Sorry, something went wrong."
    openai_mock.assert_requested(status=503)
