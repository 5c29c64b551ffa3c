"""The admin routes as an OpenAPI 3.1 document, made from the route table and the types of what goes in and out."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.__about__ import __version__
from openai_mock_api.config import model
from openai_mock_api.config.model import MockResponse
from openai_mock_api.server.admin import shapes, visit
from openai_mock_api.server.admin.access import HEADER
from openai_mock_api.server.admin.visit import Responses
from openai_mock_api.server.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from openai_mock_api.server.admin.visit import AdminRoute

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_SCHEMAS: Final = "#/components/schemas/"

#: Why a request is refused, by status.
_REFUSALS: Final = {
    400: "What was sent cannot be used.",
    403: "The client may not use the admin routes.",
    404: "There is no such thing.",
    409: "The name is taken.",
}


class ErrorBody(msgspec.Struct):
    """What is wrong, as OpenAI's API says it."""

    message: str
    """What, where, and what to do."""
    type: str
    """``invalid_request_error``, …"""
    param: str | None
    """Always null here."""
    code: str | None
    """What to tell it by."""


class Refusal(msgspec.Struct):
    """An answer that is an error."""

    error: ErrorBody
    """What is wrong."""


_INFO: Final = {
    "title": "openai-mock-api, admin routes",
    "version": __version__,
    "description": "What a test in another process does with a mock OpenAI API.",
}
_SERVERS: Final = [
    {"url": "/", "description": "The server itself."},
    {
        "url": f"{BASE}{{namespace}}",
        "description": "A namespace of it.",
        "variables": {"namespace": {"default": "n1", "description": "Its name."}},
    },
]


def describe(routes: Sequence[AdminRoute], prefix: str) -> dict[str, Any]:
    """Return the document. Paths begin with ``prefix``."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(prefix + route.path[1:], {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": _SERVERS,
        "security": [{}, {"admin_key": []}],
        "paths": paths,
        "components": {
            "schemas": _components(routes),
            "securitySchemes": {"admin_key": {"type": "apiKey", "in": "header", "name": HEADER.decode()}},
        },
    }


def _operation(route: AdminRoute) -> dict[str, Any]:
    """Describe one route."""
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}_{route.handler.__name__}",
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        "responses": {
            str(route.status): {"description": "It has been done.", **_content(_schema(route.gives))},
            **{str(status): _refusal(status) for status in (400, 403, *route.refuses)},
        },
    }
    if route.takes is not None and not route.takes_query:
        operation["requestBody"] = _body(route)
    return operation


def _parameters(route: AdminRoute) -> Iterator[dict[str, Any]]:
    """Describe the path's placeholders and the query."""
    for name in _PLACEHOLDER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.takes is not None and route.takes_query:
        described = _described(route.takes.__name__, msgspec.json.schema(route.takes)["$defs"][route.takes.__name__])
        for name, schema in described["properties"].items():
            yield {"name": name, "in": "query", "description": schema.pop("description"), "schema": schema}


def _body(route: AdminRoute) -> dict[str, Any]:
    schema = _schema(route.takes)
    if route.takes is Responses:
        one = _schema(MockResponse)
        schema = {"anyOf": [schema, {"type": "array", "items": one}, one]}
    kinds = ("application/json", "application/yaml") if route.takes in (Responses, MockResponse) else ()
    return _content(schema, *kinds)


def _refusal(status: int) -> dict[str, Any]:
    return {"description": _REFUSALS[status], **_content(_schema(Refusal))}


def _content(schema: dict[str, Any], *kinds: str) -> dict[str, Any]:
    return {"content": {kind: {"schema": schema} for kind in kinds or ("application/json",)}}


def _schema(kind: Any) -> dict[str, Any]:
    return {"$ref": _SCHEMAS + kind.__name__} if _is_struct(kind) else {"type": "object"}


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _components(routes: Sequence[AdminRoute]) -> dict[str, Any]:
    """Return the schemas of everything that goes in and out, with what the docstrings of fields say."""
    given = [route.gives for route in routes]
    taken = [route.takes for route in routes if not route.takes_query]
    structs = dict.fromkeys(kind for kind in (*given, *taken, MockResponse, Refusal) if _is_struct(kind))
    _, components = msgspec.json.schema_components(structs, ref_template=_SCHEMAS + "{name}")
    return {name: _described(name, components[name]) for name in sorted(components)}


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    for key, description in _fields_of(name).items():
        if key in schema["properties"]:
            schema["properties"][key]["description"] = description
    return schema


def _fields_of(name: str) -> dict[str, str]:
    """Return what the docstrings of a Struct's fields say, by key."""
    kind = next(getattr(module, name) for module in _homes() if hasattr(module, name))
    documented = _documented()
    return {key: text for base in reversed(kind.__mro__) for key, text in documented.get(base.__name__, {}).items()}


def _homes() -> tuple[ModuleType, ...]:
    """Return the modules that define the types."""
    return shapes, visit, model, sys.modules[__name__]


@cache
def _documented() -> dict[str, dict[str, str]]:
    """Return the docstrings of all fields, which Python keeps in the source alone, by class and key."""
    trees = [ast.parse(inspect.getsource(module)) for module in _homes()]
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_docstrings(node)) for node in classes}


def _docstrings(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in pairwise(node.body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                yield name.rstrip("_"), inspect.cleandoc(said).replace("``", "`")
