"""What must hold of the vectors of texts and of what moderation finds in them, beyond types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from msgspec import UNSET

from openai_mock_api.config.inputs import message_of
from openai_mock_api.config.model import Category, ConversationMessage, Embedding, Moderation
from openai_mock_api.config.shapes import was_read
from openai_mock_api.config.spelling import not_a_choice
from openai_mock_api.config.turn_rules import TURN_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.config.complaints import Complaint, Rule


def _comparison(entry: Embedding | Moderation) -> Iterator[Complaint]:
    yield from TURN_RULES[ConversationMessage](message_of(entry))


def _embedding(entry: Embedding) -> Iterator[Complaint]:
    yield from _comparison(entry)
    yield from _likeness(entry)
    if entry.vector is UNSET:
        if entry.like is UNSET:
            yield (), "says nothing; give `vector`, or `like` and `similarity`"
    elif entry.like is not UNSET:
        yield ("like",), "stands instead of `vector`, which is also given; remove one"
    elif not any(entry.vector):
        yield ("vector",), "has no direction; give at least one number that is not 0"
    elif math.hypot(*entry.vector) == math.inf:
        yield ("vector",), "is too long to be scaled; give smaller numbers"


def _likeness(entry: Embedding) -> Iterator[Complaint]:
    if entry.like is UNSET:
        if entry.similarity is not UNSET:
            yield ("similarity",), "is that with `like`, which is not given; add the text"
    elif entry.similarity is UNSET:
        yield ("like",), "needs `similarity`, from -1 to 1"
    elif not -1 <= entry.similarity <= 1:
        yield ("similarity",), f"expected a number from -1 to 1, got {entry.similarity:g}"


def _moderation(entry: Moderation) -> Iterator[Complaint]:
    yield from _comparison(entry)
    if not was_read(entry.categories):
        return
    if not entry.categories:
        yield ("categories",), "is empty; name a category"
    if isinstance(entry.categories, dict):
        yield from _scores(entry.categories)


def _scores(scores: dict[str, float]) -> Iterator[Complaint]:
    for name, score in scores.items():
        if name not in get_args(Category):
            yield ("categories", name), not_a_choice(name, get_args(Category), ("categories",))
        elif not 0 <= score <= 1:
            yield ("categories", name), f"expected a number from 0 to 1, got {score:g}"


INPUT_RULES: Final[dict[type[msgspec.Struct], Rule]] = {Embedding: _embedding, Moderation: _moderation}
