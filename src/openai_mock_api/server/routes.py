"""The route table: which handler answers which path and method."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from openai_mock_api.surfaces.errors import unknown_path, wrong_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.http import Response

    #: Takes the request and the texts that the path's placeholders stand for.
    Handler = Callable[..., Response]

_PLACEHOLDER: Final = re.compile(r"\{\w+\}")


class Route(msgspec.Struct, frozen=True):
    """One operation. ``path`` has no ``/v1``; ``{name}`` in it stands for a text. ``open`` needs no key."""

    method: str
    path: str
    handler: Handler
    open: bool = False


class Routes:
    """All routes. Paths are found with and without ``/v1`` in front and a slash at the end."""

    def __init__(self, routes: list[Route]) -> None:
        self._fixed: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[route.method] = route
        # A placeholder also takes slashes, as in ``ft:gpt-4o/mine``; hence ``/files/{file}/content`` before its parent.
        for path, methods in sorted(by_path.items(), key=lambda item: -len(item[0])):
            self._add(path, methods)

    def _add(self, path: str, methods: dict[str, Route]) -> None:
        if "GET" in methods:
            methods.setdefault("HEAD", methods["GET"])
        if _PLACEHOLDER.search(path):
            self._patterns.append((re.compile(_PLACEHOLDER.sub("(.+)", path), re.DOTALL), methods))
        else:
            self._fixed[path] = self._fixed["/v1" + path] = methods

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the texts of its placeholders. Raises ``ApiError`` 404 or 405."""
        methods, texts = self._methods(path)
        if methods is None:
            raise unknown_path(method, path)
        route = methods.get(method)
        if route is None:
            raise wrong_method(method, path, ", ".join(methods))
        return route, texts

    def _methods(self, path: str) -> tuple[dict[str, Route] | None, tuple[str, ...]]:
        methods = self._fixed.get(path) or self._fixed.get(path.rstrip("/"))
        if methods is not None:
            return methods, ()
        path = path.removeprefix("/v1").rstrip("/")
        for pattern, methods in self._patterns:
            found = pattern.fullmatch(path)
            if found:
                return methods, found.groups()
        return None, ()
