from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openai_mock_api.script.generate import auto, echo
from tests.script.making import call, say

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call

TALK = call("first", say("assistant", "x"), "second\n  line", say("tool", "y"))


def test_echo() -> None:
    assert echo(TALK).content == "second\n  line"
    assert echo(call(say("system", "x"))).content == ""


@pytest.mark.parametrize(
    ("called", "content"),
    [
        (TALK, 'This is a mock answer to "second line" from gpt-4o.'),
        (call(say("system", "x"), model="o1"), "This is a mock answer from o1."),
        (call("x" * 100), f'This is a mock answer to "{"x" * 80}" from gpt-4o.'),
    ],
)
def test_auto(called: Call, content: str) -> None:
    assert auto(called).content == content
    assert auto(called).content == content
