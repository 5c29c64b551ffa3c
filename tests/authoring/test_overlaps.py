import pytest

from openai_mock_api.authoring import overlaps as module
from openai_mock_api.authoring.overlaps import NAMED, overlaps
from tests.authoring.scripts import contests


def contains(*texts: str, more: str = "", before: str = "") -> str:
    """Write responses that look for a text, which is their id and their answer too."""
    expected = [f"{{role: user, content: {text}, matcher: contains}}" for text in texts]
    return "".join(
        f"  - {{id: {text}, {more}messages: [{before}{said}, {{role: assistant, content: {text}}}]}}\n"
        for text, said in zip(texts, expected, strict=True)
    )


def test_two_that_rank_alike_are_noted_with_a_message_that_fits_both() -> None:
    (note,) = overlaps(contests(contains("cancel", "order")), ())
    assert (note.kind, note.level, note.response, note.example) == ("ambiguous", "note", "order", "user: cancel order")
    assert note.message == ("one message can fit 'cancel' and 'order' alike, and the first in the file answers it")


def test_many_are_one_note() -> None:
    (note,) = overlaps(contests(contains("a1", "b2", "c3", "d4")), ())
    assert note.message.endswith("; so it is with 'c3', 'd4'")
    names = [f"t{i}x" for i in range(NAMED + 4)]
    (note,) = overlaps(contests(contains(*names)), ())
    assert note.message.endswith("'t6x' and 2 more")


@pytest.mark.parametrize(
    "responses",
    [
        contains("cancel") + contains("order", more="priority: 1, "),
        contains("cancel") + contains("order", more="anchor: end, "),
        contains("cancel", more="when: {model: o3}, ") + contains("order", more="when: {model: o4}, "),
        "  - {id: a, messages: [{role: user, content: a}, {role: assistant}]}\n"
        "  - {id: b, messages: [{role: user, content: b}, {role: assistant}]}\n",
        "  - {id: a, messages: [{role: user, content: '^a$', matcher: regex}, {role: assistant}]}\n"
        "  - {id: b, messages: [{role: user, content: '^b$', matcher: regex}, {role: assistant}]}\n",
        contains("cancel") + "  - {id: b, messages: [{role: user, content: b, matcher: contains}, "
        "{role: assistant, sequence: [{content: x}], then: miss}]}\n",
        "  - {id: a, messages: [{role: assistant}]}\n  - {id: b, messages: [{role: assistant}]}\n",
    ],
)
def test_what_cannot_be_taken_for_each_other_is_not_noted(responses: str) -> None:
    assert list(overlaps(contests(responses), ())) == []


def test_what_is_known_to_be_worse_is_not_noted() -> None:
    assert list(overlaps(contests(contains("cancel", "order")), ["order"])) == []


def test_conversations_that_begin_alike_are_compared_up_to_the_first_answer() -> None:
    greeting = "{role: assistant, content: Hi}, "
    (note,) = overlaps(contests(contains("cancel", "order", before=greeting)), ())
    assert note.example == "assistant: Hi / user: cancel order"


def test_only_so_many_pairs_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIED", 1)
    (note,) = overlaps(contests(contains("a1", "b2", "c3")), ())
    assert note.response == "b2"
