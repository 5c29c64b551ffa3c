"""Which exchanges a test means, and how others differ from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

from openai_mock_api.config.comparison import text_matcher_of
from openai_mock_api.config.compiler import conditions_of
from openai_mock_api.config.model import ConversationMessage, TextMatcher, When
from openai_mock_api.journal import Exchange
from openai_mock_api.script.matching.conditions import Glob
from openai_mock_api.script.matching.expectations import Said, Unmet
from openai_mock_api.script.matching.matchers import Difference
from openai_mock_api.script.messages import Call, Tool
from openai_mock_api.testing.dialogues import Dialogue
from openai_mock_api.testing.texts import Text
from openai_mock_api.testing.turns import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.script.matching.conditions import Condition

#: Most characters of a value in the list of what is wanted.
_SHOWN: Final = 100


class Filters(TypedDict, total=False):
    """What an exchange must hold; whatever is left out may be anything.

    ``method``, ``path`` and ``model`` are glob patterns. ``messages`` is the whole conversation; without a system
    message in it, those of the request do not count. ``user`` is the text of the user's last message, ``system`` those
    of the system, joined by newlines: each a text that must be equal, or a matcher. ``tools`` are names of tools that
    are offered, ``header`` maps names to glob patterns, ``body`` dotted paths to values. ``status`` is that of the
    answer. ``where`` is a function that gets the exchange and says whether it is meant.
    """

    method: str
    path: str
    model: str
    messages: Sequence[ConversationMessage | Mapping[str, Any]]
    user: Text
    system: Text
    tools: Sequence[str]
    stream: bool
    header: Mapping[str, str]
    body: Mapping[str, Any]
    status: int
    where: Callable[[Exchange], Any]


class Search:
    """Filters, ready to compare."""

    def __init__(self, flow: str | None, filters: Filters) -> None:
        self.filters: dict[str, Any] = {**({} if flow is None else {"flow": flow}), **filters}
        self._conditions = list(_conditions(filters))
        self._dialogue = Dialogue(filters["messages"]) if "messages" in filters else None

    def fits(self, exchange: Exchange) -> bool:
        """Whether an exchange is meant."""
        return not self.unmet(exchange)

    def unmet(self, exchange: Exchange) -> tuple[Unmet, ...]:
        """Return how an exchange differs from those that are meant."""
        call = _call_of(exchange)
        compared = [*self._about(exchange), *((c.name, c.difference(call)) for c in self._conditions)]
        unmet = [Unmet(name, _masked(name, difference, exchange)) for name, difference in compared if difference]
        parted = self._dialogue.unmet(call.messages) if self._dialogue else None
        return (*unmet, *([parted] if parted else []))

    def _about(self, exchange: Exchange) -> Iterator[tuple[str, Difference | None]]:
        """Compare what is not of the call."""
        wanted = self.filters
        for name, got in (("flow", exchange.matched), ("status", exchange.status)):
            if name in wanted and wanted[name] != got:
                yield name, Difference(str(wanted[name]), "no match" if got is None else str(got))
        for name, text in (("method", exchange.method), ("path", exchange.path)):
            if name in wanted and not any(e.match(text) for e in Glob.of(name, [wanted[name]]).expressions):
                yield name, Difference(wanted[name], text)
        if "where" in wanted and not wanted["where"](exchange):
            yield "where", Difference(f"{name_of(wanted['where'])} says yes", "it says no")

    def __str__(self) -> str:
        """Say what is wanted, a line each."""
        return "\n".join(f"  {name}: {_described(value)}" for name, value in self.filters.items())


def _conditions(filters: Filters) -> Iterator[Condition]:
    when: dict[str, Any] = {name: filters[name] for name in ("model", "stream") if name in filters}
    tools, headers, body = filters.get("tools", ()), filters.get("header", {}), filters.get("body", {})
    yield from conditions_of(When(**when, tools=list(tools), headers=dict(headers), body=dict(body)))
    if "system" in filters:
        yield Said("system", "system", text_matcher_of(filters["system"]))
    if "user" in filters:
        yield Said("user", "last_user", text_matcher_of(filters["user"]))


def _call_of(exchange: Exchange) -> Call:
    """Read a request as conditions look at it."""
    document = exchange.json
    return Call(
        endpoint="",
        model=exchange.model or "",
        messages=exchange.conversation,
        stream=exchange.stream,
        tools=tuple(map(Tool, exchange.tools)),
        headers=exchange.request.headers,
        body=exchange.body,
        parameters=document if isinstance(document, dict) else None,
    )


def _masked(name: str, difference: Difference, exchange: Exchange) -> Difference:
    """Show of a header what the journal shows."""
    header = name.removeprefix("headers.").lower()
    if header == name or header not in exchange.headers:
        return difference
    return Difference(difference.expected, exchange.headers[header])


def _described(value: Any) -> str:
    if isinstance(value, TextMatcher):
        content = "" if value.matcher == "any" else f" {value.content!r}"
        return f"{'not ' if value.not_ else ''}{value.matcher or 'exact'}{content}"
    if callable(value):
        return name_of(value)
    if isinstance(value, list | tuple) and not all(isinstance(item, str) for item in value):
        return f"{len(value)} message" if len(value) == 1 else f"{len(value)} messages"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
