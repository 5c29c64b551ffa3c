"""What a text that is filled in may know: the request, what it has met, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.lazy import Lazy
from openai_mock_api.script.templates.bounds import Budget
from openai_mock_api.script.templates.groups import Groups, groups_of

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from openai_mock_api.clock import Clock
    from openai_mock_api.script.messages import Call, Message
    from openai_mock_api.script.search.candidates import Match
else:
    uuid = Lazy("uuid")

#: Headers that no text may repeat: they hold keys.
SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"})


class Scene:
    """The moment in which a turn answers. ``played`` is how often it has answered before. Lives as long as its request.

    ``budget`` is what all texts of the answer share.
    """

    def __init__(self, call: Call, match: Match, played: int, clock: Clock) -> None:
        self.call = call
        self.match = match
        self.played = played
        self.clock = clock
        self.budget = Budget()

    @cached_property
    def groups(self) -> Groups:
        """What regular expressions have captured."""
        return groups_of(self.call, self.match)

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """The messages of the request, as plain data."""
        return [_plain(message) for message in self.call.messages]


def _plain(message: Message) -> dict[str, Any]:
    return {
        "role": message.role,
        "text": message.text,
        "name": message.name,
        "tool_call_id": message.tool_call_id,
        "tool_calls": [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in message.tool_calls],
        "parts": list(message.parts),
    }


def _call(scene: Scene) -> dict[str, Any]:
    call = scene.call
    body = _body(call)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(call.headers)}
    return {
        "model": call.model,
        "endpoint": call.endpoint,
        "stream": call.stream,
        "user": body.get("user"),
        "tools": [tool.name for tool in call.tools],
        "body": body,
        "headers": {name: value for name, value in headers.items() if name not in SECRET_HEADERS},
    }


def _body(call: Call) -> dict[str, Any]:
    """Return the body's JSON object; a body that is none is empty."""
    try:
        body = call.document()
    except msgspec.DecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _last_user(scene: Scene) -> str:
    return scene.call.last_user


def _results(scene: Scene) -> dict[str, Any]:
    """Return what tools have answered, by the id of the call, decoded where it is JSON."""
    said = ((m.tool_call_id, m.text) for m in scene.call.messages if m.role == "tool")
    return {id_: _decoded(text) for id_, text in said if id_ is not None}


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text


def _turn(scene: Scene) -> dict[str, int]:
    steps = scene.match.flow.steps[: scene.match.turn + 1]
    return {"number": sum(step.role == "assistant" for step in steps), "answered": scene.played}


def _uuid(scene: Scene) -> Callable[[], str]:
    return lambda: str(uuid.UUID(int=scene.clock.random.getrandbits(128), version=4))


#: The names that a template may use, and where their values come from.
KNOWN: Final[MappingProxyType[str, Callable[[Scene], Any]]] = MappingProxyType(
    {
        "call": _call,
        "messages": lambda scene: scene.messages,
        "last": lambda scene: scene.messages[-1],
        "last_user": _last_user,
        "match": lambda scene: scene.groups,
        "results": _results,
        "turn": _turn,
        "now": lambda scene: datetime.fromtimestamp(scene.clock.now(), UTC),
        "uuid": _uuid,
        "random": lambda scene: scene.clock.random.random,
        "randint": lambda scene: scene.clock.random.randint,
        "choice": lambda scene: scene.clock.random.choice,
        "range": lambda _: range,
    }
)
