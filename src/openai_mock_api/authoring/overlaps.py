"""Flows that rank alike and that one message can fit together: the first in the file answers it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from openai_mock_api.authoring.examples import example_of, fits, texts_of_step
from openai_mock_api.authoring.findings import Finding
from openai_mock_api.authoring.texts import texts_of_both
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.matching.matchers import Exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.authoring.contests import Contests
    from openai_mock_api.authoring.examples import Example
    from openai_mock_api.authoring.meetings import Meeting
    from openai_mock_api.script.flows import Step

#: Most pairs that are tried; with more flows of the same rank the rest goes unlooked at.
TRIED: Final = 10_000

#: Most responses that one note names.
NAMED: Final = 5


class Overlap(NamedTuple):
    """Two flows, and a request that fits both."""

    first: Meeting
    second: Meeting
    example: Example


def overlaps(contests: Contests, known: Iterable[str]) -> Iterator[Finding]:
    """Note flows that overlap, those that hang together in one note. ``known`` are flows with worse findings."""
    groups: dict[str, list[Overlap]] = {}
    leader: dict[str, str] = {}
    for overlap in _found(_alike(contests, set(known))):
        first, second = overlap.first.flow.id, overlap.second.flow.id
        leader[second] = leader.get(first, first)
        groups.setdefault(leader[second], []).append(overlap)
    for group in groups.values():
        yield _note(group)


def _alike(contests: Contests, known: set[str]) -> list[list[Meeting]]:
    """Return the beginnings of conversations that rank and look alike."""
    alike: dict[tuple[object, ...], list[Meeting]] = defaultdict(list)
    for flow in contests.script.flows:
        way = next(iter(contests.asking(flow)), None)
        if way is not None and flow.id not in known and not way.ends:
            roles = tuple(step.role for step in way.steps)
            alike[(way.rank[:-1], roles, flow.anchor, flow.has_system)].append(way)
    return list(alike.values())


def _found(groups: Iterable[list[Meeting]]) -> Iterator[Overlap]:
    """Yield for each flow the first one before it that it overlaps with."""
    tried = 0
    for group in groups:
        for place, second in enumerate(group):
            for first in group[:place]:
                tried += 1
                if tried > TRIED:
                    return
                example = None if first.says_the_same(second) else _joint_example(first, second)
                if example is not None:
                    yield Overlap(first, second, example)
                    break


def _joint_example(first: Meeting, second: Meeting) -> Example | None:
    texts = [_joint_text(one, other) for one, other in zip(first.steps, second.steps, strict=True)]
    said = [text for text in texts if text is not None]
    example = example_of(first.flow, said) if len(said) == len(texts) else None
    return example if example is not None and fits(second.flow, second.length, example.call) else None


def _joint_text(one: Step, other: Step) -> str | None:
    if not isinstance(one, Expected) or not isinstance(other, Expected):
        return next(iter(texts_of_step(one if one.matcher else other)), None)
    if isinstance(one.matcher, Exact) and isinstance(other.matcher, Exact) and one.matcher != other.matcher:
        return None
    return next(iter(texts_of_both(one.matcher, other.matcher)), None)


def _note(group: list[Overlap]) -> Finding:
    first, second = group[0].first.flow.id, group[0].second.flow.id
    others = [overlap.second.flow.id for overlap in group[1:]]
    named = ", ".join(map(repr, others[:NAMED]))
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    besides = f"; so it is with {named}{more}" if others else ""
    return Finding(
        kind="ambiguous",
        level="note",
        response=second,
        message=f"one message can fit {first!r} and {second!r} alike, and the first in the file answers it{besides}",
        hint="if such messages are sent, put the one that shall answer first, or give it a higher `priority`",
        example=str(group[0].example),
    )
