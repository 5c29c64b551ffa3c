"""Texts of a reply that are filled in for every request.

Such a text is a template of Jinja2 (``Templated``), refers to groups of regular expressions (``Referring``), or is JSON
made of a mapping that holds such texts (``Structure``). All of them are compiled when a script is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from openai_mock_api.errors import ScriptError
from openai_mock_api.lazy import Lazy
from openai_mock_api.script.templates.bounds import FillingError
from openai_mock_api.script.templates.groups import Referring
from openai_mock_api.script.templates.scene import KNOWN, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.clock import Clock
    from openai_mock_api.script.messages import Call, ToolCall
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.search.candidates import Match
    from openai_mock_api.script.templates import sandbox
else:
    sandbox = Lazy("openai_mock_api.script.templates.sandbox")  # that loads Jinja2


class Filling(Protocol):
    """A text that is filled in."""

    def fill(self, scene: Scene) -> str:
        """Return the text for one request. Raises ``FillingError`` when there is none."""


class Templated(msgspec.Struct, frozen=True):
    """A template of Jinja2."""

    compiled: sandbox.Compiled

    @classmethod
    def of(cls, source: str) -> Templated:
        """Compile ``source``. Raises ``FillingError`` for what is no template, and for names that nobody knows."""
        return cls(sandbox.compiled(source))

    def fill(self, scene: Scene) -> str:
        """Give the template the values of those names that it uses."""
        return self.compiled.text({name: KNOWN[name](scene) for name in self.compiled.names}, scene.budget)


class Structure(msgspec.Struct, frozen=True):
    """A mapping or a list with texts that are filled in. It becomes JSON text."""

    value: Any

    def fill(self, scene: Scene) -> str:
        """Encode the value with its texts filled in."""
        filled = _with_leaves(self.value, lambda leaf: leaf.fill(scene) if isinstance(leaf, _TEXTS) else leaf)
        return msgspec.json.encode(filled).decode()


_TEXTS: Final = (Templated, Referring)


def filling_of(value: Any, of_text: Callable[[str], Filling | None]) -> Filling | None:
    """Compile a text, or those in a mapping or a list, each with ``of_text``; None when nothing is to be filled in."""
    compiled = _with_leaves(value, lambda leaf: (of_text(leaf) if isinstance(leaf, str) else None) or leaf)
    if compiled == value:
        return None
    return Structure(compiled) if isinstance(compiled, dict | list) else compiled


def _with_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _with_leaves(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_leaves(item, change) for item in value]
    return change(value)


class Blank(msgspec.Struct, frozen=True):
    """One text of a reply that is filled in. ``place`` says where it is written; ``is_json`` what it has to become."""

    filling: Filling
    place: str
    is_json: bool = False

    def fill(self, scene: Scene) -> str:
        """Return the text for one request. Raises ``ScriptError`` when there is none."""
        try:
            text = self.filling.fill(scene)
            text.encode()  # a template can write half a surrogate pair, which no answer can hold
            if self.is_json:
                _check_json(text)
        except (FillingError, UnicodeEncodeError) as fault:
            raise ScriptError(f"Cannot fill in {self.place}: {fault}. Correct it there.") from None
        return text


def _check_json(text: str) -> None:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        hint = "`tojson` writes any value as JSON, and `broken: true` on the tool call sends the text as it is"
        raise FillingError(f"{text[:200]!r} is not JSON: {error}; {hint}") from None


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What of a reply is filled in: ``texts`` by the reply's field, and the ``arguments`` of its tool calls by place.

    What its choices fill in they have themselves; only those that are asked for are kept. Built once when a script is
    loaded. ``depends_on_body_alone`` says that the same body is always answered alike.
    """

    texts: dict[str, Blank] = msgspec.field(default_factory=dict)
    arguments: dict[int, Blank] = msgspec.field(default_factory=dict)
    depends_on_body_alone: bool = False

    def fill(self, reply: Reply, scene: Scene) -> Reply:
        """Build the reply of one request. Raises ``ScriptError`` for a text that cannot be filled in."""
        changes: dict[str, Any] = {name: blank.fill(scene) for name, blank in self.texts.items()}
        if self.arguments:
            changes["tool_calls"] = self._tool_calls(reply, scene)
        if reply.choices:
            asked = reply.choices[: scene.call.choices]
            changes["choices"] = tuple(c.template.fill(c, scene) if c.template else c for c in asked)
        return msgspec.structs.replace(reply, template=None, rendered={}, **changes)

    def _tool_calls(self, reply: Reply, scene: Scene) -> tuple[ToolCall, ...]:
        calls = list(reply.tool_calls)
        for place, blank in self.arguments.items():
            calls[place] = msgspec.structs.replace(calls[place], arguments=blank.fill(scene))
        return tuple(calls)


def filled(reply: Reply, call: Call, match: Match, played: int, clock: Clock) -> Reply:
    """Fill in a reply that has a ``template``, after ``played`` earlier answers of its turn.

    Raises ``ScriptError`` when that fails.
    """
    assert reply.template is not None
    return reply.template.fill(reply, Scene(call, match, played, clock))
