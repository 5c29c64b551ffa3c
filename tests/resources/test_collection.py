from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.config.model import Resources
from openai_mock_api.errors import ApiError
from openai_mock_api.resources.collection import Collection
from openai_mock_api.resources.paging import Order, Paging
from openai_mock_api.resources.store import Store


def not_found(id: str) -> ApiError:  # noqa: A002
    return ApiError(404, f"No thing found with id '{id}'.")


def made_up(id: str) -> tuple[bytes, bytes]:  # noqa: A002
    return msgspec.json.encode({"id": id, "made": "up"}), b"content"


def collection(*ids: str, synthesize: bool = False, objects: int = 1000) -> Collection:
    store = Store(Resources(objects=objects))
    made = Collection(store, "thing", not_found, made_up if synthesize else None)
    for id_ in ids:
        made.put(id_, msgspec.json.encode({"id": id_}), b"content")
    return made


def ids(page: dict[str, Any]) -> list[str]:
    return [msgspec.json.decode(entry)["id"] for entry in page["data"]]


def test_an_object_is_found() -> None:
    assert collection("a").get("a").object() == {"id": "a"}


def test_an_update_replaces_fields_and_leaves_the_rest() -> None:
    things = collection("a", "b")
    things.update("a", metadata={"x": "y"})
    things.update("a", size=1)
    assert things.get("a").object() == {"id": "a", "metadata": {"x": "y"}, "size": 1}
    assert things.get("a").content == b"content"
    assert ids(things.page(Paging(order="asc"))) == ["a", "b"]


def test_a_deleted_object_is_gone() -> None:
    things = collection("a", "b")
    assert things.delete("a") == {"object": "thing.deleted", "id": "a", "deleted": True}
    assert ids(things.page(Paging())) == ["b"]


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_an_unknown_id_is_an_error(operation: str) -> None:
    things = collection("a")
    things.delete("a")
    with pytest.raises(ApiError, match="No thing found with id 'a'"):
        getattr(things, operation)("a")


def test_an_unknown_cursor_is_an_error() -> None:
    with pytest.raises(ApiError, match="No thing found with id 'b'"):
        collection("a").page(Paging(after="b"))


def test_with_synthesis_an_unknown_id_gets_an_object_that_stays() -> None:
    things = collection("a", synthesize=True)
    assert things.get("b").object() == {"id": "b", "made": "up"}
    assert things.update("c", made="again").object() == {"id": "c", "made": "again"}
    assert things.get("c").content == b"content"
    assert ids(things.page(Paging(order="asc"))) == ["a", "b", "c"]


def test_with_synthesis_an_unknown_id_is_deleted_without_a_trace() -> None:
    things = collection("a", synthesize=True, objects=1)
    assert things.delete("b")["deleted"]
    assert ids(things.page(Paging())) == ["a"]


def test_with_synthesis_an_unknown_cursor_is_before_everything() -> None:
    assert ids(collection("a", "b", synthesize=True).page(Paging(after="c", order="asc"))) == ["a", "b"]


#: Each creates an object (None), or deletes one of those that are there.
_changes = st.lists(st.none() | st.integers(0, 15), max_size=12)


@given(before=_changes, order=st.sampled_from(["asc", "desc"]), limit=st.integers(1, 4), during=st.lists(_changes))
def test_a_walk_sees_each_object_that_stays_once_and_in_order(
    before: list[int | None], order: Order, limit: int, during: list[list[int | None]]
) -> None:
    world, seen, steps = World(), list[int](), iter(during)
    world.change(before)
    stayed = set(world.alive)
    paging: Paging | None = Paging(limit, order)
    while paging is not None:
        page = world.things.page(paging)
        seen += map(int, ids(page))
        paging = Paging(limit, order, after=page["last_id"]) if page["has_more"] else None
        world.change(next(steps, []))
        stayed &= set(world.alive)
    assert seen == sorted(set(seen), reverse=order == "desc")
    assert stayed <= set(seen)


class World:
    """A collection, and the numbers that are the ids of its objects: rising, never used again."""

    def __init__(self) -> None:
        self.things, self.alive, self._numbers = collection(), list[int](), count()

    def change(self, changes: list[int | None]) -> None:
        for change in changes:
            if change is None:
                self.alive.append(next(self._numbers))
                self.things.put(str(self.alive[-1]), msgspec.json.encode({"id": str(self.alive[-1])}))
            elif self.alive:
                self.things.delete(str(self.alive.pop(change % len(self.alive))))


@given(st.sets(st.integers(0, 30)), st.integers(1, 5))
def test_a_walk_that_deletes_all_it_sees_sees_everything(numbers: set[int], limit: int) -> None:
    things = collection(*map(str, sorted(numbers)))
    seen: list[str] = []
    page = things.page(Paging(limit, "asc"))
    while page["data"]:
        seen += ids(page)
        for id_ in ids(page):
            things.delete(id_)
        page = things.page(Paging(limit, "asc", after=page["last_id"]))
    assert seen == [str(number) for number in sorted(numbers)]
