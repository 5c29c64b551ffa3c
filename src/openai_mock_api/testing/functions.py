"""Functions of a test that answer: what they return becomes a reply, what they raise is told to the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_mock_api.config.compiler import flow_of
from openai_mock_api.config.load import load_responses
from openai_mock_api.config.model import AssistantTurn, ConversationMessage, ToolCall
from openai_mock_api.errors import ApiError, ReplyError
from openai_mock_api.script.replies import Work
from openai_mock_api.testing.messages import user
from openai_mock_api.testing.turns import FunctionTurn, assistant, bare, name_of

if TYPE_CHECKING:
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.testing.turns import Function


def work_of(function: Function, response: str, failed: list[ReplyError]) -> Work:
    """Let a function make the replies of a response. What it raises is added to ``failed``."""

    def fault(error: BaseException) -> ApiError:
        told = ReplyError(f"The function {name_of(function)}, which answers for '{response}', failed: {_said(error)}")
        told.__cause__ = error
        failed.append(told)
        return ApiError(400, f"{told} (The test has the traceback.)", code="reply_failed")

    return Work(function, lambda made: reply_of(made, response), fault)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def reply_of(made: Any, response: str) -> Reply:
    """Make a reply of what a function has returned: whatever ``assistant`` takes or returns, or several in a tuple.

    Raises ``TypeError`` for something else, and ``ConfigError`` for an answer in which something does not hold.
    """
    turn = _turn_of(made)
    message = ConversationMessage(role="assistant", **{name: getattr(turn, name) for name in turn.__struct_fields__})
    loaded = load_responses({"id": response, "messages": [user(), message]})
    return flow_of(loaded.config.responses[0]).turn(1).replies[0]


def _turn_of(made: Any) -> AssistantTurn:
    if isinstance(made, AssistantTurn):
        return bare(made)
    if made is None or isinstance(made, FunctionTurn):
        raise TypeError(f"expected text, a mapping, tool_call(…) or assistant(…), got {_kind(made)}")
    several = isinstance(made, tuple) or (isinstance(made, list) and made and isinstance(made[0], ToolCall))
    return bare(assistant(*made) if several else assistant(made))


def _kind(made: Any) -> str:
    return "None" if made is None else "another function"
