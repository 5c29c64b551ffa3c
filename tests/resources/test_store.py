from openai_mock_api.config.model import Resources
from openai_mock_api.resources.store import GONE, Store


def store(objects: int = 10, size: int = 1000) -> Store:
    return Store(Resources(objects=objects, bytes=size))


def ids(kept: Store, kind: str = "file") -> list[str]:
    return [record.id for record in kept.records(kind)]


def test_objects_are_kept_by_kind_in_the_order_they_came() -> None:
    kept = store()
    for kind, id_ in (("file", "b"), ("batch", "b"), ("file", "a")):
        kept.put(kind, id_, b"{}")
    assert (ids(kept), ids(kept, "batch"), ids(kept, "other")) == (["b", "a"], ["b"], [])


def test_an_object_is_found_with_its_data_and_content() -> None:
    kept = store()
    kept.put("file", "a", b'{"id":"a"}', b"bytes")
    record = kept.get("file", "a")
    assert record is not None
    assert (record.object(), record.content, record.size) == ({"id": "a"}, b"bytes", 15)
    assert kept.get("batch", "a") is kept.get("file", "b") is None


def test_an_object_that_is_replaced_stays_where_it_was() -> None:
    kept = store()
    for id_, data in (("a", b"{}"), ("b", b"{}"), ("a", b'{"n":1}')):
        kept.put("file", id_, data)
    assert (ids(kept), len(kept), kept.size) == (["a", "b"], 2, 9)


def test_the_oldest_of_all_kinds_go_when_there_are_too_many() -> None:
    kept = store(objects=2)
    for kind, id_ in (("file", "a"), ("batch", "b"), ("file", "c")):
        kept.put(kind, id_, b"{}")
    assert (ids(kept), ids(kept, "batch"), len(kept)) == (["c"], ["b"], 2)


def test_the_oldest_go_when_they_are_too_large() -> None:
    kept = store(size=10)
    for id_ in ("a", "b", "c"):
        kept.put("file", id_, b"12", b"34")
    assert (ids(kept), kept.size) == (["b", "c"], 8)


def test_a_replacement_that_is_too_large_makes_the_oldest_go() -> None:
    kept = store(size=10)
    for id_, data in (("a", b"1"), ("b", b"2"), ("b", b"1234567890")):
        kept.put("file", id_, data)
    assert (ids(kept), kept.size) == (["b"], 10)


def test_one_object_is_kept_however_large_it_is() -> None:
    kept = store(size=1)
    kept.put("file", "a", b"12345")
    assert ids(kept) == ["a"]


def test_other_limits_hold_at_once() -> None:
    kept = store()
    for id_ in ("a", "b", "c"):
        kept.put("file", id_, b"{}")
    kept.limit(Resources(objects=1))
    assert ids(kept) == ["c"]


def test_an_object_is_removed_once() -> None:
    kept = store()
    kept.put("file", "a", b"{}")
    assert (kept.remove("file", "a"), kept.remove("file", "a"), len(kept), kept.size) == (True, False, 0, 0)


def test_the_place_of_an_object_outlives_it() -> None:
    kept = store()
    first, second = kept.put("file", "a", b"{}"), kept.put("file", "b", b"{}")
    kept.remove("file", "a")
    assert first.place < second.place
    assert (kept.place("file", "a"), kept.place("file", "b"), kept.place("file", "c")) == (
        first.place,
        second.place,
        None,
    )


def test_an_object_that_comes_again_has_a_new_place() -> None:
    kept = store()
    first = kept.put("file", "a", b"{}")
    kept.remove("file", "a")
    second = kept.put("file", "a", b"{}")
    assert first.place < second.place == kept.place("file", "a")


def test_the_places_of_objects_long_gone_are_forgotten() -> None:
    kept = store(objects=1)
    for number in range(GONE + 2):
        kept.put("file", str(number), b"{}")
    assert (kept.place("file", "0"), kept.place("file", "1")) == (None, 2)


def test_clearing_forgets_objects_and_places() -> None:
    kept = store()
    kept.put("file", "a", b"{}")
    kept.clear()
    assert (len(kept), kept.size, ids(kept), kept.place("file", "a")) == (0, 0, [], None)


def test_kinds_whose_objects_are_gone_take_no_room() -> None:
    store = Store(Resources())
    for number in range(3):
        store.put(f"kind {number}", "a", b"{}")
        store.remove(f"kind {number}", "a")
    assert store._kinds == {}
    assert store.records("kind 1") == []
