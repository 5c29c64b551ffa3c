"""Where admin requests are answered: the route table, and from a request to what a handler is given."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from openai_mock_api.config.model import MockResponse
from openai_mock_api.errors import ApiError, ConfigError
from openai_mock_api.http import JSON_HEAD, Response
from openai_mock_api.server.admin import clock, gates, namespaces, requests, responses
from openai_mock_api.server.admin.access import check
from openai_mock_api.server.admin.openapi import describe
from openai_mock_api.server.admin.visit import AdminRoute, Responses, Visit
from openai_mock_api.server.logs import NAME
from openai_mock_api.server.routes import ADMIN, Routes
from openai_mock_api.surfaces.errors import body_too_large, error_response, internal_error, wrong_method

if TYPE_CHECKING:
    from openai_mock_api.http import Request
    from openai_mock_api.server.app import App
    from openai_mock_api.server.room import Room

log = logging.getLogger(f"{NAME}.admin")


def document(_: Visit) -> dict[str, Any]:
    """Describe the admin routes, as an OpenAPI document."""
    return describe(ROUTES, ADMIN)


ROUTES: Final[tuple[AdminRoute, ...]] = (
    *responses.ROUTES,
    *requests.ROUTES,
    *clock.ROUTES,
    *gates.ROUTES,
    *namespaces.ROUTES,
    AdminRoute("GET", "/openapi.json", document, gives=dict[str, Any]),
)

_routes: Final = Routes(ROUTES)


class Desk:
    """The admin routes of a server. Lives as long as its app."""

    def __init__(self, app: App) -> None:
        self._app = app

    def answer(self, room: Room, request: Request) -> Response:
        """Answer a request about a room. It is no exchange of that room's, and only errors of ours are logged."""
        try:
            check(request, self._app.settings.admin_key)
            if len(request.body) > self._app.settings.max_body_bytes:
                raise body_too_large(self._app.settings.max_body_bytes)
            return self._handled(room, request)
        except ApiError as error:
            return error_response(error)
        except ConfigError as error:
            return error_response(ApiError(400, str(error), code="invalid_config"))
        except ValueError as error:
            return error_response(ApiError(400, str(error), code="invalid_value"))
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return error_response(internal_error())

    def _handled(self, room: Room, request: Request) -> Response:
        route, texts = _find(request)
        visit = Visit(self._app, room, request, texts[0] if texts else "", _said(route, request))
        given = route.handler(visit)
        return Response(route.status, JSON_HEAD, msgspec.json.encode(given, enc_hook=repr))


def _find(request: Request) -> tuple[AdminRoute, tuple[str, ...]]:
    try:
        return _routes.find(request.method, "/" + request.path.removeprefix(ADMIN))
    except ApiError as error:
        if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
            raise wrong_method(request.method, request.path, error.headers["allow"]) from None
        raise ApiError(
            404,
            f"There is no admin route {request.method} {request.path}. GET {ADMIN}openapi.json describes them.",
            code="route_not_found",
        ) from None


def _said(route: AdminRoute, request: Request) -> Any:
    """Read the query or the body, whichever the route takes. Raises ``ApiError`` 400."""
    if route.takes is None or route.takes in (Responses, MockResponse):
        return None
    try:
        if route.takes_query:
            return msgspec.convert(dict(parse_qsl(request.query)), route.takes, strict=False)
        return msgspec.json.decode(request.body or b"{}", type=route.takes)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        where = f"{route.method} {ADMIN}{route.path[1:]}"
        raise ApiError(400, f"{where}: {error}", code="invalid_value") from None
