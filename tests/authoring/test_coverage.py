import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.authoring.coverage import covers, taking
from openai_mock_api.authoring.meetings import meetings
from openai_mock_api.authoring.texts import texts_of
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Json, Matcher, Not, Regex
from tests.authoring.scripts import settings
from tests.authoring.test_texts import MATCHERS

COVERED: list[tuple[Matcher, Matcher]] = [
    (AnyText(), Contains.of("a")),
    (AnyText(), Not(Exact.of("a"))),
    (Regex.of(".*"), Contains.of("a")),
    (Contains.of("order"), Contains.of("Order status")),
    (Contains.of("order"), Exact.of("my order")),
    (Contains.of("order"), Exact.of("my ORDER", case_sensitive=False)),
    (Contains.of("Order", case_sensitive=True), Contains.of("Order 1", case_sensitive=True)),
    (Regex.of("order"), Contains.of("order 1")),
    (Contains.of("order"), Regex.of("order 1")),
    (Regex.of(r"order \d"), Exact.of("order 1")),
    (Fuzzy.of("help me", threshold=0.6), Fuzzy.of("Help me!", threshold=0.8)),
    (Fuzzy.of("help me", threshold=0.6), Exact.of("help me")),
    (Json.of({"a": {"b": 1}}), Json.of({"a": {"b": 1, "c": 2}, "d": 3})),
    (Not(Contains.of("ab")), Not(Contains.of("a"))),
    (Exact.of("A", case_sensitive=False), Exact.of("a")),
]

NOT_COVERED: list[tuple[Matcher, Matcher]] = [
    (Exact.of("a"), AnyText()),
    (Contains.of("order status"), Contains.of("order")),
    (Contains.of("Order", case_sensitive=True), Contains.of("Order")),
    (Regex.of("^order$"), Exact.of("order")),  # which also fits with white space around it
    (Regex.of(r"\border\b"), Contains.of("order")),
    (Regex.of("a*b?$"), Contains.of("a")),
    (Fuzzy.of("help me", threshold=0.9), Fuzzy.of("help me", threshold=0.8)),
    (Fuzzy.of("help me", case_sensitive=True), Exact.of("Help me", case_sensitive=False)),
    (Json.of({"a": 1}), Json.of({})),
    (Not(Contains.of("a")), Not(Contains.of("ab"))),
    (Not(Contains.of("a")), Contains.of("b")),
    (Exact.of("a"), Regex.of("a+")),
]


@pytest.mark.parametrize(("wide", "narrow"), COVERED)
def test_what_covers(wide: Matcher, narrow: Matcher) -> None:
    assert covers(wide, narrow)


@pytest.mark.parametrize(("wide", "narrow"), NOT_COVERED)
def test_what_does_not_cover(wide: Matcher, narrow: Matcher) -> None:
    assert not covers(wide, narrow)


@given(MATCHERS | MATCHERS.map(Not), MATCHERS | MATCHERS.map(Not), st.text("abAB 1\n", max_size=5))
def test_what_covers_fits_whatever_the_other_fits(wide: Matcher, narrow: Matcher, text: str) -> None:
    if covers(wide, narrow):
        assert all(wide.fits(each) for each in [*texts_of(narrow), text, f" {text} "] if narrow.fits(each))


ANY = "[{role: user, matcher: any}, {role: assistant}]"
HI = "[{role: user, content: Hi}, {role: assistant}]"

#: The flows `wide` and `narrow`, and whether the first takes all requests of one message from the second.
TAKING = [
    (f"messages: {HI}", f"messages: {HI}", True),
    (f"messages: {ANY}", f"messages: {HI}", False),  # ranks lower
    (f"priority: 1, messages: {ANY}", f"messages: {HI}", True),
    (f"priority: 1, when: {{model: o3}}, messages: {ANY}", f"messages: {HI}", False),
    (f"priority: 1, when: {{model: o3}}, messages: {ANY}", f"when: {{model: o3, stream: true}}, messages: {HI}", True),
    (f"priority: 1, anchor: end, messages: {ANY}", f"messages: {HI}", True),
    (f"priority: 1, messages: {ANY}", f"anchor: end, messages: {HI}", False),
    (f"priority: 1, anchor: end, messages: {ANY}", f"anchor: end, messages: {HI}", True),
    (
        "anchor: end, messages: [{role: user, content: Hi}, {role: assistant}, {role: user, matcher: any}, "
        "{role: assistant}]",
        f"anchor: end, messages: {HI}",
        False,  # three messages may be the longest that fits, and rank lower
    ),
    (
        "anchor: end, messages: [{role: user, content: Hi}, {role: assistant}, {role: user, content: Hi}, "
        "{role: assistant}]",
        f"anchor: end, messages: {HI}",
        True,
    ),
    (
        "anchor: end, messages: [{role: user, matcher: any}, {role: user, content: Hi}, {role: assistant}]",
        "anchor: end, messages: [{role: user, content: Hi}, {role: assistant}]",
        False,  # two messages of the user would rank lower
    ),
    (
        "priority: 1, messages: [{role: system, matcher: any}, {role: user, matcher: any}, {role: assistant}]",
        f"messages: {HI}",
        False,
    ),
    (
        "messages: [{role: user, content: Hi}, {role: assistant, sequence: [{content: a}], then: miss}]",
        f"messages: {HI}",
        False,
    ),
    ("priority: 1, messages: [{role: any, matcher: any}, {role: assistant}]", f"messages: {HI}", True),
    (f"priority: 1, messages: {ANY}", "messages: [{role: any, content: Hi}, {role: assistant}]", False),
    (
        "anchor: end, messages: [{role: any, matcher: any}, {role: user, matcher: any}, {role: assistant}]",
        f"anchor: end, messages: {HI}",
        False,
    ),
    (
        "priority: 1, messages: [{role: user, content: x, parts: [image]}, {role: assistant}]",
        "messages: [{role: user, content: x, parts: [image, file]}, {role: assistant}]",
        True,
    ),
    (
        "priority: 1, messages: [{role: user, content: x, parts: [image]}, {role: assistant}]",
        "messages: [{role: user, content: x, parts: [file]}, {role: assistant}]",
        False,
    ),
]


@pytest.mark.parametrize(("wide", "narrow", "takes"), TAKING)
def test_a_flow_takes_requests_from_another(wide: str, narrow: str, takes: bool) -> None:
    flows = settings(f"  - {{id: wide, {wide}}}\n  - {{id: narrow, {narrow}}}\n").script.flows
    ways = meetings(flows)
    assert (taking(ways["wide"], ways["narrow"][0]) is not None) is takes


SYSTEM = "{role: system, content: brief, matcher: contains}, {role: user, content: Hi}, {role: assistant}"


def test_a_flow_without_system_messages_takes_those_with_them_too() -> None:
    flows = settings(f"  - {{id: a, messages: {HI}}}\n  - {{id: b, messages: [{SYSTEM}]}}\n").script.flows
    ways = meetings(flows)
    assert [taking(ways["a"], way) is not None for way in ways["b"]] == [False, True, True]


LONG = """\
  - id: long
    priority: 1
    messages:
      - {role: user, content: Hi}
      - {role: assistant, content: a%s}
      - {role: tool, tool_call_id: %s, matcher: any}
      - {role: assistant, content: b}
"""


def test_system_messages_are_covered_by_system_messages() -> None:
    wide = SYSTEM.replace("{role: system, content: brief, matcher: contains}", "{role: system, matcher: any}")
    flows = settings(
        f"  - {{id: a, priority: 1, messages: [{wide}]}}\n  - {{id: b, messages: [{SYSTEM}]}}\n"
    ).script.flows
    ways = meetings(flows)
    assert [taking(ways["a"], way) is not None for way in ways["b"]] == [True, True, True]


ANYBODY = "{role: user, content: Hi}, {role: any, matcher: any}, {role: any, matcher: any%s}, {role: assistant}"


@pytest.mark.parametrize(("parts", "takes"), [("", True), (", parts: [image]", False)])
def test_a_message_of_any_role_covers_one_of_the_assistant(parts: str, takes: bool) -> None:
    narrow = "{role: user, content: Hi}, {role: user, content: Ho}, {role: assistant}, {role: user, content: x}"
    text = f"  - {{id: a, priority: 1, messages: [{ANYBODY % parts}]}}\n"
    ways = meetings(settings(f"{text}  - {{id: b, messages: [{narrow}, {{role: assistant}}]}}\n").script.flows)
    assert (taking(ways["a"], ways["b"][2]) is not None) is takes


@pytest.mark.parametrize(("role", "takes"), [("user", True), ("system", False)])
def test_a_message_of_any_role_covers_none_of_the_system(role: str, takes: bool) -> None:
    system = "{role: system, matcher: any}"
    text = f"  - {{id: a, priority: 1, messages: [{system}, {{role: any, matcher: any}}, {{role: assistant}}]}}\n"
    text += f"  - {{id: b, messages: [{system}, {{role: {role}, content: x}}, {{role: assistant}}]}}\n"
    ways = meetings(settings(text).script.flows)
    assert (taking(ways["a"], ways["b"][1]) is not None) is takes


@pytest.mark.parametrize(
    ("matcher", "wide_id", "narrow", "takes"),
    [
        ("", "c", "{role: assistant}, {role: tool, tool_call_id: c, content: x}", True),
        ("", "c", "{role: assistant}, {role: tool, tool_call_id: d, content: x}", False),
        (", matcher: contains", "c", "{role: assistant}, {role: tool, tool_call_id: c, content: x}", False),
        (
            ", matcher: contains",
            "c",
            "{role: assistant, content: ab, matcher: exact}, {role: tool, tool_call_id: c, content: x}",
            True,
        ),
        ("", "c", "{role: user, content: x}, {role: tool, tool_call_id: c, content: x}", False),
    ],
)
def test_every_step_must_be_covered(matcher: str, wide_id: str, narrow: str, takes: bool) -> None:
    other = f"  - {{id: narrow, messages: [{{role: user, content: Hi}}, {narrow}, {{role: assistant}}]}}\n"
    ways = meetings(settings(LONG % (matcher, wide_id) + other).script.flows)
    assert (taking(ways["long"], ways["narrow"][2]) is not None) is takes
