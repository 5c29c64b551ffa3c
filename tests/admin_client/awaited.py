"""An asynchronous client, used as if it were a blocking one: what holds for one is tested for both."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from openai_mock_api.admin_client.plans import Awaiting


class Awaited:
    """Awaits whatever its client gives."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return _now(getattr(self._client, name))

    def __enter__(self) -> Awaited:
        _now(self._client.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        _now(self._client.__aexit__(*error))


def _now(value: Any) -> Any:
    if inspect.iscoroutine(value):
        return _now(asyncio.run(value))
    if isinstance(value, Awaiting):
        return Awaited(value)
    return (lambda *args, **kwargs: _now(value(*args, **kwargs))) if callable(value) else value
