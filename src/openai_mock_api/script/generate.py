"""Answers for calls that no flow matches, when the configuration asks for them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.grammars.samples import sample_input
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import Reply
from openai_mock_api.script.schemas.samples import sample_text
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.script.tokens.spoken import sound_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_mock_api.script.messages import Call, Tool


def echo(call: Call) -> Reply:
    """Repeat the last user message, whatever else the call asks for."""
    return Reply(content=call.last_user)


def auto(call: Call) -> Reply:
    """Do what the call asks for: call its tools once, then answer in its format. The same call gets the same answer.

    Raises ``ScriptError`` for a JSON Schema that nothing satisfies.
    """
    tools = _tools(call)
    if tools:
        calls = tuple(_tool_call(call, tool, place) for place, tool in enumerate(tools))
        return Reply(tool_calls=calls, finish_reason="stop" if call.tool_choice.forced else None)
    if call.schema is not None:
        return Reply(content=_sampled(call.schema, "response_format"))
    if call.response_format != "text":
        return Reply(content=msgspec.json.encode({"message": _text(call)}).decode())
    return Reply(content=_text(call))


def _tools(call: Call) -> list[Tool]:
    """Return the tools to call: all that are allowed, until one has answered the user, or always when one must be."""
    choice = call.tool_choice
    if choice.mode == "none" or (choice.mode == "auto" and _has_results(call)):
        return []
    allowed = [tool for tool in call.tools if not choice.names or tool.name in choice.names]
    return allowed if call.parallel_tool_calls else allowed[:1]


def _has_results(call: Call) -> bool:
    """Whether a tool has answered since the user last spoke."""
    for message in reversed(call.messages):
        if message.role in ("user", "tool"):
            return message.role == "tool"
    return False


def _tool_call(call: Call, tool: Tool, place: int) -> ToolCall:
    # A conversation grows with every call, so that its bytes are never those of an earlier one.
    digest = blake2b(b"%b %d %d" % (call.body, len(call.messages), place), digest_size=12)
    return ToolCall(f"call_{digest.hexdigest()}", tool.name, _arguments(tool), tool.kind)


def _arguments(tool: Tool) -> str:
    if tool.kind == "custom":
        sample = None if tool.grammar is None else sample_input(tool.grammar)
        return "text" if sample is None else sample
    return _sampled({"type": "object", **(tool.parameters or {})}, f"the tool '{tool.name}'")


def _sampled(schema: dict[str, Any], whose: str) -> str:
    try:
        return sample_text(schema)
    except ValueError as error:
        raise ScriptError(
            f"The policy `unmatched: auto` cannot make a value for the JSON Schema of {whose}: {error}. Mend the "
            "schema, or write a response for this request.",
            param="response_format" if whose == "response_format" else "tools",
        ) from None


def _text(call: Call) -> str:
    """Say that this is a mock's answer, as fully as it can be said without being cut."""
    if call.max_tokens is None and not call.stops:
        return next(_texts(call))
    texts = list(_texts(call))
    return next((text for text in texts if _is_whole(call, text)), texts[-1])


def _texts(call: Call) -> Iterator[str]:
    """Yield what may be said, the fullest first."""
    asked = " ".join(call.last_user.split())
    about = f' to "{asked[:80]}"' if asked else ""
    yield f"This is a mock answer{about} from {call.model}."
    yield "This is a mock answer."
    yield "Mock answer"
    yield "OK"


def _is_whole(call: Call, text: str) -> bool:
    if any(stop in text for stop in call.stops):
        return False
    sound = sound_tokens(text) if call.aloud else 0
    return call.max_tokens is None or tokenizer_for(call.model).count(text) + sound <= call.max_tokens


#: What answers a call that no flow matches, by policy.
POLICIES: Final[dict[str, Callable[[Call], Reply]]] = {"echo": echo, "auto": auto}
