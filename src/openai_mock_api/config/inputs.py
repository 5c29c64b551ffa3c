"""What a configuration says of texts that are embedded or moderated rather than answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from openai_mock_api.config.comparison import as_message
from openai_mock_api.config.compiler import step_of
from openai_mock_api.config.model import Moderation
from openai_mock_api.lazy import Lazy
from openai_mock_api.script.flows import Expected

if TYPE_CHECKING:
    from openai_mock_api.config.model import ConversationMessage, Embedding, PartKind
    from openai_mock_api.script.inputs import moderation, nearness
else:
    moderation = Lazy("openai_mock_api.script.inputs.moderation")
    nearness = Lazy("openai_mock_api.script.inputs.nearness")


def message_of(entry: Embedding | Moderation) -> ConversationMessage:
    """Return the message of the user that compares inputs in the same way."""
    parts: list[PartKind] = [*entry.parts] if isinstance(entry, Moderation) else []
    return msgspec.structs.replace(as_message(entry), parts=parts)


def expected_of(entry: Embedding | Moderation) -> Expected:
    """Build the comparison."""
    step = step_of(message_of(entry))
    assert isinstance(step, Expected)
    return step


def vector_of(entry: Embedding) -> nearness.Placed | nearness.Near:
    """Build what is said of the vectors of some texts."""
    if entry.vector is not UNSET:
        return nearness.Placed(expected_of(entry), tuple(entry.vector))
    assert entry.like is not UNSET
    assert entry.similarity is not UNSET
    return nearness.Near(expected_of(entry), entry.like, entry.similarity)


def judgement_of(entry: Moderation) -> moderation.Judgement:
    """Build what moderation finds in some inputs."""
    found = entry.categories
    return moderation.Judgement(
        expected_of(entry), found if isinstance(found, dict) else dict.fromkeys(found, moderation.CERTAIN)
    )
