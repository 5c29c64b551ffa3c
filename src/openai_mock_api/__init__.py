"""A mock OpenAI API for people who test and load-test software that talks to one.

Importing the package loads none of its parts: each name below is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai_mock_api.__about__ import __version__
    from openai_mock_api.config.model import (
        AssistantTurn,
        ConversationMessage,
        MockConfig,
        MockResponse,
        ToolCall,
        ToolFunction,
        When,
    )
    from openai_mock_api.errors import ConfigError, MockError, PortInUseError, Problem, ServerError
    from openai_mock_api.journal import Exchange
    from openai_mock_api.mock import (
        CreateMockServerOptions,
        MockServer,
        MockServerInstance,
        create_mock_server,
        start_mock_server,
    )

__all__ = [
    "AssistantTurn",
    "ConfigError",
    "ConversationMessage",
    "CreateMockServerOptions",
    "Exchange",
    "MockConfig",
    "MockError",
    "MockResponse",
    "MockServer",
    "MockServerInstance",
    "PortInUseError",
    "Problem",
    "ServerError",
    "ToolCall",
    "ToolFunction",
    "When",
    "__version__",
    "create_mock_server",
    "start_mock_server",
]

_HOMES = {
    "__about__": ("__version__",),
    "config.model": (
        "AssistantTurn",
        "ConversationMessage",
        "MockConfig",
        "MockResponse",
        "ToolCall",
        "ToolFunction",
        "When",
    ),
    "errors": ("ConfigError", "MockError", "PortInUseError", "Problem", "ServerError"),
    "journal": ("Exchange",),
    "mock": ("CreateMockServerOptions", "MockServer", "MockServerInstance", "create_mock_server", "start_mock_server"),
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
