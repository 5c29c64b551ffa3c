"""Probabilities as text completions write them (source: API reference, "The completion object", ``logprobs``)."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from openai_mock_api.script.tokens.logprobs import TokenLogprob, logprobs, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.speech import Speech


def of_pieces(call: Call, speech: Speech, echo: str, pieces: Sequence[str]) -> list[dict[str, Any] | None]:
    """Return the probabilities of an echoed prompt, if any, and of each piece of what is said; None unless asked for.

    Offsets count the characters from the beginning of the prompt, whether it is echoed or not.
    """
    if call.logprobs is None:
        return [None] * (len(pieces) + bool(echo))
    many = call.logprobs
    said = logprobs(speech.encoding, "".join(pieces), many, speech.logprobs)
    entries = shared(said, pieces)
    texts = list(pieces)
    if echo:
        entries.insert(0, logprobs(speech.encoding, echo, many))
        texts.insert(0, echo)
    begin = 0 if echo else len(call.messages[0].text)
    offsets = accumulate(map(len, texts), initial=begin)
    return [_written(share, offset, many) for share, offset in zip(entries, offsets, strict=False)]


def joined(parts: Sequence[dict[str, Any] | None]) -> dict[str, Any] | None:
    """Put the probabilities of consecutive pieces together."""
    found = [part for part in parts if part is not None]
    if not found:
        return None
    return {
        name: None if first is None else [entry for part in found for entry in part[name]]
        for name, first in found[0].items()
    }


def nothing(call: Call) -> dict[str, Any] | None:
    """Return the probabilities of a piece without text."""
    return None if call.logprobs is None else _written((), 0, call.logprobs)


def _written(entries: Sequence[TokenLogprob], offset: int, many: int) -> dict[str, Any]:
    return {
        "tokens": [entry.token for entry in entries],
        "token_logprobs": [entry.logprob for entry in entries],
        "top_logprobs": [{top.token: top.logprob for top in entry.top_logprobs} for entry in entries] if many else None,
        "text_offset": _offsets(entries, offset),
    }


def _offsets(entries: Sequence[TokenLogprob], begin: int) -> list[int]:
    """Return where each token begins; one that goes on with a code point is where that is."""
    offsets = []
    for entry in entries:
        offsets.append(begin - _goes_on(entry.bytes[0]))
        begin += sum(not _goes_on(byte) for byte in entry.bytes)
    return offsets


def _goes_on(byte: int) -> bool:
    """Whether a byte is not the first of its code point."""
    return byte & 0xC0 == 0x80
