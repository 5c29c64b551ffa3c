"""Rules of fakellm (YAML): ``rules: [{name, when, respond}]``, of which the first that fits answers.

Source of the format: the guide of github.com/1dg618/fakellm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.authoring.carrying import asked, expected, literal_glob, section, tool_call

if TYPE_CHECKING:
    from openai_mock_api.authoring.carrying import Carrying, Message
    from openai_mock_api.config.places import KeyPath

_CONDITIONS: Final = {
    "messages_contain", "model_matches", "tools_include", "turn", "previous_message_role",
    "previous_message_contains", "tool_result_contains",
}  # fmt: skip
_ANSWERED: Final = {"content", "tool_calls", "status", "error"}


def is_fakellm(data: Any) -> bool:
    """Whether data looks like rules of fakellm."""
    return isinstance(data, Mapping) and isinstance(data.get("rules"), list)


def carry_fakellm(data: Any, carrying: Carrying) -> None:
    """Carry the rules over. One of the second turn continues the conversation that the only first turn begins."""
    carrying.left_keys((), data, {"version", "defaults", "rules"})
    rules = []
    for place, rule in enumerate(data["rules"]):
        with carrying.entry(("rules", place)):
            rules.append(_Rule(carrying, ("rules", place), rule))
    first = [rule for rule in rules if rule.when.get("turn") == 1 and rule.respond.get("tool_calls")]
    second = [rule for rule in rules if rule.when.get("turn") == 2]
    continued = first[0] if len(first) == len(second) == 1 else None
    for rule in rules:
        if continued is None or rule is not second[0]:
            with carrying.entry(rule.path):
                rule.add(following=second[0] if rule is continued else None)
    with carrying.entry(("defaults",)):
        if (data.get("defaults") or {}).get("fallback"):
            carrying.left(("defaults", "fallback"), "became `unmatched: auto`, whose texts are others")
            carrying.unmatched = "auto"


class _Rule:
    """One rule."""

    def __init__(self, carrying: Carrying, path: KeyPath, rule: Any) -> None:
        self.carrying = carrying
        self.path = path
        self.rule: dict[str, Any] = rule if isinstance(rule, dict) else {}
        self.when: dict[str, Any] = section(self.rule, "when")
        self.respond: dict[str, Any] = section(self.rule, "respond")

    def add(self, following: _Rule | None = None) -> None:
        """Add the response, and the turn that follows it."""
        turn = self.turn()
        opening = self._opening(turn) if turn is not None else None
        if opening is None or turn is None:
            return
        messages = [*opening, turn]
        if following is not None and (answer := following.turn()) is not None:
            messages += [*following.results(turn), answer]
        anchor = "start" if self.when.get("turn") == 1 else "end"
        name = str(self.rule.get("name") or f"rule-{self.path[1]}")
        self.carrying.add(name, messages, anchor=anchor, when=self._conditions())

    def _left(self, key: str, message: str) -> None:
        self.carrying.left((*self.path, "when", key), message)

    def _opening(self, turn: Message) -> list[Message] | None:
        """Return the messages that are expected, None when the rule cannot be told by messages here."""
        headers = {key for key in self.when if key.startswith("header.")}
        self.carrying.left_keys(self.path, self.rule, {"name", "when", "respond"})
        self.carrying.left_keys((*self.path, "when"), self.when, {*_CONDITIONS, "turn_in", *headers})
        key, why = self._obstacle()
        if key:
            self._left(key, f"left out with its rule; {why}")
            return None
        return [*self._previous(), self._asked(turn)]

    def _obstacle(self) -> tuple[str, str]:
        """Return the condition that cannot be carried over, and why; two empty texts when there is none."""
        for key in ("turn_in", "tool_result_contains"):
            if key in self.when:
                return key, "a response here stands for one conversation"
        if self.when.get("turn", 1) != 1:
            return "turn", "write it behind the turn that it follows"
        if self.when.get("previous_message_role", "assistant") != "assistant":
            return "previous_message_role", "only `assistant` is carried over"
        return "", ""

    def _previous(self) -> list[Message]:
        """Expect the assistant's message before the user's, compared where the rule asks for it."""
        if not {"previous_message_role", "previous_message_contains"} & self.when.keys():
            return []
        text = self.when.get("previous_message_contains")
        if "previous_message_role" not in self.when:
            self._left("previous_message_contains", "is looked for in a message of the assistant alone")
        return [{"role": "assistant", **expected("assistant", text, "contains", case_sensitive=False)}]

    def _asked(self, turn: Message) -> Message:
        text = self.when.get("messages_contain")
        if text is not None:
            self._left("messages_contain", "is looked for in the user's last message, not in all of them")
        return asked(None if text is None else str(text), turn, case_sensitive=False)

    def results(self, turn: Message) -> list[Message]:
        """Expect the results of the calls of the turn before, as the rule asks for them."""
        text = self.when.get("tool_result_contains")
        result = expected("tool", text, "contains", case_sensitive=False)
        self._left("turn", "became the turn that follows the only first one")
        return [{"role": "tool", "tool_call_id": call["id"], **result} for call in turn["tool_calls"]]

    def _conditions(self) -> dict[str, Any]:
        when: dict[str, Any] = {}
        if "model_matches" in self.when:
            when["model"] = self.when["model_matches"]
        if "tools_include" in self.when:
            when["tools"] = [self.when["tools_include"]]
        headers = {key: literal_glob(str(value)) for key, value in self.when.items() if key.startswith("header.")}
        if headers:
            when["headers"] = {key.removeprefix("header."): value for key, value in headers.items()}
        return when

    def turn(self) -> Message | None:
        """Return what the rule answers, None when that is nothing of its own."""
        respond = self.respond
        self.carrying.left_keys((*self.path, "respond"), respond, _ANSWERED)
        turn: Message = {"role": "assistant"}
        if respond.get("status", 200) >= 400:
            message = respond.get("error", "Mock error")
            error = {"status": respond["status"], "type": "mock_error", "code": None, "message": message}
            return {**turn, "error": error}
        if calls := respond.get("tool_calls"):
            called = [
                tool_call(call["name"], call.get("arguments", {}), f"call_{i}") for i, call in enumerate(calls, 1)
            ]
            return {**turn, "tool_calls": called}
        if "content" not in respond:
            self.carrying.left((*self.path, "respond"), "left out with its rule; it says nothing of its own")
            return None
        return {**turn, "content": respond["content"]}
