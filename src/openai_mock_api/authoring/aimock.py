"""Fixtures of aimock (JSON): ``{"fixtures": [{"match": {…}, "response": {…}}]}``.

Source of the format: the type definitions and the guide of github.com/CopilotKit/aimock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import msgspec

from openai_mock_api.authoring.carrying import asked, expected, literal_glob, results, tool_call
from openai_mock_api.config.model import FinishReason, ResponseFormat, Usage
from openai_mock_api.config.shapes import fields_of

if TYPE_CHECKING:
    from openai_mock_api.authoring.carrying import Carrying, Message
    from openai_mock_api.config.places import KeyPath

_POSITIONS: Final = ("turnIndex", "hasToolResult", "sequenceIndex")
_MATCHED: Final = {
    *_POSITIONS, "userMessage", "systemMessage", "toolCallId", "toolResultContains", "model", "responseFormat",
    "toolName", "context", "endpoint",
}  # fmt: skip
_ANSWERED: Final = {
    "content", "toolCalls", "blocks", "reasoning", "error", "status", "retryAfter", "finishReason", "usage", "model",
    "systemFingerprint",
}  # fmt: skip
_ENTRY: Final = {"match", "response", "latency", "streamingProfile", "metadata"}


class Fixture(NamedTuple):
    """One fixture whose answer can be given."""

    path: KeyPath
    match: dict[str, Any]
    turn: Message

    @property
    def kind(self) -> str:
        """``sequence`` or ``turns``, when it is one of several with the same match; else ``alone``."""
        if "sequenceIndex" in self.match:
            return "sequence"
        return "turns" if {"turnIndex", "hasToolResult"} & self.match.keys() else "alone"

    @property
    def position(self) -> Any:
        """Its place among those that share the match."""
        match = self.match
        return match.get("sequenceIndex", match.get("turnIndex", int(bool(match.get("hasToolResult")))))

    @property
    def family(self) -> bytes:
        """The same for all fixtures that belong together."""
        shared = {key: value for key, value in self.match.items() if key not in _POSITIONS}
        place = self.path if self.kind == "alone" else self.kind
        return msgspec.json.encode([place, shared], order="sorted")


def is_aimock(data: Any) -> bool:
    """Whether data looks like fixtures of aimock."""
    return isinstance(data, Mapping) and isinstance(data.get("fixtures"), list)


def carry_aimock(data: Any, carrying: Carrying) -> None:
    """Carry the fixtures over, those that share a match as one response."""
    carrying.left_keys((), data, {"fixtures"})
    families: dict[bytes, list[Fixture]] = {}
    for place, entry in enumerate(data["fixtures"]):
        path = ("fixtures", place)
        with carrying.entry(path):
            fixture = _Reading(carrying, path, entry).fixture()
            if fixture is not None:
                families.setdefault(fixture.family, []).append(fixture)
    for family in families.values():
        with carrying.entry(family[0].path):
            _add(carrying, _contiguous(carrying, family))


def _contiguous(carrying: Carrying, family: list[Fixture]) -> list[Fixture]:
    """Order the fixtures of a family; leave those out before which one is missing."""
    if family[0].kind == "alone":
        return family
    ordered = sorted(family, key=lambda fixture: fixture.position)
    kept = [fixture for place, fixture in enumerate(ordered) if fixture.position == place]
    for fixture in ordered:
        if fixture not in kept:
            name = next(key for key in reversed(_POSITIONS) if key in fixture.match)
            carrying.left((*fixture.path, "match", name), "left out with its fixture; no other one stands before it")
    return kept


def _add(carrying: Carrying, family: list[Fixture]) -> None:
    if not family:
        return
    first = family[0]
    turns = [fixture.turn for fixture in family]
    if first.kind == "sequence":
        turns = [{"role": "assistant", "sequence": [_without_role(turn) for turn in turns], "then": "miss"}]
    messages = [*_opening(first.match, turns[0]), turns[0]]
    for before, turn in pairwise(turns):
        messages += [*(results(before) or [asked(first.match.get("userMessage"), turn)]), turn]
    anchor = "start" if "systemMessage" in first.match or "turnIndex" in first.match else "end"
    name = first.match.get("userMessage") or first.match.get("toolCallId") or f"fixture-{first.path[1]}"
    carrying.add(str(name), messages, anchor=anchor, when=_conditions(first.match))


def _without_role(turn: Message) -> Message:
    return {key: value for key, value in turn.items() if key != "role"}


def _opening(match: dict[str, Any], turn: Message) -> list[Message]:
    if "toolCallId" in match:
        result = expected("tool", match.get("toolResultContains"), "contains")
        return [
            {"role": "tool", "tool_call_id": match["toolCallId"], **{k: v for k, v in result.items() if k != "role"}}
        ]
    return [*_system(match.get("systemMessage")), asked(match.get("userMessage"), turn)]


def _system(wanted: str | list[str] | None) -> list[Message]:
    if not wanted:
        return []
    if isinstance(wanted, str) or len(wanted) == 1:
        return [expected("system", wanted if isinstance(wanted, str) else wanted[0], "contains")]
    pattern = "".join(f"(?=.*{re.escape(part)})" for part in wanted)
    return [expected("system", f"(?s)^{pattern}", "regex")]


def _conditions(match: dict[str, Any]) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if "model" in match:
        model = literal_glob(match["model"])
        when["model"] = [model, f"{model}-[0-9]*"]  # as there: the name, or the name with a date
    if "toolName" in match:
        when["tools"] = [match["toolName"]]
    if "responseFormat" in match:
        when["response_format"] = match["responseFormat"]
    if "context" in match:
        when["headers"] = {"x-aimock-context": literal_glob(match["context"])}
    return when


class _Reading:
    """The reading of one fixture: what cannot be carried over is said."""

    def __init__(self, carrying: Carrying, path: KeyPath, entry: Any) -> None:
        self.carrying = carrying
        self.path = path
        self.entry: dict[str, Any] = entry if isinstance(entry, dict) else {}

    def fixture(self) -> Fixture | None:
        match, response = self.entry.get("match"), self.entry.get("response")
        if not isinstance(match, dict) or not isinstance(response, dict):
            self._left((), "left out; a fixture needs `match` and `response`, as mappings")
            return None
        turn = self._turn(response)
        if turn is None or not self._understood(match):
            return None
        self.carrying.left_keys(self.path, self.entry, _ENTRY)
        self.carrying.left_keys((*self.path, "match"), match, _MATCHED)
        return Fixture(self.path, match, turn)

    def _left(self, path: KeyPath, message: str) -> None:
        self.carrying.left((*self.path, *path), message)

    def _understood(self, match: dict[str, Any]) -> bool:
        """Say what of a match is lost, and whether it is so much that the fixture is."""
        if match.get("endpoint", "chat") != "chat" or "inputText" in match:
            self._left(("match",), "left out; only fixtures for chat are carried over")
        elif "toolResultContains" in match and "toolCallId" not in match:
            self._left(("match", "toolResultContains"), "left out with its fixture; here a tool's result has an id")
        elif match.get("responseFormat", "text") not in get_args(ResponseFormat):
            self._left(("match", "responseFormat"), "left out with its fixture; no such format is known here")
        else:
            self._remark(match)
            return True
        return False

    def _remark(self, match: dict[str, Any]) -> None:
        if "toolCallId" in match:
            for key in {"userMessage", "systemMessage"} & match.keys():
                self._left(("match", key), "left out; the response looks at the tool's result alone")
        elif "systemMessage" in match:
            self._left(("match", "systemMessage"), "fits only while the user's message is the first one")

    def _turn(self, response: dict[str, Any]) -> Message | None:
        said = {"content", "toolCalls", "blocks", "error"} & response.keys()
        if not said:
            self._left(
                ("response",), f"left out with its fixture; {', '.join(response) or 'nothing'} is no chat answer"
            )
            return None
        self.carrying.left_keys((*self.path, "response"), response, _ANSWERED)
        turn: Message = {"role": "assistant"}
        if "error" in response:
            return {**turn, "error": _error(response)}
        turn |= self._said(response)
        turn |= self._figures(response)
        return {**turn, **self._paced()}

    def _said(self, response: dict[str, Any]) -> dict[str, Any]:
        content, calls = response.get("content"), list(response.get("toolCalls") or [])
        if blocks := response.get("blocks"):
            self._left(("response", "blocks"), "the text comes before the calls here, whatever their order")
            content = "".join(block["text"] for block in blocks if block.get("type") == "text") or None
            calls = [block for block in blocks if block.get("type") == "toolCall"]
        said: dict[str, Any] = {} if content is None else {"content": content}
        if calls:
            named = [call.get("id") or _id(calls, place) for place, call in enumerate(calls)]
            said["tool_calls"] = [
                tool_call(call.get("name", ""), call.get("arguments", {}), id_)
                for call, id_ in zip(calls, named, strict=True)
            ]
        return said

    def _figures(self, response: dict[str, Any]) -> dict[str, Any]:
        figures = {
            "reasoning": response.get("reasoning"),
            "model": response.get("model"),
            "system_fingerprint": response.get("systemFingerprint"),
            "finish_reason": response.get("finishReason"),
            "usage": self._usage(response.get("usage") or {}),
        }
        if figures["finish_reason"] is not None and figures["finish_reason"] not in get_args(FinishReason):
            self._left(("response", "finishReason"), "left out; no such reason is known here")
            del figures["finish_reason"]
        return {key: value for key, value in figures.items() if value not in (None, {})}

    def _usage(self, usage: dict[str, Any]) -> dict[str, Any]:
        self.carrying.left_keys((*self.path, "response", "usage"), usage, fields_of(Usage))
        return {key: value for key, value in usage.items() if key in fields_of(Usage)}

    def _paced(self) -> dict[str, Any]:
        profile = self.entry.get("streamingProfile") or {}
        self.carrying.left_keys((*self.path, "streamingProfile"), profile, {"ttft", "tps"})
        pacing: dict[str, Any] = {}
        if profile.get("ttft"):
            pacing["ttft"] = profile["ttft"] / 1000
        if profile.get("tps"):
            pacing["tokens_per_second"] = profile["tps"]
        elif self.entry.get("latency"):
            self._left(("latency",), "the pause stands before each token now, where it stood before each chunk")
            pacing["inter_token"] = self.entry["latency"] / 1000
        return {"pacing": pacing} if pacing else {}


def _id(calls: list[dict[str, Any]], place: int) -> str:
    """Make an id for a call that has none: its name, and a number where it is called again."""
    names = [call.get("name") for call in calls[: place + 1]]
    again = names.count(names[-1])
    return f"call_{names[-1]}" if again == 1 else f"call_{names[-1]}_{again}"


def _error(response: dict[str, Any]) -> dict[str, Any]:
    error = response["error"]
    fields = {key: error[key] for key in ("type", "code", "message", "param") if key in error}
    retry_after = {"retry_after": response["retryAfter"]} if "retryAfter" in response else {}
    return {"status": response.get("status", 500), **fields, **retry_after}
