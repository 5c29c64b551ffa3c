from typing import Any

import msgspec
import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.resources.paging import Paging, page
from openai_mock_api.resources.query import Query
from openai_mock_api.resources.store import Record

#: Objects a to g, and a gap where x was.
PLACES = {"a": 1, "b": 2, "c": 5, "x": 6, "d": 7, "e": 8, "f": 9, "g": 12}
RECORDS = [Record("thing", id_, place, msgspec.json.encode({"id": id_})) for id_, place in PLACES.items() if id_ != "x"]


def listed(paging: Paging, **filters: Any) -> tuple[str, bool]:
    """Return the ids of a page as one text, and whether there is more."""
    answer = msgspec.json.decode(msgspec.json.encode(page(RECORDS, paging, PLACES.get, **filters)))
    ids = [entry["id"] for entry in answer["data"]]
    assert (answer["object"], answer["first_id"], answer["last_id"]) == (
        "list",
        *([ids[0], ids[-1]] if ids else [None] * 2),
    )
    return "".join(ids), answer["has_more"]


@pytest.mark.parametrize(
    ("paging", "expected"),
    [
        (Paging(order="asc"), ("abcdefg", False)),
        (Paging(order="desc"), ("gfedcba", False)),
        (Paging(limit=7), ("gfedcba", False)),
        (Paging(limit=6), ("gfedcb", True)),
        (Paging(limit=2, order="asc", after="b"), ("cd", True)),
        (Paging(limit=2, order="desc", after="d"), ("cb", True)),
        (Paging(limit=2, order="asc", after="e"), ("fg", False)),
        (Paging(limit=2, order="asc", after="g"), ("", False)),
        (Paging(limit=2, order="asc", after="x"), ("de", True)),
        (Paging(limit=2, order="desc", after="x"), ("cb", True)),
        (Paging(limit=2, order="asc", before="d"), ("bc", True)),
        (Paging(limit=2, order="desc", before="d"), ("fe", True)),
        (Paging(limit=2, order="asc", before="c"), ("ab", False)),
        (Paging(limit=3, order="asc", before="x"), ("abc", False)),
        (Paging(limit=2, order="asc", after="a", before="e"), ("bc", True)),
        (Paging(limit=9, order="desc", after="e", before="a"), ("dcb", False)),
        (Paging(limit=9, order="desc", after="e", before="g"), ("", False)),
        (Paging(limit=2, order="asc", after="never"), ("ab", True)),
        (Paging(limit=2, order="desc", after="never"), ("gf", True)),
        (Paging(limit=0), ("", False)),
    ],
)  # fmt: skip
def test_pages(paging: Paging, expected: tuple[str, bool]) -> None:
    assert listed(paging) == expected


def test_a_filter_leaves_out_what_it_does_not_accept() -> None:
    def vowel(record: Record) -> bool:
        return record.id in "aeiou"

    assert listed(Paging(limit=1, order="asc"), keep=vowel) == ("a", True)
    assert listed(Paging(limit=2, order="asc"), keep=vowel) == ("ae", False)
    assert listed(Paging(limit=1, order="asc", before="f"), keep=vowel) == ("e", True)


@pytest.mark.parametrize(
    ("text", "paging"),
    [
        ("", Paging(20, "asc")),
        ("limit=3&order=desc&after=a&before=b", Paging(3, "desc", "a")),
        ("after=", Paging(20, "asc")),
    ],
)
def test_paging_is_read_from_a_query(text: str, paging: Paging) -> None:
    assert Paging.read(Query(text), order="asc") == paging


def test_before_is_read_where_a_list_has_it() -> None:
    assert Paging.read(Query("before=b"), before=True) == Paging(before="b")


@pytest.mark.parametrize("text", ["limit=101", "order=up", "after=a&after=b"])
def test_refusals(text: str) -> None:
    with pytest.raises(ApiError):
        Paging.read(Query(text))
