import pytest

from openai_mock_api.authoring.meetings import advantage, meetings
from tests.authoring.scripts import settings

HI = "messages: [{role: user, content: Hi}, {role: assistant}]"
TWO = "messages: [{role: user, content: Hi}, {role: user, content: Ho}, {role: assistant}]"


@pytest.mark.parametrize(
    ("winner", "loser", "length", "why"),
    [
        (f"priority: 5, {HI}", HI, 1, "has the higher priority (5 against 0)"),
        (HI, "messages: [{role: user, content: H, matcher: contains}, {role: assistant}]", 1,
         "has the higher score (1.00 against 0.60)"),
        (f"when: {{model: o3}}, {HI}", HI, 1, "has more conditions (1 against 0)"),
        (HI, HI, 1, "comes first in the file"),
    ],
)  # fmt: skip
def test_why_one_way_wins(winner: str, loser: str, length: int, why: str) -> None:
    flows = settings(f"  - {{id: a, {winner}}}\n  - {{id: b, {loser}}}\n").script.flows
    ways = meetings(flows)
    assert advantage(ways["a"][length - 1], ways["b"][length - 1]) == why


def test_more_compared_messages_win() -> None:
    ways = meetings(settings(f"  - {{id: a, anchor: end, {TWO}}}\n").script.flows)["a"]
    assert advantage(ways[1], ways[0]) == "compares more messages (2 against 1)"
    assert not ways[1].ties(ways[0])


def test_a_meeting_knows_its_turn() -> None:
    text = (
        "  - {id: a, messages: [{role: user, content: x}, {role: assistant, sequence: [{content: y}], then: miss}]}\n"
    )
    first, second = meetings(settings(text).script.flows)["a"]
    assert (first.turn, first.asks, first.ends) == (1, True, True)
    assert not second.asks
