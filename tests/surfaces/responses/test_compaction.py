from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.surfaces.responses.compaction import folded, unfolded

ITEMS = st.lists(st.dictionaries(st.sampled_from(["role", "content", "id"]), st.text(max_size=5)), max_size=4)


def compaction(content: str) -> dict[str, str]:
    return {"type": "compaction", "encrypted_content": content}


@given(ITEMS, ITEMS, ITEMS)
def test_a_compaction_stands_for_what_it_was_made_of(
    before: list[dict[str, str]], held: list[dict[str, str]], after: list[dict[str, str]]
) -> None:
    assert unfolded([*before, compaction(folded(held)), *after]) == [*held, *after]


def test_of_several_the_last_one_counts() -> None:
    first, second = compaction(folded([{"id": "a"}])), compaction(folded([{"id": "b"}]))
    assert unfolded([first, second]) == [{"id": "b"}]


@pytest.mark.parametrize("content", ["other", "gAAAAABx", "gAAAAAB", "gAAAAABbm8gSlNPTg=="])
def test_one_that_is_not_ours_stands_for_nothing(content: str) -> None:
    items = [{"role": "user"}, compaction(content), {"role": "user"}]
    assert unfolded(items) == items
