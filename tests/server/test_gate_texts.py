from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from openai_mock_api.server.gate_texts import nobody_left, nothing_came, titled

if TYPE_CHECKING:
    from collections.abc import Sequence


class Answer(NamedTuple):
    method: str
    path: str
    status: int
    matched: str | None


@pytest.mark.parametrize(
    ("wanted", "title"),
    [((), "all responses"), (("a",), "'a'"), (("a", None, "it's"), "'a', a function, \"it's\"")],
)
def test_a_gate_is_named_by_what_it_keeps_back(wanted: Sequence[str | None], title: str) -> None:
    assert titled(wanted) == title
    assert nobody_left(titled(wanted), 0.5) == f"no client hung up at the gate of {title} within 0.5 s"


def test_who_waited_in_vain_hears_what_has_passed() -> None:
    passed = [Answer("POST", "/v1/a", 200, "flow"), Answer("GET", "/v1/b", 404, None)]
    text = nothing_came("'a'", 10, passed)
    assert text.endswith("within 10 s. Answered meanwhile: POST /v1/a (flow), GET /v1/b (404).")
    assert nothing_came("'a'", 10, []) == "no request came to the gate of 'a' within 10 s."
