from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.tokens import spoken
from openai_mock_api.script.tokens.counting import tokenizer

encoding = tokenizer("o200k_base")
TEXT = "One, two, three."


@pytest.mark.parametrize(
    ("text", "seconds", "tokens"),
    [("", 0, 0), ("a" * 15, 1, 20), ("a" * 31, 31 / 15, 42), ("a" * 10_000, 120, 2400), ("a", 1 / 15, 2)],
)
def test_seconds_and_tokens(text: str, seconds: float, tokens: int) -> None:
    assert spoken.seconds(text) == seconds
    assert spoken.sound_tokens(text) == tokens


def test_no_text_is_not_heard() -> None:
    assert spoken.sound_tokens(None) == 0


@pytest.mark.parametrize(
    ("most", "kept"),
    [(0, ""), (4, ""), (5, "One"), (7, "One"), (8, "One,"), (27, "One, two, three"), (28, TEXT), (10**9, TEXT)],
)
def test_words_and_their_sound_within_a_limit(most: int, kept: str) -> None:
    assert spoken.cut(encoding, TEXT, most) == kept


@settings(derandomize=True, deadline=None)
@given(st.text("ab .日🎉", max_size=30), st.integers(0, 60))
def test_no_longer_beginning_fits(text: str, most: int) -> None:
    kept = spoken.cut(encoding, text, most)
    assert encoding.count(kept) + spoken.sound_tokens(kept) <= most
    longer = next((more for n in range(100) if len(more := encoding.cut(text, n)) > len(kept)), None)
    assert longer is None or encoding.count(longer) + spoken.sound_tokens(longer) > most
