"""What is found, and that it is true: scripts made at random are asked at random."""

from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.authoring.findings import Sources
from openai_mock_api.authoring.lint import lint
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.script.messages import Message
from openai_mock_api.script.script import Plays, Script
from openai_mock_api.script.search.candidates import Match
from tests.authoring.scripts import found, kinds
from tests.script.making import call, say

CLEAN = """\
  - id: exact
    messages: [{role: user, content: order status}, {role: assistant, content: a}]
  - id: contains
    messages: [{role: user, content: order, matcher: contains}, {role: assistant, content: b}]
  - id: any
    messages: [{role: user, matcher: any}, {role: assistant, content: c}]
"""


def test_a_clean_script_has_no_findings() -> None:
    assert found(CLEAN) == []


def test_warnings_come_before_notes_in_the_order_of_the_script() -> None:
    text = """\
  - {id: a, messages: [{role: user, content: x, matcher: contains}, {role: assistant, content: a}]}
  - {id: b, messages: [{role: user, content: y, matcher: contains}, {role: assistant, content: b}]}
  - {id: c, messages: [{role: user, content: x y, matcher: contains}, {role: assistant, content: c}]}
  - {id: d, messages: [{role: user, content: w}, {role: assistant, content: d}, {role: assistant, content: d}]}
"""
    assert kinds(text) == [
        ("warning", "shadowed", "c"),
        ("warning", "unreachable", "d"),
        ("note", "ambiguous", "b"),
    ]


TEXTS = st.sampled_from(["a", "b", "ab", "a b"])
USERS = st.fixed_dictionaries({"role": st.just("user"), "content": TEXTS}) | st.builds(
    lambda text, matcher: {"role": "user", "content": text, "matcher": matcher},
    TEXTS,
    st.sampled_from(["contains", "regex", "fuzzy", "exact"]),
) | st.just({"role": "user", "matcher": "any"})  # fmt: skip
TURNS = st.builds(lambda text: {"role": "assistant", "content": text}, st.sampled_from("xy"))
CONVERSATIONS = st.lists(st.tuples(USERS, TURNS), min_size=1, max_size=2).map(
    lambda pairs: [m for p in pairs for m in p]
)
FLOWS = st.fixed_dictionaries(
    {"messages": CONVERSATIONS},
    optional={"priority": st.integers(0, 1), "anchor": st.sampled_from(["start", "end"]), "reply": st.just("last")},
)
SCRIPTS = st.lists(FLOWS, min_size=1, max_size=4).map(
    lambda flows: {"responses": [{"id": f"r{place}", **flow} for place, flow in enumerate(flows)]}
)
REQUESTS = st.lists(st.sampled_from(["a", "b", "ab", "b a", "A", "c", " a "]), min_size=1, max_size=3)


def said(texts: list[str]) -> list[Message]:
    """Alternate the user and the assistant, the user first and last."""
    messages = [say("user", texts[0])]
    for text in texts[1:]:
        messages += [say("assistant", "x"), say("user", text)]
    return messages


@given(SCRIPTS, st.lists(REQUESTS, max_size=20))
def test_what_is_said_never_to_answer_never_does(config: dict[str, object], requests: list[list[str]]) -> None:
    script = Settings.of(load_config(config).config).script
    findings = [finding for finding in lint(script, Sources({})) if finding.kind != "ambiguous"]
    flows = {finding.response for finding in findings if finding.kind in ("shadowed", "duplicate")}
    turns = {(finding.response, finding.path[1]) for finding in findings if finding.kind == "unreachable"}
    for texts in requests:
        match = script.match(call(*said(texts)), Plays())
        if isinstance(match, Match):
            assert match.flow.id not in flows
            assert (match.flow.id, match.turn) not in turns


@given(SCRIPTS)
def test_what_is_said_to_be_forestalled_answers_where_the_other_one_is_missing(config: dict[str, object]) -> None:
    script = Settings.of(load_config(config).config).script
    for finding in lint(script, Sources({})):
        if finding.kind == "ambiguous" and finding.level == "warning":
            first = finding.message.split("'")[1]
            flows = [flow for flow in script.flows if flow.id != first]
            example = [line.partition(": ")[2] for line in finding.example.split(" / ")]
            messages = [say("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(example)]
            with_both, without = (s.match(call(*messages), Plays()) for s in (script, Script(flows)))
            assert isinstance(with_both, Match)
            assert isinstance(without, Match)
            assert with_both.flow.id == first
