from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.script.templates import bounds
from openai_mock_api.script.templates.bounds import (
    BITS,
    CHARACTERS,
    ITEM,
    Budget,
    FillingError,
    admitted,
    check,
    weight,
)

SHARED: list[Any] = [1]
for _ in range(60):
    SHARED = [SHARED, SHARED]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ITEM),
        (1.5, ITEM),
        ("", ITEM),
        ("abc", ITEM + 3),
        ([], ITEM),
        ([1, "ab"], 3 * ITEM + 2),
        (("a", ["b"]), 4 * ITEM + 2),
        ({"a": "bc"}, 3 * ITEM + 3),
        ({"a": 1}.items(), 4 * ITEM + 1),
        ({1, 2}, 3 * ITEM),
        (range(5), 6 * ITEM),
        (2**BITS - 1, ITEM),
    ],
)
def test_characters_and_items_weigh(value: object, expected: int) -> None:
    assert weight(value) == expected


@pytest.mark.parametrize("value", [SHARED, "x" * CHARACTERS, range(10**9), 2**BITS, [2**BITS], -(2**BITS)])
def test_what_is_too_heavy_is_not_weighed_to_the_end(value: object) -> None:
    assert weight(value) > CHARACTERS


def test_what_occurs_twice_weighs_twice() -> None:
    inner = ["abc"]
    assert weight([inner, inner]) == ITEM + 2 * weight(inner) - 2 * ITEM + 2 * ITEM


def test_a_weight_beyond_the_bound_is_refused() -> None:
    check(CHARACTERS)
    with pytest.raises(FillingError, match="larger than 1,000,000 characters, 100,000 items or 4,096 bits"):
        check(CHARACTERS + 1)


def test_what_makes_its_items_later_makes_them_when_it_is_admitted() -> None:
    assert admitted(iter("ab"), Budget()) == ["a", "b"]
    assert admitted("ab", Budget()) == "ab"


def test_an_endless_iterator_is_refused_as_soon_as_it_is_too_heavy() -> None:
    seen = []
    texts = (seen.append(1) or "x" * 100_000 for _ in iter(int, 1))  # type: ignore[func-returns-value]
    with pytest.raises(FillingError, match="larger"):
        admitted(texts, Budget())
    assert len(seen) == CHARACTERS // 100_000


def test_time_is_up_after_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("openai_mock_api.script.templates.bounds.time.perf_counter", lambda: now[0])
    budget = Budget()
    now[0] += bounds.SECONDS
    budget.tick()
    now[0] += 0.001
    for act in (budget.tick, lambda: budget.say("x"), lambda: admitted("x", budget)):
        with pytest.raises(FillingError, match=r"longer than 0\.25 s"):
            act()


def test_the_characters_of_one_answer_are_counted_together() -> None:
    budget = Budget()
    assert budget.say("x" * (CHARACTERS - 1)) != ""
    assert budget.say("y") == "y"
    with pytest.raises(FillingError, match="longer than 1,000,000 characters"):
        budget.say("z")


def test_an_error_names_the_line_when_it_knows_it() -> None:
    assert str(FillingError("it fails", 3)) == "in line 3 of the text, it fails"
    assert str(FillingError("it fails")) == "it fails"
