from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.surfaces.parameters import (
    check_each,
    check_known,
    check_model,
    check_together,
    fault_in,
    only_when,
    readable,
)
from openai_mock_api.surfaces.validation import integer, text

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = {"name": text, "size": integer(1, 9)}


def lonely(given: dict[str, Any]) -> Iterator[ApiError]:
    if "size" in given and "name" not in given:
        yield only_when("size", "'name' is given")


CONFLICTS = ((frozenset({"size"}), lonely),)


@pytest.mark.parametrize("document", [{}, {"model": None}, {"model": ""}])
def test_a_request_without_a_model_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="you must provide a model parameter"):
        check_model(document)


def test_the_first_unknown_parameter_is_named() -> None:
    with pytest.raises(ApiError, match="Unrecognized request argument supplied: nme") as caught:
        check_known({"size": 1, "nme": "a", "sizee": 1}, CHECKS)
    assert caught.value.param is None


def test_parameters_are_checked_in_the_order_of_the_checks() -> None:
    with pytest.raises(ApiError) as caught:
        check_each({"size": 0, "name": 3}, CHECKS)
    assert caught.value.param == "name"


def test_null_stands_for_not_given() -> None:
    document = {"model": "gpt-4o", "name": None, "size": None}
    check_model(document)
    check_each(document, CHECKS)
    check_together(document, CONFLICTS)
    with pytest.raises(ApiError, match="only allowed when 'name' is given"):
        check_together({"name": None, "size": 1}, CONFLICTS)


def test_conflicts_are_looked_for_where_they_can_be() -> None:
    check_together({"name": "a", "size": 1}, CONFLICTS)
    check_together({}, CONFLICTS)
    with pytest.raises(ApiError, match=r"^The 'size' parameter is only allowed when 'name' is given\.$") as caught:
        check_together({"size": 1}, CONFLICTS)
    assert caught.value.param == "size"


def test_what_cannot_be_read_is_left_out() -> None:
    document = {"name": 3, "size": "1", "tools": 5, "more": 1}
    assert readable(document, CHECKS, {"tools"}) == {"tools": 5, "more": 1}


@pytest.mark.parametrize("size", [0, 100, None])
def test_what_is_only_too_much_or_too_little_is_read(size: int | None) -> None:
    assert readable({"size": size}, CHECKS, ()) == {"size": size}


def test_what_a_check_finds_is_returned() -> None:
    assert fault_in(check_model, {"model": "gpt-4o"}) is None
    assert isinstance(fault_in(check_model, {}), ApiError)
    with pytest.raises(TypeError):
        fault_in(len, 3)  # type: ignore[arg-type]
