"""What moderation finds in texts and images (source: API reference, "Moderations")."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from struct import unpack
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.script.flows import Expected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.script.messages import Message

#: Every category, and whether it is looked for in images too.
CATEGORIES: Final = {
    "harassment": False,
    "harassment/threatening": False,
    "sexual": True,
    "hate": False,
    "hate/threatening": False,
    "illicit": False,
    "illicit/violent": False,
    "self-harm/intent": True,
    "self-harm/instructions": True,
    "self-harm": True,
    "sexual/minors": False,
    "violence": True,
    "violence/graphic": True,
}

#: The least score of a category that is flagged.
FLAGGED: Final = 0.5

#: The score of a category that is flagged without one.
CERTAIN: Final = 0.95

#: What unsuspicious input scores: from a millionth to a thousandth.
LEAST: Final = 1e-6
MOST: Final = 1e-3


class Judgement(msgspec.Struct, frozen=True):
    """Input that a script judges, and the scores of categories, 0 to 1."""

    expected: Expected
    scores: Mapping[str, float]


class Moderator:
    """What moderation finds. Lives until another configuration is loaded.

    Every judgement counts that fits; of several scores of a category the highest.
    """

    def __init__(self, judgements: Sequence[Judgement] = ()) -> None:
        self._judgements = tuple(judgements)

    def scores(self, message: Message) -> dict[str, float]:
        """Return the score of every category. It is 0 where the category is not looked for in what the input holds."""
        judged = self._judged(message)
        usual = unsuspicious(message.text)
        return {name: judged.get(name, usual[name]) if applied_types(message, name) else 0.0 for name in CATEGORIES}

    def _judged(self, message: Message) -> dict[str, float]:
        judged: dict[str, float] = {}
        for judgement in self._judgements:
            if judgement.expected.fits(message):
                judged |= {name: max(score, judged.get(name, 0.0)) for name, score in judgement.scores.items()}
        return judged


def applied_types(message: Message, category: str) -> list[str]:
    """Return in which kinds of a message's input a category is looked for."""
    kinds = [] if message.parts and not message.text else ["text"]
    return [*kinds, "image"] if message.parts and CATEGORIES[category] else kinds


def unsuspicious(text: str) -> dict[str, float]:
    """Return a low score for every category, always the same for the same text."""
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=4 * len(CATEGORIES)).digest()
    parts = (part / 2**32 for part in unpack(f"<{len(CATEGORIES)}I", digest))
    return {name: LEAST * (MOST / LEAST) ** part for name, part in zip(CATEGORIES, parts, strict=True)}
