"""Lists in pages: the API's cursors (source: API reference, "Pagination")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from openai_mock_api.resources.query import Query
    from openai_mock_api.resources.store import Record

Order = Literal["asc", "desc"]

DEFAULT_LIMIT: Final = 20
MOST: Final = 100

_place = attrgetter("place")


class Paging(msgspec.Struct, frozen=True):
    """The part of a list that is asked for: ``limit`` objects behind ``after``, or those right before ``before``.

    Both are ids of objects. A limit of 0 is allowed and gets no objects, as from the real API.
    """

    limit: int = DEFAULT_LIMIT
    order: Order = "desc"
    after: str | None = None
    before: str | None = None

    @classmethod
    def read(cls, query: Query, *, order: Order = "desc", before: bool = False) -> Paging:
        """Read the parameters; ``order`` is the list's own. Raises ``ApiError`` for what the real API refuses.

        ``before`` says whether the list has that parameter: to others it is unknown, and ignored.
        """
        return cls(
            limit=query.integer("limit", 0, MOST, DEFAULT_LIMIT),
            order=cast("Order", query.choice("order", "asc", "desc") or order),
            after=query.text("after"),
            before=query.text("before") if before else None,
        )


def page(
    records: Sequence[Record],
    paging: Paging,
    place: Callable[[str], int | None],
    keep: Callable[[Record], bool] | None = None,
) -> dict[str, Any]:
    """Return the list object with one page of records, which come by rising places.

    ``place`` tells the place of a cursor's id; None is before everything. ``keep`` filters.
    """
    ordered = _between(records, paging, place)
    found, more = _taken((r for r in ordered if keep is None or keep(r)), paging)
    return {
        "object": "list",
        "data": [msgspec.Raw(record.data) for record in found],
        "first_id": found[0].id if found else None,
        "last_id": found[-1].id if found else None,
        "has_more": more,
    }


def _between(records: Sequence[Record], paging: Paging, place: Callable[[str], int | None]) -> Iterable[Record]:
    """Return the records between the cursors, in the order that is asked for."""
    behind, ahead = paging.after, paging.before
    if paging.order == "desc":
        behind, ahead = ahead, behind
    low = None if behind is None else place(behind)
    high = None if ahead is None else place(ahead)
    first = 0 if low is None else bisect_right(records, low, key=_place)
    last = len(records) if high is None else bisect_left(records, high, key=_place)
    between = range(first, last)
    return (records[i] for i in (between if paging.order == "asc" else reversed(between)))


def _taken(records: Iterable[Record], paging: Paging) -> tuple[list[Record], bool]:
    """Take a page's worth, and say whether there is more: of what comes, or with ``before`` of its end."""
    if not paging.limit:
        return [], False
    if paging.before is not None and paging.after is None:
        rest = list(records)
        return rest[-paging.limit :], len(rest) > paging.limit
    found: list[Record] = []
    for record in records:
        if len(found) == paging.limit:
            return found, True
        found.append(record)
    return found, False
