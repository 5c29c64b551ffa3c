from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.script.schemas.references import absolute, referred

ROOT: dict[str, Any] = {
    "$defs": {"a/b": {"type": "integer"}, "c~d e": {"$anchor": "here", "type": "string"}},
    "anyOf": [{"type": "null"}, {"$dynamicAnchor": "there"}],
}


@pytest.mark.parametrize(
    ("reference", "part"),
    [
        ("#", ROOT),
        ("#/$defs/a~1b", ROOT["$defs"]["a/b"]),
        ("#/$defs/c~0d%20e", ROOT["$defs"]["c~d e"]),
        ("#/anyOf/1", ROOT["anyOf"][1]),
        ("#here", ROOT["$defs"]["c~d e"]),
        ("#there", ROOT["anyOf"][1]),
        ("#nowhere", True),
        ("#/anyOf/2", True),
        ("#/anyOf/x", True),
        ("#/$defs/x", True),
        ("#/anyOf/0/type/x", True),
    ],
)
def test_references_lead_to_parts(reference: str, part: Any) -> None:
    assert referred(ROOT, "urn:sample" + reference) == part


def test_references_to_other_documents_say_nothing() -> None:
    assert referred(ROOT, "https://example.com/schema#/$defs/a") is True


@pytest.mark.parametrize(
    ("schema", "copy"),
    [
        (True, True),
        ({"$ref": "#/a"}, {"$ref": "urn:sample#/a"}),
        ({"$ref": "https://example.com/x"}, {"$ref": "https://example.com/x"}),
        (
            {"$id": "https://example.com/s#", "items": {"$ref": "https://example.com/s#/a"}},
            {"items": {"$ref": "urn:sample#/a"}},
        ),
        ({"$id": "s", "items": {"$ref": "s"}}, {"items": {"$ref": "urn:sample#"}}),
        ({"anyOf": [{"$dynamicRef": "#a"}, False]}, {"anyOf": [{"$dynamicRef": "urn:sample#a"}, False]}),
        ({"enum": [{"$ref": "#"}]}, {"enum": [{"$ref": "#"}]}),
        ({"properties": {"enum": {"$ref": "#"}}}, {"properties": {"enum": {"$ref": "urn:sample#"}}}),
        ({"properties": {"$ref": {"$ref": "#"}}}, {"properties": {"$ref": {"$ref": "urn:sample#"}}}),
        ({"items": {"$id": "i", "$ref": "#/a"}}, {"items": {"$id": "i", "$ref": "#/a"}}),
    ],
)
def test_references_are_made_absolute(schema: Any, copy: Any) -> None:
    assert absolute(schema, schema) == copy
