"""Conversations and their items (source: API reference, "Conversations")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.http import JSON_HEAD, Response, json_response
from openai_mock_api.resources.collection import MADE_UP, Collection
from openai_mock_api.resources.items import INCLUDABLE, listed, shown
from openai_mock_api.resources.paging import Paging
from openai_mock_api.resources.query import Query
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat.parameters import PARAMETERS
from openai_mock_api.surfaces.responses.items import check_item, kind_of
from openai_mock_api.surfaces.validation import array_of, missing, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request
    from openai_mock_api.resources.store import Record, Store

    Item = dict[str, Any]
    Check = Callable[[Any, str], None]

#: So many items may be added at a time.
MOST: Final = 20

_items: Final = array_of(check_item, most=MOST, expected="an array of input items")

#: What the bodies of requests may hold.
_CREATE: Final[dict[str, Check]] = {"items": _items, "metadata": PARAMETERS["metadata"]}
_UPDATE: Final[dict[str, Check]] = {"metadata": PARAMETERS["metadata"]}
_ADD: Final[dict[str, Check]] = {"items": _items}


class _Coming(msgspec.Struct, frozen=True):
    """The items of a response that is made in the background, and when it is finished."""

    due: float
    items: list[dict[str, Any]]


_read_coming: Final = msgspec.json.Decoder(_Coming).decode


def _items_of(conversation: str) -> str:
    return f"{conversation} item"


def _coming_to(conversation: str) -> str:
    return f"{conversation} response"


class Conversations:
    """All conversations. Handlers take the ids of the path, and raise ``ApiError`` 404 for those that nobody knows.

    ``find`` returns the item that a reference is about. With ``synthesize`` every id is known: a conversation or an
    item is made up when it is first asked for. With ``lenient`` bodies are not checked.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        find: Callable[[str], Item],
        *,
        synthesize: bool = False,
        lenient: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._find = find
        self._synthesize = synthesize
        self._lenient = lenient
        self._kept = Collection(store, "conversation", _not_found, self._made_up if synthesize else None)

    def create(self, request: Request) -> Response:
        """Begin a conversation, with up to 20 items and metadata."""
        document = self._body(request, _CREATE)
        items = self._listed(document.get("items") or [])
        id_ = "conv_" + self._clock.hex(48)
        record = self._kept.put(id_, self._new(id_, document.get("metadata")))
        self.append(id_, items)
        return _response(record)

    def one(self, _: Request, conversation: str) -> Response:
        """Return one."""
        return _response(self._kept.get(conversation))

    def update(self, request: Request, conversation: str) -> Response:
        """Replace the metadata; null is none."""
        document = self._body(request, _UPDATE, "metadata")
        return _response(self._kept.update(conversation, metadata=document.get("metadata") or {}))

    def delete(self, _: Request, conversation: str) -> Response:
        """Forget one with its items."""
        deleted = self._kept.delete(conversation)
        for kind in (_items_of(conversation), _coming_to(conversation)):
            for record in self._store.records(kind):
                self._store.remove(kind, record.id)
        return json_response(deleted)

    def all_items(self, request: Request, conversation: str) -> Response:
        """List the items, in pages, the last ones first unless they are asked for otherwise."""
        query = Query(request.query)
        paging, included = Paging.read(query), query.several("include", *INCLUDABLE)
        self._kept.get(conversation)
        page = self._of(conversation).page(paging)
        page["data"] = [shown(msgspec.json.decode(item), included) for item in page["data"]]
        return json_response(page)

    def add(self, request: Request, conversation: str) -> Response:
        """Add up to 20 items."""
        items = self._listed(self._body(request, _ADD, "items").get("items") or [])
        self._kept.get(conversation)
        self.append(conversation, items)
        ids = [item["id"] for item in items] or [None]
        return json_response(
            {"object": "list", "data": items, "first_id": ids[0], "last_id": ids[-1], "has_more": False}
        )

    def item(self, request: Request, conversation: str, item: str) -> Response:
        """Return one item."""
        included = Query(request.query).several("include", *INCLUDABLE)
        self._kept.get(conversation)
        return json_response(shown(self._of(conversation).get(item).object(), included))

    def delete_item(self, _: Request, conversation: str, item: str) -> Response:
        """Take an item out of a conversation, and return the conversation."""
        record = self._kept.get(conversation)
        self._of(conversation).delete(item)
        return _response(record)

    def items(self, conversation: str) -> list[Item]:
        """Return all items, the first one first. Raises ``ApiError`` 404."""
        self._kept.get(conversation)
        return [record.object() for record in self._of(conversation).records()]

    def items_until(self, conversation: str, item: str | None) -> list[Item]:
        """Return the items before one; all of them when that is gone, none when the conversation is."""
        found: list[Item] = []
        for record in self._of(conversation).records():
            if record.id == item:
                break
            found.append(record.object())
        return found

    def append(self, conversation: str, items: Iterable[Item]) -> None:
        """Add items that are as they are listed."""
        collection = self._of(conversation)
        for item in items:
            collection.put(item["id"], msgspec.json.encode(item))

    def append_later(self, conversation: str, response: str, items: list[Item], due: float) -> None:
        """Add the items of a response when it is due, in seconds since the epoch."""
        coming = _Coming(due, items)
        self._store.put(_coming_to(conversation), response, msgspec.json.encode(coming))

    def give_up(self, conversation: str, response: str) -> None:
        """Add nothing of a response that was to come."""
        self._store.remove(_coming_to(conversation), response)

    def is_busy(self, conversation: str) -> bool:
        """Whether a response of the conversation is still to come."""
        self._settle(conversation)
        return bool(self._store.records(_coming_to(conversation)))

    def _settle(self, conversation: str) -> None:
        """Add the items of responses that have come meanwhile."""
        kind = _coming_to(conversation)
        for record in self._store.records(kind):
            coming = _read_coming(record.data)
            if coming.due <= self._clock.now() and self._store.remove(kind, record.id):
                self.append(conversation, coming.items)

    def _of(self, conversation: str) -> Collection:
        """Return the items of a conversation, those that have come meanwhile too."""
        self._settle(conversation)

        def not_found(item: str) -> ApiError:
            return ApiError(404, f"Item with id '{item}' not found in conversation with id '{conversation}'.")

        made_up = _made_up_item if self._synthesize else None
        return Collection(self._store, _items_of(conversation), not_found, made_up)

    def _body(self, request: Request, checks: dict[str, Check], required: str | None = None) -> dict[str, Any]:
        document = json_object(request) if request.body else {}
        if self._lenient:
            return document
        if required is not None and required not in document:
            raise missing(required)
        for name, value in document.items():
            if name not in checks:
                raise unknown(name)
            if value is not None:
                checks[name](value, name)
        return document

    def _listed(self, items: list[Item]) -> list[Item]:
        meant = [self._find(item["id"]) if kind_of(item) == "item_reference" else item for item in items]
        return listed(meant, lambda prefix, _: f"{prefix}_{self._clock.hex(48)}")

    def _new(self, id_: str, metadata: Any) -> bytes:
        fields = {"id": id_, "object": "conversation", "created_at": int(self._clock.now()), "metadata": metadata or {}}
        return msgspec.json.encode(fields)

    def _made_up(self, id_: str) -> tuple[bytes, bytes]:
        return self._new(id_, None), b""


def _made_up_item(id_: str) -> tuple[bytes, bytes]:
    message = listed([{"id": id_, "role": "user", "content": MADE_UP}], lambda prefix, _: prefix)[0]
    return msgspec.json.encode(message), b""


def _not_found(conversation: str) -> ApiError:
    return ApiError(404, f"Conversation with id '{conversation}' not found.")


def _response(record: Record) -> Response:
    return Response(200, JSON_HEAD, record.data)
