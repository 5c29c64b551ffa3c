"""The description of the admin routes is valid, complete, and true of what they give."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from openai_mock_api.server.admin.desk import ROUTES
from openai_mock_api.server.admin.openapi import describe
from openai_mock_api.server.routes import ADMIN
from tests.server.admin.test_desk import Asked
from tests.serving import app_of, chat, flow

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT: dict[str, Any] = json.loads(json.dumps(describe(ROUTES, ADMIN)))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from inside(part)


def test_it_is_served() -> None:
    status, document = Asked(app_of({"responses": [flow("Hello", content="Hi")]}))("GET", "/openapi.json")
    assert (status, document) == (200, DOCUMENT)


def test_it_describes_every_route() -> None:
    assert sorted(OPERATIONS) == sorted(f"{route.method} {ADMIN}{route.path[1:]}" for route in ROUTES)


def test_its_outline_is_that_of_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert DOCUMENT.keys() <= {"openapi", "info", "servers", "security", "paths", "components"}
    for server in DOCUMENT["servers"]:
        assert set(re.findall(r"\{(\w+)\}", server["url"])) == server.get("variables", {}).keys()
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {name for one in DOCUMENT["security"] for name in one} == schemes.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_does_takes_and_gives(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"].endswith(".")
    assert operation.keys() <= {"operationId", "summary", "parameters", "requestBody", "responses"}
    in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", name))
    assert all(parameter["required"] for parameter in operation["parameters"] if parameter["in"] == "path")
    assert len({status for status in operation["responses"] if status.startswith("2")}) == 1
    assert all(answer["description"] and answer["content"] for answer in operation["responses"].values())


def test_operations_have_names_of_their_own() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    references = {part["$ref"] for part in inside(DOCUMENT) if "$ref" in part}
    assert {reference.removeprefix("#/components/schemas/") for reference in references} <= schemas.keys()
    assert "MockResponse" in schemas


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_schema_is_one(name: str) -> None:
    assert jsonschema_rs.meta.is_valid(DOCUMENT["components"]["schemas"][name])


def test_every_field_that_goes_in_or_out_is_explained() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    silent = [
        f"{name}.{key}"
        for name, schema in schemas.items()
        for key, value in schema.get("properties", {}).items()
        if "description" not in value
    ]
    assert silent == []


def checks(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})


def test_what_routes_give_is_as_described() -> None:
    ask = Asked(app_of({"responses": [flow("Hello", content="Hi")]}))
    ask.say("Hello")
    ask.say("nothing like it")
    request = ask("GET", "/requests")[1]["requests"][0]["id"]
    asked: list[tuple[str, str, Any, str]] = [
        ("GET", "/responses", b"", "/responses"),
        ("GET", "/responses/Hello", b"", "/responses/{response}"),
        ("GET", "/responses/none", b"", "/responses/{response}"),
        ("POST", "/responses", flow("a", content="b"), "/responses"),
        ("PUT", "/responses/a", flow("a", content="c"), "/responses/{response}"),
        ("DELETE", "/responses/a", b"", "/responses/{response}"),
        ("PUT", "/responses", [flow("Hello", content="Hi")], "/responses"),
        ("GET", "/requests", b"", "/requests"),
        ("GET", "/requests?limit=x", b"", "/requests"),
        ("GET", f"/requests/{request}", b"", "/requests/{request}"),
        ("GET", "/misses", b"", "/misses"),
        ("GET", "/unused", b"", "/unused"),
        ("POST", "/gates", {}, "/gates"),
        ("GET", "/gates", b"", "/gates"),
        ("GET", "/gates/gate_1", b"", "/gates/{gate}"),
        ("POST", "/gates/gate_1/release", {"count": 1}, "/gates/{gate}/release"),
        ("POST", "/gates/gate_1/release_chunks", {"count": 1}, "/gates/{gate}/release_chunks"),
        ("POST", "/gates/gate_1/disconnect", b"", "/gates/{gate}/disconnect"),
        ("DELETE", "/gates/gate_1", b"", "/gates/{gate}"),
        ("POST", "/namespaces", {"name": "a"}, "/namespaces"),
        ("POST", "/namespaces", {"name": "a"}, "/namespaces"),
        ("GET", "/namespaces", b"", "/namespaces"),
        ("GET", "/namespaces/a", b"", "/namespaces/{namespace}"),
        ("DELETE", "/namespaces/a", b"", "/namespaces/{namespace}"),
        ("GET", "/clock", b"", "/clock"),
        ("POST", "/clock/freeze", {}, "/clock/freeze"),
        ("POST", "/clock/advance", {"by": 1}, "/clock/advance"),
        ("POST", "/clock/scale", {"factor": 1}, "/clock/scale"),
        ("POST", "/clock/resume", b"", "/clock/resume"),
        ("POST", "/clock/reset", b"", "/clock/reset"),
        ("DELETE", "/requests", b"", "/requests"),
        ("DELETE", "/responses", b"", "/responses"),
        ("POST", "/reset", b"", "/reset"),
        ("GET", "/openapi.json", b"", "/openapi.json"),
    ]
    for method, path, body, template in asked:
        operation = OPERATIONS[f"{method} /_mock{template}"]
        status, document = ask(method, path, body)
        content = operation["responses"][str(status)]["content"]["application/json"]
        checks(content["schema"]).validate(document)
        if status < 300 and body and not isinstance(body, bytes):
            checks(operation["requestBody"]["content"]["application/json"]["schema"]).validate(body)
    assert {f"{method} /_mock{template}" for method, _, _, template in asked} == OPERATIONS.keys()


def test_what_a_route_does_not_take_is_not_as_described() -> None:
    schema = OPERATIONS["POST /_mock/clock/advance"]["requestBody"]["content"]["application/json"]["schema"]
    assert checks(schema).is_valid({"by": "1h"})
    assert not checks(schema).is_valid({"to": "1h"})
    assert not checks(schema).is_valid(chat("Hello"))
