from __future__ import annotations

from typing import Any

import msgspec
import pytest

from openai_mock_api.script.matching.conditions import BodyValue, Condition, Glob, Offers, Streaming, header_conditions
from openai_mock_api.script.messages import Tool
from tests.script.making import call

TOOLS = (Tool("get_weather"), Tool("get_time"))
HEADERS = ((b"x-tenant", b"acme-eu"), (b"x-name", b"Jos\xe9"))
BODY = {
    "metadata": {"plan": "pro", "flags": {"a": 1, "b": [True, 1]}, "none": None},
    "tools": [{"type": "function"}, {"type": "web_search"}],
    "n": 1,
}


def body(value: Any = BODY) -> bytes:
    return msgspec.json.encode(value)


def header(value: str) -> Condition:
    return header_conditions({"X-Tenant": value})[0]


CASES: list[tuple[Condition, dict[str, Any], tuple[str, str] | None]] = [
    (Glob.of("model", ["gpt-4o*"]), {"model": "gpt-4o-mini"}, None),
    (Glob.of("model", ["gpt-4o"]), {"model": "gpt-4o-mini"}, ("gpt-4o", "gpt-4o-mini")),
    (Glob.of("model", ["gpt-?o", "o[13]"]), {"model": "o3"}, None),
    (Glob.of("model", ["gpt-?o", "o[13]"]), {"model": "o2"}, ("gpt-?o or o[13]", "o2")),
    (Glob.of("model", ["GPT*"]), {"model": "gpt-4o"}, ("GPT*", "gpt-4o")),
    (Glob.of("model", ["gpt-4.1"]), {"model": "gpt-4x1"}, ("gpt-4.1", "gpt-4x1")),
    (Glob.of("endpoint", ["chat"]), {}, None),
    (Glob.of("endpoint", ["responses"]), {}, ("responses", "chat")),
    (Glob.of("response_format", ["json_*"]), {"response_format": "json_schema"}, None),
    (Glob.of("response_format", ["json_schema"]), {}, ("json_schema", "text")),
    (Streaming(True), {"stream": True}, None),
    (Streaming(True), {}, ("true", "false")),
    (Streaming(False), {"stream": True}, ("false", "true")),
    (Offers(("get_time",)), {"tools": TOOLS}, None),
    (Offers(("get_time", "get_weather")), {"tools": TOOLS}, None),
    (Offers(("get_time", "send")), {"tools": TOOLS}, ("get_time, send", "get_weather, get_time")),
    (Offers(("get_time",)), {}, ("get_time", "no tools")),
    (header("acme-*"), {"headers": HEADERS}, None),
    (header("other"), {"headers": list(HEADERS)}, ("other", "acme-eu")),
    (header("*"), {}, ("*", "nothing")),
    (header_conditions({"x-name": "José"})[0], {"headers": HEADERS}, None),
    (BodyValue("metadata.plan", "pro"), {"body": body()}, None),
    (BodyValue("metadata.plan", "free"), {"body": body()}, ('"free"', '"pro"')),
    (BodyValue("metadata.plan", "pro"), {"parameters": BODY}, None),
    (BodyValue("tools.1.type", "web_search"), {"body": body()}, None),
    (BodyValue("tools.2.type", "web_search"), {"body": body()}, ('"web_search"', "nothing")),
    (BodyValue("tools.-1.type", "web_search"), {"body": body()}, ('"web_search"', "nothing")),
    (BodyValue("tools.²", 1), {"body": body()}, ("1", "nothing")),
    (BodyValue("n", 1), {"body": body()}, None),
    (BodyValue("n", 1.0), {"body": body()}, None),
    (BodyValue("n", True), {"body": body()}, ("true", "1")),
    (BodyValue("n.x", 1), {"body": body()}, ("1", "nothing")),
    (BodyValue("metadata.none", None), {"body": body()}, None),
    (BodyValue("metadata.missing", None), {"body": body()}, ("null", "nothing")),
    (BodyValue("metadata.flags", {"a": 1}), {"body": body()}, None),
    (BodyValue("metadata.flags.b", [True, True]), {"body": body()}, ("[true,true]", "[true,1]")),
    (BodyValue("n", 1), {"body": b"{"}, ("1", "nothing")),
    (BodyValue("n", 1), {"body": b""}, ("1", "nothing")),
    (BodyValue("n", 1), {"body": b'"\xff"'}, ("1", "nothing")),
    (BodyValue("n", 1), {"body": b"[" * 10_000}, ("1", "nothing")),
]


@pytest.mark.parametrize(("condition", "fields", "parted"), CASES)
def test_difference(condition: Condition, fields: dict[str, Any], parted: tuple[str, str] | None) -> None:
    difference = condition.difference(call("Hi", **fields))
    assert (difference and (difference.expected, difference.got)) == parted


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        (Glob.of("model", ["x"]), "model"),
        (Streaming(True), "stream"),
        (Offers(("x",)), "tools"),
        (BodyValue("metadata.plan", 1), "body.metadata.plan"),
        (header("x"), "headers.X-Tenant"),
    ],
)
def test_name(condition: Condition, name: str) -> None:
    assert condition.name == name
