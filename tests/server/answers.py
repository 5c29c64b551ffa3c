"""What an app has answered, and what its journal knows of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai_mock_api.http import Response
    from openai_mock_api.journal import Exchange
    from openai_mock_api.server.app import App


def error(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.body)["error"]
    return found


def last(app: App) -> Exchange:
    return app.journal.exchanges()[-1]


def named(app: App) -> list[bytes]:
    return [value for name, value in last(app).response.headers() if name == b"x-mock-response"]
