"""Completions as openai-responses takes them: partial ``chat.completion`` objects, one or a list of them, as JSON.

Source of the format: the guide of github.com/mharrisb1/openai-responses-python, and the API reference ("The chat
completion object") for the rest of the object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.authoring.carrying import asked, results, tool_call
from openai_mock_api.config.model import Usage
from openai_mock_api.config.shapes import fields_of

if TYPE_CHECKING:
    from openai_mock_api.authoring.carrying import Carrying, Message
    from openai_mock_api.config.places import KeyPath

_MADE: Final = {"id", "object", "created"}  # the server makes these for every answer
_COMPLETION: Final = {*_MADE, "choices", "model", "usage", "system_fingerprint"}
_CHOICE: Final = {"index", "message", "finish_reason", "logprobs"}
_MESSAGE: Final = {"role", "content", "refusal", "tool_calls", "annotations", "audio", "function_call", "parsed"}


def is_openai_responses(data: Any) -> bool:
    """Whether data looks like chat completions."""
    completions = data if isinstance(data, list) else [data]
    return bool(completions) and all(isinstance(c, Mapping) and isinstance(c.get("choices"), list) for c in completions)


def carry_openai_responses(data: Any, carrying: Carrying) -> None:
    """Carry completions over: one after the other, whatever is asked.

    Without calls of tools they are a sequence, with calls one conversation, in which results follow calls.
    """
    completions = data if isinstance(data, list) else [data]
    paths: list[KeyPath] = [(place,) for place in range(len(completions))] if isinstance(data, list) else [()]
    turns = []
    for completion, path in zip(completions, paths, strict=True):
        with carrying.entry(path):
            turns.append(_turn(completion, path, carrying))
    if len(turns) > 1 and not any(results({"sequence": turns})):
        turns = [{"sequence": turns}]
    messages: list[Message] = []
    for before, turn in zip([None, *turns], turns, strict=False):
        expected = (results(before) if before else []) or [asked(None, turn)]
        messages += [*expected, {"role": "assistant", **turn}]
    if messages:
        with carrying.entry(()):
            carrying.add("completion", messages, anchor="end" if len(turns) == 1 else "start")


def _turn(completion: dict[str, Any], path: KeyPath, carrying: Carrying) -> Message:
    carrying.left_keys(path, completion, _COMPLETION)
    choices = [
        _choice(choice, (*path, "choices", place), carrying) for place, choice in enumerate(completion["choices"])
    ]
    turn = choices[0] if len(choices) == 1 else {"choices": choices} if choices else {"content": ""}
    for key in ("model", "system_fingerprint"):
        if completion.get(key) is not None:
            turn[key] = completion[key]
    usage = _usage(completion.get("usage") or {})
    return {**turn, "usage": usage} if usage else turn


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    details = {**(usage.get("prompt_tokens_details") or {}), **(usage.get("completion_tokens_details") or {})}
    return {key: value for key, value in {**details, **usage}.items() if key in fields_of(Usage) and value is not None}


def _choice(choice: dict[str, Any], path: KeyPath, carrying: Carrying) -> Message:
    carrying.left_keys(path, choice, _CHOICE)
    message = choice.get("message") or {}
    carrying.left_keys((*path, "message"), message, _MESSAGE)
    for key, what in (("logprobs", "made from the text instead"), ("audio", "left out"), ("function_call", "left out")):
        for holder, at in ((choice, path), (message, (*path, "message"))):
            if holder.get(key):
                carrying.left((*at, key), what)
    turn: Message = {key: message[key] for key in ("content", "refusal") if message.get(key) is not None}
    if message.get("annotations"):
        turn["annotations"] = message["annotations"]
    if message.get("tool_calls"):
        turn["tool_calls"] = [_call(call) for call in message["tool_calls"]]
    return turn | _reason(choice.get("finish_reason"), turn)


def _call(call: dict[str, Any]) -> dict[str, Any]:
    if "custom" in call:
        return {"id": call.get("id") or f"call_{call['custom']['name']}", "custom": call["custom"]}
    function = call["function"]
    return tool_call(function["name"], function.get("arguments", "{}"), call.get("id"))


def _reason(finish_reason: str | None, turn: Message) -> Message:
    """Keep the reason where it does not follow from the answer."""
    usual = "tool_calls" if "tool_calls" in turn else "stop"
    return {} if finish_reason in (None, usual) else {"finish_reason": finish_reason}
