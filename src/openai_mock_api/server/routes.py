"""The route table: which handler answers which path and method."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec

from openai_mock_api.surfaces.errors import unknown_path, wrong_method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from openai_mock_api.http import Response

    #: Takes the request and the texts that the path's placeholders stand for.
    Handler = Callable[..., Response]

#: What the paths of admin routes begin with, also below the base of a namespace.
ADMIN: Final = "/_mock/"

_PLACEHOLDER: Final = re.compile(r"\{\w+\}")


class Operation(msgspec.Struct, frozen=True):
    """What is found by method and path. ``path`` has no ``/v1``; ``{name}`` in it stands for a text."""

    method: str
    path: str


class Route(Operation, frozen=True):
    """One operation of the API. ``open`` needs no key."""

    handler: Handler
    open: bool = False


Found = TypeVar("Found", bound=Operation)


class Routes(Generic[Found]):
    """All routes. Paths are found with and without ``/v1`` in front and a slash at the end.

    ``families`` make further routes when a path that begins with their name is first asked for. One that makes the
    routes of several names is called once. May be used from several threads.
    """

    def __init__(
        self, routes: Iterable[Found], families: Mapping[str, Callable[[], Iterable[Found]]] | None = None
    ) -> None:
        self._fixed: dict[str, dict[str, Found]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Found]]] = []
        self._families = dict(families or {})
        self._lock = threading.Lock()
        self._add(routes)

    def _add(self, routes: Iterable[Found]) -> None:
        fixed, patterns = dict(self._fixed), list(self._patterns)
        by_path: dict[str, dict[str, Found]] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[route.method] = route
        # A placeholder also takes slashes, as in ``ft:gpt-4o/mine``; hence ``/files/{file}/content`` before its parent.
        for path, methods in sorted(by_path.items(), key=lambda item: -len(item[0])):
            if "GET" in methods:
                methods.setdefault("HEAD", methods["GET"])
            if _PLACEHOLDER.search(path):
                patterns.append((re.compile(_PLACEHOLDER.sub("(.+)", path), re.DOTALL), methods))
            else:
                fixed[path] = fixed["/v1" + path] = methods
        self._fixed, self._patterns = fixed, patterns  # at once: other threads are looking for paths

    def find(self, method: str, path: str) -> tuple[Found, tuple[str, ...]]:
        """Return the route and the texts of its placeholders. Raises ``ApiError`` 404 or 405."""
        methods, texts = self._methods(path)
        if methods is None and self._families:
            self._open(path)
            methods, texts = self._methods(path)
        if methods is None:
            raise unknown_path(method, path)
        route = methods.get(method)
        if route is None:
            raise wrong_method(method, path, ", ".join(methods))
        return route, texts

    def _methods(self, path: str) -> tuple[dict[str, Found] | None, tuple[str, ...]]:
        methods = self._fixed.get(path) or self._fixed.get(path.rstrip("/"))
        if methods is not None:
            return methods, ()
        path = path.removeprefix("/v1").rstrip("/")
        for pattern, methods in self._patterns:
            found = pattern.fullmatch(path)
            if found:
                return methods, found.groups()
        return None, ()

    def _open(self, path: str) -> None:
        """Add the routes of the family that a path may belong to, unless they are there."""
        name = path.removeprefix("/v1").strip("/").partition("/")[0]
        with self._lock:
            make = self._families.get(name)
            if make is not None:
                self._add(make())
                self._families = {name: other for name, other in self._families.items() if other is not make}
