"""What a turn expects of the call that has reached it, beyond what has made it match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.matching.conditions import Condition
from openai_mock_api.script.matching.matchers import Difference, Matcher, json_parting

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call


class Unmet(msgspec.Struct, frozen=True):
    """One thing that was expected in vain. ``name`` is its key below ``expect``: ``tools``, ``body.temperature``."""

    name: str
    difference: Difference


class Expectation(msgspec.Struct, frozen=True):
    """Conditions that shall hold. ``hard`` refuses a call that does not fulfil them; else it is answered and noted."""

    conditions: tuple[Condition, ...]
    hard: bool = False

    def unmet(self, call: Call) -> tuple[Unmet, ...]:
        """Return what the call does not fulfil."""
        compared = ((condition.name, condition.difference(call)) for condition in self.conditions)
        return tuple(Unmet(name, difference) for name, difference in compared if difference is not None)


class Said(msgspec.Struct, frozen=True):
    """A text of the call: all of its ``system`` messages, or its ``last_user`` message. ``name`` is the key."""

    name: str
    field: str
    matcher: Matcher

    def difference(self, call: Call) -> Difference | None:
        """Compare the text."""
        return self.matcher.difference(getattr(call, self.field))


class Schema(msgspec.Struct, frozen=True):
    """The JSON Schema that the call asks for. Objects in it may hold more keys than expected."""

    schema: dict[str, Any]
    name: str = "schema"

    def difference(self, call: Call) -> Difference | None:
        """Compare as JSON."""
        expected = msgspec.json.encode(self.schema).decode()
        if call.schema is None:
            return Difference(expected, "no schema")
        parted = json_parting(self.schema, call.schema)
        return Difference(expected, msgspec.json.encode(call.schema).decode(), hint=parted) if parted else None


class ExpectationError(ScriptError):
    """A call does not fulfil what the turn that it has reached expects, and is refused: code ``expectation_failed``."""

    def __init__(self, flow: str, turn: int, unmet: tuple[Unmet, ...]) -> None:
        names = ", ".join(failed.name for failed in unmet)
        super().__init__(f"The request does not meet what the response '{flow}' expects at messages[{turn}]: {names}")
        self.code = "expectation_failed"
        self.message = f"{self.message}\n\n" + "\n".join(map(described, unmet))


def described(unmet: Unmet) -> str:
    """Say what was expected and what came, as a block of lines."""
    difference = unmet.difference
    lines = [f"{unmet.name}:", f"  expected: {difference.expected}", f"  got:      {difference.got}"]
    return "\n".join([*lines, f"  hint:     {difference.hint}"] if difference.hint else lines)
