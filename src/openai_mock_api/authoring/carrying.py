"""What the imports of other tools' files have in common: the configuration that grows, and what is left behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.authoring.meetings import meetings
from openai_mock_api.config.compiler import compile_script
from openai_mock_api.config.load import load_config, load_responses
from openai_mock_api.config.turn_rules import json_fault
from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.config.model import MockConfig
    from openai_mock_api.config.places import KeyPath
    from openai_mock_api.config.reading import Document, Fault

Message = dict[str, Any]

_LONGEST_NAME: Final = 40


class Carrying:
    """The import of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._faults: list[Fault] = []
        self.unmatched: str | None = None
        self._responses: list[dict[str, Any]] = []
        self._names: set[str] = set()

    def left(self, path: KeyPath, message: str) -> None:
        """Say what became of the value at a path."""
        self._faults.append((path, message))

    @property
    def remarks(self) -> list[Problem]:
        """What was left behind or means something else now, in the document's order."""
        return self._document.problems(self._faults)

    def left_keys(self, path: KeyPath, entries: Mapping[str, Any], known: Iterable[str]) -> None:
        """Say that keys other than ``known`` were left behind."""
        for key in entries:
            if key not in known:
                self.left((*path, key), "left out; nothing here corresponds to it")

    @contextmanager
    def entry(self, path: KeyPath) -> Iterator[None]:
        """Leave the entry at a path out when it cannot be read, or when what became of it cannot be served."""
        responses, faults = len(self._responses), len(self._faults)
        try:
            yield
            load_responses(self._responses[responses:])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            del self._responses[responses:], self._faults[faults:]
            self.left(path, f"left out; {_fault(error)}")

    def add(
        self, name: str, messages: list[Message], *, anchor: str = "end", when: dict[str, Any] | None = None
    ) -> None:
        """Add a response. ``name`` becomes its id, made unique."""
        response: dict[str, Any] = {"id": self._unique(name)}
        if when:
            response["when"] = when
        if anchor != "start":
            response["anchor"] = anchor
        self._responses.append({**response, "messages": messages})

    def _unique(self, name: str) -> str:
        slug = re.sub(r"\W+", "-", name.strip().lower())[:_LONGEST_NAME].strip("-") or "response"
        unique, count = slug, 1
        while unique in self._names:
            count += 1
            unique = f"{slug}-{count}"
        self._names.add(unique)
        return unique

    def config(self) -> dict[str, Any]:
        """Return the configuration, with priorities where the first response that fits would not win without.

        Raises ``ConfigError`` when that is nothing, or cannot be served.
        """
        if not self._responses:
            raise ConfigError([*self.remarks, Problem("nothing could be carried over")])
        policy = {"unmatched": self.unmatched} if self.unmatched else {}
        config = {"api_key": "test-key", **policy, "responses": self._responses}
        if _ranked(load_config(config).config):
            return config
        first = len(self._responses)
        prior = [{"id": r["id"], "priority": first - place, **r} for place, r in enumerate(self._responses)]
        return {**config, "responses": prior}


def section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a section of a file, empty where there is none. Raises ``TypeError`` for what is no mapping."""
    found = data.get(name) or {}
    if not isinstance(found, Mapping):
        raise TypeError(f"{name} is no mapping")
    return dict(found)


def _fault(error: Exception) -> str:
    if isinstance(error, ConfigError):
        return "; ".join(problem.message for problem in error.problems)
    return "something in it is not of the type that it has there"


def _ranked(config: MockConfig) -> bool:
    """Whether earlier responses never rank below later ones."""
    ways = meetings(compile_script(config).flows).values()
    ranks = [min(way.rank[1:-1] for way in of_flow if way.asks) for of_flow in ways]
    return ranks == sorted(ranks)


def asked(text: str | None, turn: Message, *, case_sensitive: bool = True) -> Message:
    """Expect what a turn answers: a user's message that holds a text, or any message when no text is given.

    A turn that calls tools answers the user alone; else it would answer the results too, with the same calls.
    """
    if text is None and not results(turn):
        return {"role": "any", "matcher": "any"}
    return user(text, case_sensitive=case_sensitive)


def user(text: str | None = None, matcher: str = "contains", *, case_sensitive: bool = True) -> Message:
    """Expect a user's message; any, when no text is given."""
    return expected("user", text, matcher, case_sensitive=case_sensitive)


def expected(role: str, text: str | None, matcher: str, *, case_sensitive: bool = True) -> Message:
    """Expect a message that is compared; any, when no text is given."""
    if text is None:
        return {"role": role, "matcher": "any"}
    if matcher == "exact":
        return {"role": role, "content": text}
    cases = {"case_sensitive": True} if case_sensitive else {}
    return {"role": role, "content": text, "matcher": matcher, **cases}


def results(turn: Message) -> list[Message]:
    """Expect the results of a turn's calls."""
    return [
        {"role": "tool", "tool_call_id": call["id"], "matcher": "any"}
        for answer in turn.get("sequence", [turn])
        for call in answer.get("tool_calls", [])
    ]


def tool_call(name: str, arguments: Any, id_: str | None = None) -> dict[str, Any]:
    """Call a function; text that is no JSON is sent as it is."""
    if not isinstance(arguments, str | dict):
        arguments = msgspec.json.encode(arguments).decode()
    broken = {"broken": True} if isinstance(arguments, str) and json_fault(arguments) else {}
    return {"id": id_ or f"call_{name}", "function": {"name": name, "arguments": arguments}, **broken}


def literal_glob(text: str) -> str:
    """Write a text as the glob pattern that only it fits."""
    return re.sub(r"([*?[])", r"[\1]", text)
