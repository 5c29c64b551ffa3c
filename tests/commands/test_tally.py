from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.tally import Case, Row, Tally, read_cases

if TYPE_CHECKING:
    from pathlib import Path

CASES = [Case("chat.a"), Case("chat.b"), Case("files.a", "it fell"), Case("files.b")]


def tally(**held: int) -> Tally:
    return Tally.of(CASES, lambda name: name.split(".")[0], held)


def test_cases_are_counted_by_part() -> None:
    assert tally(chat=2).rows == [Row("chat", 2, 0, 2), Row("files", 1, 1)]


def test_fewer_passes_than_held_break_it() -> None:
    assert not tally().broken
    assert not tally(chat=2).broken
    assert tally(files=2).broken


def test_a_held_part_without_cases_breaks_it() -> None:
    assert tally(models=1).broken


def test_the_table_ends_with_the_sums() -> None:
    assert tally(chat=1, files=2).table() == (
        "resource  passed  failed\n"
        "chat           2       0  only 1 are held\n"
        "files          1       1  2 must pass\n"
        "\n"
        "3 passed, 1 failed"
    )


def test_nothing_run_is_a_table_too() -> None:
    assert Tally([]).table().endswith("0 passed, 0 failed")


def test_a_report_is_read(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        """<testsuites><testsuite>
        <testcase classname="tests.chat.T" name="a"/>
        <testcase classname="tests.chat.T" name="b"><failure message="first&#10;second">text</failure></testcase>
        <testcase classname="" name="tests.chat"><error>text</error></testcase>
        <testcase classname="tests.chat.T" name="c"><skipped/></testcase>
        </testsuite></testsuites>"""
    )
    assert read_cases(report) == [
        Case("tests.chat.T.a"),
        Case("tests.chat.T.b", "first"),
        Case("tests.chat", "error"),
    ]
