"""Which texts of a turn are filled in for every request, and where they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET

from openai_mock_api.config.places import KeyPath, Place, shown
from openai_mock_api.script.flows import Turn
from openai_mock_api.script.templates.blanks import Blank, Template, Templated, filling_of
from openai_mock_api.script.templates.bounds import FillingError
from openai_mock_api.script.templates.groups import Names, referring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.config.complaints import Complaint
    from openai_mock_api.config.model import AssistantTurn, ConversationMessage, ToolCall
    from openai_mock_api.config.reading import Origin
    from openai_mock_api.script.flows import Step
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.templates.blanks import Filling


class Said(NamedTuple):
    """One thing that a turn says: the field of its reply, and where the turn has it."""

    field: str
    path: KeyPath
    value: Any


def said_in(turn: AssistantTurn) -> tuple[Said, ...]:
    """Return what a turn says itself. The words of its sound are its content."""
    if turn.audio is UNSET or turn.audio.transcript is UNSET:
        content = Said("content", ("content",), turn.content)
    else:
        content = Said("content", ("audio", "transcript"), turn.audio.transcript)
    return content, Said("refusal", ("refusal",), turn.refusal), Said("reasoning", ("reasoning",), turn.reasoning)


def said_to(call: ToolCall) -> Said:
    """Return what a call says to its tool."""
    if call.custom is not UNSET:
        return Said("arguments", ("custom", "input"), call.custom.input)
    arguments = None if call.function is UNSET else call.function.arguments
    return Said("arguments", ("function", "arguments"), arguments)


def templates(turn: AssistantTurn) -> Iterator[Complaint]:
    """Texts must be templates where a turn says so."""
    texts = list(_texts_of(turn))
    if not texts:
        yield ("template",), "has no text to fill in; give the turn some, or remove it"
    for path, text in texts:
        try:
            Templated.of(text)
        except FillingError as error:
            yield path, f"is no template: {error}"


def _texts_of(turn: AssistantTurn) -> Iterator[tuple[KeyPath, str]]:
    for _, path, value in said_in(turn):
        yield from _leaves(value, path)
    for i, call in enumerate(turn.tool_calls):
        _, path, value = said_to(call)
        yield from _leaves(value, ("tool_calls", i, *path))


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))


class Seat(NamedTuple):
    """Where a turn stands: in which response, at which path of it; and the groups that the response's steps capture.

    ``origin`` is where the response is written, None when it was built in Python.
    """

    response: str
    path: KeyPath
    groups: Names
    origin: Origin | None = None

    def below(self, *path: str | int) -> Seat:
        """Return the seat of a part."""
        return self._replace(path=(*self.path, *path))

    def __str__(self) -> str:
        place = Place() if self.origin is None else self.origin.place(self.path)
        where = f" ({place})" if place.line else ""
        return f"{shown(self.path)} of response {self.response!r}{where}"


def with_templates(step: Step, message: ConversationMessage, seat: Seat) -> Step:
    """Give the replies of a turn their templates. Raises ``FillingError`` for a text that is none."""
    if not isinstance(step, Turn):
        return step
    seats = [seat.below("sequence", i) for i in range(len(message.sequence))] or [seat]
    replies = map(_with_template, step.replies, message.sequence or [message], seats)
    return msgspec.structs.replace(step, replies=tuple(replies))


def _with_template(reply: Reply, turn: AssistantTurn, seat: Seat) -> Reply:
    if not (turn.template or turn.choices or seat.groups.any):
        return reply
    seats = [seat.below("choices", i) for i in range(len(turn.choices))]
    choices = tuple(map(_with_template, reply.choices, turn.choices, seats))
    template = _template_of(turn, choices, seat)
    return msgspec.structs.replace(reply, choices=choices, template=template) if template else reply


def _template_of(turn: AssistantTurn, choices: Iterable[Reply], seat: Seat) -> Template | None:
    texts = {said.field: _blank(turn, said, seat) for said in said_in(turn)}
    arguments = {i: _tool_blank(turn, call, seat.below("tool_calls", i)) for i, call in enumerate(turn.tool_calls)}
    inner = [choice.template for choice in choices if choice.template]
    template = Template(
        texts={field: blank for field, blank in texts.items() if blank},
        arguments={i: blank for i, blank in arguments.items() if blank},
        depends_on_body_alone=not turn.template and all(template.depends_on_body_alone for template in inner),
    )
    return template if template.texts or template.arguments or inner else None


def _tool_blank(turn: AssistantTurn, call: ToolCall, seat: Seat) -> Blank | None:
    is_json = call.function is not UNSET and not call.broken
    return _blank(turn, said_to(call), seat, is_json=is_json)


def _blank(turn: AssistantTurn, said: Said, seat: Seat, *, is_json: bool = False) -> Blank | None:
    def of_text(text: str) -> Filling | None:
        within_quotes = is_json and text is said.value
        return Templated.of(text) if turn.template else referring(text, seat.groups, as_json=within_quotes)

    filling = filling_of(said.value, of_text)
    return Blank(filling, str(seat.below(*said.path)), is_json) if filling else None
