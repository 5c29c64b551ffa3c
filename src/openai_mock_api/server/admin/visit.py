"""What the handler of an admin route is given, and how such a route is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec

from openai_mock_api.server.routes import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.http import Request
    from openai_mock_api.server.app import App
    from openai_mock_api.server.room import Room


#: The schema of one response, by its name in the OpenAPI document.
WRITTEN: Final = {"$ref": "#/components/schemas/MockResponse"}


class Visit(NamedTuple):
    """One admin request: to which server, about which room, and what it says.

    ``name`` stands for the placeholder of the route's path, ``said`` is what the route ``takes``.
    """

    app: App
    room: Room
    request: Request
    name: str
    said: Any


class Responses(msgspec.Struct):
    """Responses of the script: a list of them, a mapping with ``responses``, or one, as a configuration writes them."""

    responses: Annotated[list[dict[str, Any]], msgspec.Meta(extra_json_schema={"items": WRITTEN})]
    """The responses, in the order in which they stand in the script."""


class AdminRoute(Operation, frozen=True):
    """An admin operation. Its ``handler`` returns a value of the type ``gives``; its docstring says what it does.

    ``takes`` is the type of the body, of the query for GET and DELETE. A body of ``Responses`` is left to the handler:
    it may be YAML. ``refuses`` are the statuses of its errors beside 400 and 403.
    """

    handler: Callable[[Visit], Any]
    gives: Any
    takes: Any = None
    status: int = 200
    refuses: tuple[int, ...] = ()

    @property
    def takes_query(self) -> bool:
        """Whether what it takes stands in the query, not in the body."""
        return self.method in ("GET", "DELETE")

    @property
    def summary(self) -> str:
        """What it does."""
        return (self.handler.__doc__ or "").partition("\n")[0]
