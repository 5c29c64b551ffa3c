"""What a request says, neutral of its endpoint."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from openai_mock_api.script.matching.expectations import Unmet

Role = Literal["system", "user", "assistant", "tool"]

#: Whose message a step of a flow expects.
Speaker = Role | Literal["any"]

#: A function takes JSON that satisfies its parameters, a custom tool takes any text.
ToolKind = Literal["function", "custom"]

#: How strictly a request is held to the API's rules, and the script to what the request asks for.
Validation = Literal["strict", "warn", "off"]


class ToolCall(msgspec.Struct, frozen=True):
    """A tool that the assistant calls. ``arguments`` is JSON text, or the input of a custom tool. ``broken`` says that
    they are on purpose not what the tool takes.
    """  # noqa: D205 - several sentences

    id: str
    name: str
    arguments: str
    kind: ToolKind = "function"
    broken: bool = False


class Grammar(msgspec.Struct, frozen=True):
    """What the input of a custom tool must be: a regular expression, or a grammar as Lark writes them."""

    syntax: Literal["regex", "lark"]
    definition: str


class Tool(msgspec.Struct, frozen=True):
    """A tool that the request offers. ``parameters`` is a function's JSON Schema, ``strict`` says that arguments always
    satisfy it. ``grammar`` is a custom tool's.
    """  # noqa: D205 - several sentences

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None
    kind: ToolKind = "function"
    strict: bool = False
    grammar: Grammar | None = None


class ToolChoice(msgspec.Struct, frozen=True):
    """What the request says about calling tools. ``names`` limits it to some of them; empty means all that are offered.

    A request for one tool is ``ToolChoice("required", (name,))``; allowed tools are their mode and their names.
    """

    mode: Literal["auto", "none", "required"] = "auto"
    names: tuple[str, ...] = ()

    @property
    def forced(self) -> bool:
        """Whether the request names the one tool to call."""
        return self.mode == "required" and len(self.names) == 1


ANY_TOOL: Final = ToolChoice()


def a_message(role: str) -> str:
    """``a user message``, ``an assistant message``."""
    return f"{'an' if role == 'assistant' else 'a'} {role} message"


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of a request.

    ``role`` has ``developer`` folded into ``system`` and ``function`` into ``tool``. ``text`` is the content, of
    content parts the texts joined by newlines. ``parts`` holds the kinds of the parts that are not text
    (``image``, ``audio``, ``file``).
    """

    role: Role
    text: str = ""
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    parts: tuple[str, ...] = ()


class Call(msgspec.Struct):
    """One parsed API request. Lives as long as its request.

    ``endpoint`` is the surface's name (``chat``, …). ``response_format`` is ``text``, ``json_object`` or
    ``json_schema``. ``stops`` ends the text before any of its entries, ``max_tokens`` after so many tokens.
    ``headers`` has lower-case names. ``body`` is what arrived, byte for byte. ``choices`` is how many answers
    are asked for (``n``). ``parameters`` is the decoded body, ``tokens`` the prompt's, once they have been counted.
    ``schema`` is the JSON Schema that the answer's text must satisfy. ``logprobs`` is how many alternatives of each
    token are asked for, None when no probabilities are. ``legacy_functions`` says that tools were offered as
    ``functions``, the older form. ``cached_tokens`` counts those of the prompt that an earlier one began with.
    ``warning`` is what the validation would have refused, ``unmet`` what the turn that answers expected in vain.
    ``recalls`` says that the request is about something stored: the same bytes may mean something else the next time.
    ``background`` says that the answer is made when the request is done: an error of the server is part of it.
    ``aloud`` says that the answer's text is wanted as sound.
    ``lane`` is what the connection remembers that it came on.
    """

    endpoint: str
    model: str
    messages: list[Message]
    stream: bool = False
    include_usage: bool = False
    tools: tuple[Tool, ...] = ()
    response_format: str = "text"
    stops: tuple[str, ...] = ()
    max_tokens: int | None = None
    choices: int = 1
    headers: tuple[tuple[bytes, bytes], ...] | list[tuple[bytes, bytes]] = ()
    body: bytes = b""
    parameters: dict[str, Any] | None = None
    tokens: int | None = None
    tool_choice: ToolChoice = ANY_TOOL
    parallel_tool_calls: bool = True
    schema: dict[str, Any] | None = None
    logprobs: int | None = None
    legacy_functions: bool = False
    cached_tokens: int = 0
    validation: Validation = "strict"
    warning: str | None = None
    unmet: tuple[Unmet, ...] = ()
    recalls: bool = False
    background: bool = False
    aloud: bool = False
    lane: Any = None

    @property
    def last_user(self) -> str:
        """Text of the user's last message, empty when there is none."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def system(self) -> str:
        """Texts of the system messages, joined by newlines."""
        return "\n".join(message.text for message in self.messages if message.role == "system")

    def header(self, name: str) -> str | None:
        """Return the value of the header ``name`` (any case), or None."""
        wanted = name.lower().encode("latin-1", "replace")
        for key, value in self.headers:
            if key == wanted:
                return value.decode("latin-1")
        return None

    def document(self) -> Any:
        """Return the body's JSON, from ``parameters`` where the surface has decoded it.

        Raises ``msgspec.DecodeError`` when it is none.
        """
        if self.parameters is not None:
            return self.parameters
        try:
            return msgspec.json.decode(self.body)
        except (UnicodeDecodeError, RecursionError) as error:
            raise msgspec.DecodeError(str(error)) from None
