"""When the pieces of an answer leave."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

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

    def delays(self, pieces: int) -> list[float]:
        """Seconds before each of ``pieces`` pieces that carry content."""
        if not pieces:
            return []
        return [0.0, *[self.inter_token] * (pieces - 1)]

    def whole(self, tokens: int) -> float:
        """Seconds until an answer of so many tokens is complete, for those who do not stream."""
        return self.ttft + self.inter_token * max(tokens - 1, 0)


NO_PACING: Final = Pacing()
