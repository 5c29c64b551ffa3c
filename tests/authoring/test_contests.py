import pytest

from tests.authoring.scripts import found, kinds

ORDER = "  - {id: order, messages: [{role: user, content: order, matcher: contains}, {role: assistant, content: o}]}\n"


def test_a_shadowed_response_names_the_one_that_answers() -> None:
    (finding,) = found(
        ORDER
        + "  - {id: status, messages: [{role: user, content: order status, matcher: contains}, {role: assistant}]}\n"
    )
    assert (finding.kind, finding.level, finding.response, finding.path) == ("shadowed", "warning", "status", ())
    assert finding.message == (
        "'status' never answers: 'order' (config.yaml:3:5) fits every request that it fits, and comes first in the file"
    )
    assert finding.example == "user: order status"


def test_a_priority_can_shadow() -> None:
    text = "  - {id: exact, priority: -1, messages: [{role: user, content: my order}, {role: assistant}]}\n"
    (finding,) = found(ORDER + text)
    assert finding.message.endswith("and has the higher priority (0 against -1)")


def test_a_duplicate_says_so() -> None:
    (finding,) = found(ORDER + ORDER.replace("id: order", "id: again"))
    assert finding.kind == "duplicate"
    assert finding.message == (
        "'again' expects the same as 'order' (config.yaml:3:5), which comes first; it never answers"
    )
    assert "sequence" in finding.hint


AFTER_THAT = (
    "  - {id: after, messages: [{role: user, content: order, matcher: contains}, {role: assistant, content: p}]}\n"
)


def test_what_follows_a_response_that_ends_is_no_duplicate() -> None:
    once = (
        "  - {id: once, messages: [{role: user, content: order, matcher: contains}, "
        "{role: assistant, sequence: [{content: a}], then: miss}]}\n"
    )
    assert found(once + AFTER_THAT) == []
    assert kinds(AFTER_THAT + once) == [("warning", "duplicate", "once")]


BRANCHES = """\
  - id: one
    messages:
      - {role: user, content: Hi}
      - {role: assistant, content: Well?}
      - {role: user, content: a}
      - {role: assistant}
  - id: two
    messages: [{role: user, content: Hi}, {role: assistant, content: %s}, {role: user, content: b}, {role: assistant}]
"""


def test_conversations_may_branch() -> None:
    assert found(BRANCHES % "Well?") == []


def test_a_branch_that_begins_with_another_answer_is_unreachable_there() -> None:
    (finding,) = found(BRANCHES % "What?")
    assert (finding.kind, finding.response, finding.path) == ("unreachable", "two", ("messages", 1))
    assert finding.message.startswith("this turn never answers: 'one' (config.yaml:3:5) fits every request that leads")


def test_a_tie_is_ambiguous_when_the_wrong_one_comes_first() -> None:
    narrow = "  - {id: narrow, messages: [{role: user, content: 'order \\d+', matcher: regex}, {role: assistant}]}\n"
    wide = (
        "  - {id: wide, messages: [{role: user, content: '(order|invoice) \\d+', matcher: regex}, "
        "{role: assistant, content: w}]}\n"
    )
    (finding,) = found(narrow + wide)
    assert (finding.kind, finding.level, finding.response) == ("ambiguous", "warning", "wide")
    assert finding.example == "user: order 0"
    assert finding.message == (
        "'narrow' (config.yaml:3:5) fits what 'wide' is made for, and answers only because it comes first in the file"
    )


@pytest.mark.parametrize(
    "other",
    [
        "{id: other, messages: [{role: user, content: order}, {role: assistant}]}",  # more specific
        "{id: other, when: {model: o3}, "
        "messages: [{role: user, content: order, matcher: contains}, {role: assistant}]}",
        "{id: other, messages: [{role: user, matcher: any}, {role: assistant}]}",  # less specific
    ],
)
def test_what_specificity_decides_is_not_reported(other: str) -> None:
    assert found(f"{ORDER}  - {other}\n") == []


def test_a_response_without_an_example_is_passed_over() -> None:
    assert found("  - {id: a, messages: [{role: user, content: 'a(?!)', matcher: regex}, {role: assistant}]}\n") == []
