"""What came before a request for a response: the responses that it follows, or its conversation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.errors import ApiError
from openai_mock_api.resources.response_records import conversation_of, previous_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.resources.collection import Collection
    from openai_mock_api.resources.conversations import Conversations
    from openai_mock_api.resources.store import Record

    Item = dict[str, Any]

#: Ids of items begin with their kind and what all ids of a response share.
_OF_RESPONSE: Final = re.compile(r"[a-z]+_([0-9a-f]{46})[0-9a-f]+")


class StoredPast:
    """The stored responses and conversations, as requests refer to them. A view.

    ``previous`` are the responses, with the error for one that a request follows and nobody knows.
    """

    def __init__(self, previous: Collection, conversations: Conversations) -> None:
        self._previous = previous
        self._conversations = conversations

    def before(self, document: dict[str, Any]) -> list[Item]:
        """Return the items that stand in front of a request's own. Raises ``ApiError`` for ids that nobody knows."""
        conversation = conversation_of(document)
        behind = [] if conversation is None else self._conversations.items(conversation)
        return [*self.until(previous_of(document)), *behind]

    def until(self, response: str | None) -> list[Item]:
        """Return all items up to the end of a response. Raises ``ApiError`` for one that nobody knows."""
        turns = [[*self.input(record), *output_of(record)] for record in self._backwards(response)]
        return [item for turn in reversed(turns) for item in turn]

    def inputs(self, record: Record) -> list[Item]:
        """Return all items that a response answers, its own request's last."""
        return [*self.until(read(record.content).previous), *self.input(record)]

    def input(self, record: Record) -> list[Item]:
        """Return the items of a response's request, behind those that its conversation had then."""
        kept = read(record.content)
        if kept.conversation is None:
            return kept.input
        first = kept.input[0]["id"] if kept.input else None
        before = self._conversations.items_until(kept.conversation, first)
        return [*before, *kept.input]

    def _backwards(self, response: str | None) -> Iterator[Record]:
        while response is not None:
            record = self._previous.get(response)
            yield record
            response = read(record.content).previous

    def item(self, document: dict[str, Any], id: str) -> Item:  # noqa: A002 - the wire's own name
        """Return the item with an id. Raises ``ApiError`` for one that nobody knows."""
        conversation = conversation_of(document)
        listed = [] if conversation is None else self._conversations.items(conversation)
        found = next((item for item in (*listed, *self._of_response(id)) if item["id"] == id), None)
        if found is not None:
            return found
        if self._previous.is_complete:
            raise _no_item(id)
        return {"id": id}

    def _of_response(self, item: str) -> list[Item]:
        match = _OF_RESPONSE.fullmatch(item)
        record = None if match is None else self._previous.find(f"resp_{match[1]}00")
        return [] if record is None else [*read(record.content).input, *output_of(record)]


def output_of(record: Record) -> list[Item]:
    """Return the items of a response's output."""
    output: list[Item] = record.object()["output"]
    return output


def no_previous(response: str) -> ApiError:
    """A request follows a response that nobody knows."""
    return ApiError(
        400,
        f"Previous response with id '{response}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def _no_item(item: str) -> ApiError:
    return ApiError(
        404,
        f"Item with id '{item}' not found. Items are not persisted when `store` is set to false. Try again with "
        "`store` set to true, or remove this item from your input.",
        param="input",
    )
