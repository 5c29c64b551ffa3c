"""When the pieces of an answer leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

ChunkSize = Literal["token", "word", "message"]


class Pacing(msgspec.Struct, frozen=True):
    """The speed of one answer, in seconds.

    ``ttft`` passes before the first piece, ``inter_token`` between tokens. ``chunk`` is what one piece holds.
    """

    ttft: float = 0.0
    inter_token: float = 0.0
    chunk: ChunkSize = "token"

    @property
    def immediate(self) -> bool:
        """Whether nothing ever waits."""
        return not (self.ttft or self.inter_token)

    def delays(self, token_counts: Sequence[int]) -> list[float]:
        """Seconds before each piece that carries content; ``token_counts`` says how many tokens each holds.

        The first waits for nothing: ``ttft`` has passed before the stream began. ``[2, 1, 3]`` gives ``[0, t, 3t]``.
        """
        return [self.inter_token * count if place else 0.0 for place, count in enumerate(token_counts)]

    def whole(self, tokens: int) -> float:
        """Seconds until an answer of so many tokens is complete, for those who do not stream."""
        return self.ttft + self.inter_token * max(tokens - 1, 0) if self.inter_token else self.ttft


NO_PACING: Final = Pacing()
