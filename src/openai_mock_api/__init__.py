"""A mock OpenAI API for people who test and load-test software that talks to one.

Importing the package loads none of its parts: each name below is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai_mock_api.__about__ import __version__
    from openai_mock_api.admin_client.clients import AdminClient, AsyncAdminClient
    from openai_mock_api.clock import Clock
    from openai_mock_api.config.model import (
        AssistantTurn,
        ConversationMessage,
        CustomTool,
        Expect,
        MockConfig,
        MockResponse,
        TextMatcher,
        ToolCall,
        ToolFunction,
        When,
    )
    from openai_mock_api.errors import (
        AdminError,
        ConfigError,
        MockError,
        PortInUseError,
        Problem,
        ReplyError,
        ServerError,
    )
    from openai_mock_api.instance import (
        CreateMockServerOptions,
        MockServerInstance,
        create_mock_server,
        start_mock_server,
    )
    from openai_mock_api.journal import Exchange
    from openai_mock_api.mock import Mock, MockServer, Namespace
    from openai_mock_api.script.messages import Call
    from openai_mock_api.server.gates import Cancellation, Gate
    from openai_mock_api.testing.messages import anyone, system, tool, user
    from openai_mock_api.testing.texts import anything, contains, exact, fuzzy, json_, not_, regex
    from openai_mock_api.testing.turns import assistant, expect, sequence, tool_call

__all__ = [
    "AdminClient",
    "AdminError",
    "AssistantTurn",
    "AsyncAdminClient",
    "Call",
    "Cancellation",
    "Clock",
    "ConfigError",
    "ConversationMessage",
    "CreateMockServerOptions",
    "CustomTool",
    "Exchange",
    "Expect",
    "Gate",
    "Mock",
    "MockConfig",
    "MockError",
    "MockResponse",
    "MockServer",
    "MockServerInstance",
    "Namespace",
    "PortInUseError",
    "Problem",
    "ReplyError",
    "ServerError",
    "TextMatcher",
    "ToolCall",
    "ToolFunction",
    "When",
    "__version__",
    "anyone",
    "anything",
    "assistant",
    "contains",
    "create_mock_server",
    "exact",
    "expect",
    "fuzzy",
    "json_",
    "not_",
    "regex",
    "sequence",
    "start_mock_server",
    "system",
    "tool",
    "tool_call",
    "user",
]

_HOMES = {
    "__about__": ("__version__",),
    "admin_client.clients": ("AdminClient", "AsyncAdminClient"),
    "clock": ("Clock",),
    "config.model": (
        "AssistantTurn",
        "ConversationMessage",
        "CustomTool",
        "Expect",
        "MockConfig",
        "MockResponse",
        "TextMatcher",
        "ToolCall",
        "ToolFunction",
        "When",
    ),
    "errors": ("AdminError", "ConfigError", "MockError", "PortInUseError", "Problem", "ReplyError", "ServerError"),
    "instance": ("CreateMockServerOptions", "MockServerInstance", "create_mock_server", "start_mock_server"),
    "journal": ("Exchange",),
    "mock": ("Mock", "MockServer", "Namespace"),
    "script.messages": ("Call",),
    "server.gates": ("Cancellation", "Gate"),
    "testing.messages": ("anyone", "system", "tool", "user"),
    "testing.texts": ("anything", "contains", "exact", "fuzzy", "json_", "not_", "regex"),
    "testing.turns": ("assistant", "expect", "sequence", "tool_call"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Fetch a public name from the module where it lives."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
