"""The objects of one kind, with the operations that all resources of the API share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.resources.paging import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.errors import ApiError
    from openai_mock_api.resources.paging import Paging
    from openai_mock_api.resources.store import Record, Store

#: What an object says that nobody has stored.
MADE_UP: Final = "This was made up: nothing is stored under the id that was asked for."


class Collection:
    """One kind of objects in a store. A view: it may be built anew, as for another configuration.

    ``kind`` names the objects on the wire (``chat.completion``). ``not_found`` is the error for an id that nobody
    knows. With ``synthesize`` no id is unknown: it makes up data and content of an object with that id, which is then
    kept like others.
    """

    def __init__(
        self,
        store: Store,
        kind: str,
        not_found: Callable[[str], ApiError],
        synthesize: Callable[[str], tuple[bytes, bytes]] | None = None,
    ) -> None:
        self.kind = kind
        self._store = store
        self._not_found = not_found
        self._synthesize = synthesize

    @property
    def is_complete(self) -> bool:
        """Whether an id that is not here is unknown."""
        return self._synthesize is None

    def put(self, id: str, data: bytes, content: bytes = b"") -> Record:  # noqa: A002 - the wire's own name
        """Keep an object, encoded, in place of any that has its id."""
        return self._store.put(self.kind, id, data, content)

    def get(self, id: str) -> Record:  # noqa: A002
        """Find an object. Raises ``ApiError`` 404."""
        record = self._store.get(self.kind, id)
        if record is not None:
            return record
        if self._synthesize is None:
            raise self._not_found(id)
        return self.put(id, *self._synthesize(id))

    def find(self, id: str) -> Record | None:  # noqa: A002
        """Return the object with an id if there is one."""
        return self._store.get(self.kind, id)

    def records(self) -> list[Record]:
        """Return all objects, the oldest first."""
        return self._store.records(self.kind)

    def update(self, id: str, **changes: Any) -> Record:  # noqa: A002
        """Replace fields of an object. Raises ``ApiError`` 404."""
        record = self.get(id)
        return self.put(id, msgspec.json.encode({**record.object(), **changes}), record.content)

    def delete(self, id: str) -> dict[str, Any]:  # noqa: A002
        """Forget an object, and return what says so. Raises ``ApiError`` 404."""
        if not self._store.remove(self.kind, id) and self.is_complete:
            raise self._not_found(id)
        return {"object": f"{self.kind}.deleted", "id": id, "deleted": True}

    def page(self, paging: Paging, keep: Callable[[Record], bool] | None = None) -> dict[str, Any]:
        """List the objects that ``keep`` accepts, oldest first with the order ``asc``.

        A cursor may be an object that was deleted not long ago. Raises ``ApiError`` 404 for one that never was.
        """
        return page(self._store.records(self.kind), paging, self._place, keep)

    def _place(self, id: str) -> int | None:  # noqa: A002
        place = self._store.place(self.kind, id)
        if place is None and self.is_complete:
            raise self._not_found(id)
        return place
