"""How a test adds to the script of its mock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Unpack

from openai_mock_api.config.arguments import checked
from openai_mock_api.config.model import AssistantTurn, ConversationMessage, Error, ErrorName, TextMatcher, When
from openai_mock_api.testing.messages import Message, anyone, user
from openai_mock_api.testing.reports import no_response
from openai_mock_api.testing.texts import Text
from openai_mock_api.testing.turns import Function, FunctionTurn, Says, TurnKeys, assistant, bare
from openai_mock_api.testing.written import written

if TYPE_CHECKING:
    from openai_mock_api.server.room import Room
    from openai_mock_api.testing.additions import Additions

#: What an answer is for: a text of the user or a matcher, a message, or several that end the conversation.
To = Text | ConversationMessage | Sequence[Message] | None


class Scripting:
    """The script of a room, and what a test adds to it until the next reset.

    What is added is asked before the configuration's responses: first what ends after some calls, in the order in which
    it was added; then the rest, by the usual rules of matching, of equals the newest, and a failure before all that was
    added earlier.
    """

    def __init__(self, room: Room, additions: Additions) -> None:
        self._room = room
        self._additions = additions

    @checked
    def script(
        self,
        *messages: Message,
        id: str | None = None,  # noqa: A002 - the configuration's name
        when: When | Mapping[str, Any] | None = None,
        priority: int | None = None,
        anchor: Literal["start", "end"] = "start",
    ) -> str:
        """Add a conversation: ``script(user("Hello"), assistant("Hi!"))``. Returns the id of the response.

        The keywords are the keys of a response in a configuration. Raises ``ConfigError`` for what no configuration may
        say, ``ValueError`` for an id that is taken.
        """
        return self._additions.add("script", messages, id_=id, when=when, priority=priority, anchor=anchor)

    @checked
    def reply(
        self,
        *says: Says | Function | Message,
        to: To = None,
        times: int | None = None,
        when: When | Mapping[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 - the configuration's name
        priority: int | None = None,
        **keys: Unpack[TurnKeys],
    ) -> str:
        """Answer every request that ends with a message that fits ``to``; without it, every request.

        ``says`` and ``keys`` are what ``assistant`` takes; or one message that ``assistant`` or ``sequence`` has made.
        With ``times`` only so many requests are answered. ``to`` may also be a message such as ``tool(…)``, or several
        with which the conversation ends. Returns the id of the response. Raises as ``script`` does.
        """
        ready = says[0] if len(says) == 1 else None
        if isinstance(ready, ConversationMessage | FunctionTurn):
            turn: Message = ready
        else:
            turn = assistant(*says, **keys)  # type: ignore[arg-type]
        return self._answer("reply", turn, to, times, id_=id, when=when, priority=priority)

    @checked
    def fail(
        self,
        error: int | ErrorName | None = None,
        *,
        to: To = None,
        times: int | None = None,
        when: When | Mapping[str, Any] | None = None,
        id: str | None = None,  # noqa: A002 - the configuration's name
        priority: int | None = None,
        **fields: Any,
    ) -> str:
        """Answer with an error: a status, one of OpenAI's errors by name, or the fields of an ``error``.

        ``fail(429, times=2)`` lets two requests fail, whatever they say. The rest is as with ``reply``.
        """
        if isinstance(error, int):
            fields = {"status": error, **fields}
        elif error is not None:
            fields = {"preset": error, **fields}
        turn = ConversationMessage(role="assistant", error=Error(**(fields or {"preset": "server_error"})))
        return self._answer("failure", turn, to, times, id_=id, when=when, priority=priority)

    @checked
    def remove(self, id: str) -> None:  # noqa: A002 - the configuration's name
        """Remove a response from the script, until the next reset. Raises ``ValueError`` for an unknown id."""
        flows = self._room.answering.script.by_id
        if id not in flows:
            raise ValueError(no_response(id, flows))
        self._room.edit(lambda script: [flow for flow in script.flows if flow.id != id])

    def to_yaml(self) -> str:
        """Write configuration and script as YAML, which loads to the same script.

        Where functions answer there are errors that name them. Raises ``MockError`` when there is nothing to write.
        """
        return written(self._room.settings.config, self._room.answering.script.flows)

    def _answer(self, kind: str, turn: Message, to: To, times: int | None, **options: Any) -> str:
        ending = turn if times is None else _limited(turn, times)
        return self._additions.add(kind, [*_asked(to), ending], anchor="end", **options)


def _asked(to: To) -> list[Message]:
    if to is None:
        return [anyone()]
    if isinstance(to, str | TextMatcher):
        return [user(to)]
    return [to] if isinstance(to, ConversationMessage) else list(to)


def _limited(turn: Message, times: int) -> Message:
    """Let a turn answer so many calls and no more; the last of a sequence is repeated, or the sequence begins anew."""
    if times < 1:
        raise ValueError(f"expected 1 or more, got {times}")
    message = turn.message if isinstance(turn, FunctionTurn) else turn
    entries: list[AssistantTurn] = message.sequence or [bare(message)]
    places = [i % len(entries) if message.then == "loop" else min(i, len(entries) - 1) for i in range(times)]
    limited = ConversationMessage(role="assistant", sequence=[entries[i] for i in places], then="miss")
    if not isinstance(turn, FunctionTurn):
        return limited
    return FunctionTurn(
        limited, {i: turn.functions[place] for i, place in enumerate(places) if place in turn.functions}
    )
