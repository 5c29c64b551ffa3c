"""Stored chat completions: list, retrieve, update, delete, messages (source: API reference, "Chat")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.http import JSON_HEAD, Response, json_response
from openai_mock_api.resources.chat_requests import message_records
from openai_mock_api.resources.collection import Collection
from openai_mock_api.resources.paging import Paging, page
from openai_mock_api.resources.query import Query
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat.parameters import PARAMETERS
from openai_mock_api.surfaces.validation import missing, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.http import Request
    from openai_mock_api.resources.store import Record, Store


class ChatCompletions:
    """The completions that were created with ``store: true``.

    Handlers take the id of the path. They raise ``ApiError`` 404 for an unknown one, which there is none of with
    ``synthesize``: see ``Collection``.
    """

    def __init__(self, store: Store, synthesize: Callable[[str], tuple[bytes, bytes]] | None = None) -> None:
        self.kept = Collection(store, "chat.completion", _not_found, synthesize)

    def all(self, request: Request) -> Response:
        """List the completions with a ``model`` and ``metadata``, in pages."""
        query = Query(request.query)
        paging = Paging.read(query, order="asc")
        return json_response(self.kept.page(paging, _filter(query.text("model"), query.mapping("metadata"))))

    def one(self, _: Request, completion: str) -> Response:
        """Return one."""
        return _response(self.kept.get(completion))

    def update(self, request: Request, completion: str) -> Response:
        """Replace the metadata; null is none. Raises ``ApiError`` 400 for what the real API refuses."""
        metadata = _new_metadata(json_object(request))
        return _response(self.kept.update(completion, metadata=metadata))

    def delete(self, _: Request, completion: str) -> Response:
        """Forget one."""
        return json_response(self.kept.delete(completion))

    def messages(self, request: Request, completion: str) -> Response:
        """List the messages of the request, in pages."""
        paging = Paging.read(Query(request.query), order="asc")
        record = self.kept.get(completion)
        messages = message_records(record.id, record.content)
        return json_response(page(messages, paging, self._message_place(messages)))

    def _message_place(self, messages: list[Record]) -> Callable[[str], int | None]:
        places = {message.id: message.place for message in messages}

        def place(message: str) -> int | None:
            if message not in places and self.kept.is_complete:
                raise _no_message(message)
            return places.get(message)

        return place


def _not_found(completion: str) -> ApiError:
    return ApiError(404, f"No chat completion found with id '{completion}'.")


def _no_message(message: str) -> ApiError:
    return ApiError(404, f"No message found with id '{message}'.")


def _response(record: Record) -> Response:
    return Response(200, JSON_HEAD, record.data)


def _new_metadata(document: dict[str, Any]) -> dict[str, str]:
    """Check the body of an update."""
    if "metadata" not in document:
        raise missing("metadata")
    for name in document:
        if name != "metadata":
            raise unknown(name)
    if document["metadata"] is not None:
        PARAMETERS["metadata"](document["metadata"], "metadata")
    return document["metadata"] or {}


class _Traits(msgspec.Struct):
    """What the list filters by."""

    model: str
    metadata: dict[str, Any]


_traits = msgspec.json.Decoder(_Traits).decode


def _filter(model: str | None, metadata: dict[str, str]) -> Callable[[Record], bool] | None:
    """Return what tells the completions of a model with at least this metadata; None when all will do."""
    if model is None and not metadata:
        return None

    def fits(record: Record) -> bool:
        traits = _traits(record.data)
        return model in (None, traits.model) and metadata.items() <= traits.metadata.items()

    return fits
