"""What came before a request for a response: the responses that it follows, or its conversation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.errors import ApiError
from openai_mock_api.resources.response_records import conversation_of, previous_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.clock import Clock
    from openai_mock_api.resources.collection import Collection
    from openai_mock_api.resources.conversations import Conversations
    from openai_mock_api.resources.lanes import Lane
    from openai_mock_api.resources.response_records import Kept
    from openai_mock_api.resources.store import Record

    Item = dict[str, Any]

#: Ids of items begin with their kind and what all ids of a response share.
_OF_RESPONSE: Final = re.compile(r"[a-z]+_([0-9a-f]{46})[0-9a-f]+")


class StoredPast:
    """The stored responses and conversations, as requests refer to them. A view.

    ``previous`` are the responses, with the error for one that a request follows and nobody knows. What is made in the
    background is not there before it is finished. ``lane`` is what the connection of a request remembers.
    """

    def __init__(
        self, previous: Collection, conversations: Conversations, clock: Clock, lane: Lane | None = None
    ) -> None:
        self._previous = previous
        self._conversations = conversations
        self._clock = clock
        self._lane = lane

    def on(self, lane: Lane | None) -> StoredPast:
        """Return the past as it is known on a lane."""
        return self if lane is None else StoredPast(self._previous, self._conversations, self._clock, lane)

    def before(self, document: dict[str, Any]) -> list[Item]:
        """Return the items that stand in front of a request's own.

        Raises ``ApiError`` for ids that nobody knows, and for a response that is not finished.
        """
        conversation = conversation_of(document)
        behind = [] if conversation is None else self._conversations.items(conversation)
        return [*self.until(previous_of(document)), *behind]

    def until(self, response: str | None) -> list[Item]:
        """Return all items up to the end of a response. Raises ``ApiError`` as ``before`` does."""
        remembered = None if self._lane is None else self._lane.find(response)
        if remembered is not None:
            return remembered
        turns = [[*self._input(read(record.content)), *output_of(record)] for record in self._backwards(response)]
        return [item for turn in reversed(turns) for item in turn]

    def inputs(self, kept: Kept) -> list[Item]:
        """Return all items that a response answers, its own request's last."""
        return [*self.until(kept.previous), *self._input(kept)]

    def _input(self, kept: Kept) -> list[Item]:
        """Return the items of a response's request, behind those that its conversation had then."""
        if kept.conversation is None:
            return kept.input
        first = kept.input[0]["id"] if kept.input else None
        before = self._conversations.items_until(kept.conversation, first)
        return [*before, *kept.input]

    def _backwards(self, response: str | None) -> Iterator[Record]:
        while response is not None:
            record = self._previous.get(response)
            status = self._unfinished(record)
            if status is not None:
                raise _not_finished(response, status)
            yield record
            response = read(record.content).previous

    def _unfinished(self, record: Record) -> str | None:
        """Return the status of a response that is still being made."""
        background = read(record.content).background
        return None if background is None else background.status(self._clock.now())

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
        if record is None:
            return []
        output = output_of(record) if self._unfinished(record) is None else []
        return [*read(record.content).input, *output]


def output_of(record: Record) -> list[Item]:
    """Return the items of a response's output, with all that requests can include."""
    output: list[Item] = read(record.content).output or record.object()["output"]
    return output


def no_previous(response: str) -> ApiError:
    """A request follows a response that nobody knows."""
    return ApiError(
        400,
        f"Previous response with id '{response}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def _not_finished(response: str, status: str) -> ApiError:
    return ApiError(
        400,
        f"Previous response with id '{response}' is {status}: it cannot be followed before it is finished. Retrieve it "
        "until it is, then try again.",
        param="previous_response_id",
        code="previous_response_not_finished",
    )


def _no_item(item: str) -> ApiError:
    return ApiError(
        404,
        f"Item with id '{item}' not found. Items are not persisted when `store` is set to false. Try again with "
        "`store` set to true, or remove this item from your input.",
        param="input",
    )
