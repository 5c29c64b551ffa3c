"""Answers for calls that no flow matches, when the configuration asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.script.replies import Reply

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call


def echo(call: Call) -> Reply:
    """Repeat the last user message."""
    return Reply(content=_last_user_text(call))


def auto(call: Call) -> Reply:
    """Say that this is a mock's answer, and to what. The same call always gets the same text."""
    asked = " ".join(_last_user_text(call).split())
    about = f' to "{asked[:80]}"' if asked else ""
    return Reply(content=f"This is a mock answer{about} from {call.model}.")


def _last_user_text(call: Call) -> str:
    return next((m.text for m in reversed(call.messages) if m.role == "user"), "")
