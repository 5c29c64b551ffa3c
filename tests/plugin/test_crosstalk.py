"""Tests beside each other: none gets what belongs to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plugin import crosstalk

if TYPE_CHECKING:
    from pathlib import Path


def test_two_hundred_tests_in_two_processes_do_not_disturb_each_other(tmp_path: Path) -> None:
    found, printed = crosstalk.run(tmp_path)
    assert crosstalk.strangers(printed) == []
    assert found == crosstalk.EXPECTED, printed
