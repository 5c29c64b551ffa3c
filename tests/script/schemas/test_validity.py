from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.script.schemas.validity import SHOWN, Fault, Parts, check_schema, fault, text_fault

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"city": "Paris"}, None),
        ({"city": 5}, '$.city: 5 is not of type "string"'),
        ({}, '$: "city" is a required property'),
        ([], '$: [] is not of type "object"'),
    ],
)
def test_the_first_fault_of_a_value_is_found_with_its_path(value: Any, found: str | None) -> None:
    fault_of = fault(CITY, value)
    assert (fault_of and str(fault_of)) == found


def test_paths_lead_into_arrays() -> None:
    schema = {"properties": {"steps": {"items": CITY}}}
    assert fault(schema, {"steps": [{"city": "a"}, {"city": None}]}) == Fault(
        "$.steps[1].city", 'null is not of type "string"'
    )


def test_long_messages_are_cut() -> None:
    found = fault({"type": "integer"}, "x" * 1000)
    assert found is not None
    assert len(found.message) == SHOWN + 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"city":"Paris"}', None),
        ('{"city":5}', '$.city: 5 is not of type "string"'),
        ('{"city":', "$: the text is not JSON: Input data was truncated"),
        ("", "$: the text is not JSON: Input data was truncated"),
        ('"\ud800"', "$: the text is not JSON: 'utf-8' codec"),
        ("[" * 100_000, "$: the text is not JSON: "),
    ],
)
def test_texts_are_read_as_json(text: str, found: str | None) -> None:
    for _ in range(2):
        fault_of = text_fault(CITY, text)
        assert str(fault_of).startswith(found) if found else fault_of is None


def test_a_value_that_is_nested_too_deeply_has_a_fault() -> None:
    schema = {"not": {"properties": {"a": {"$ref": "#"}}}}
    found = text_fault(schema, '{"a":' * 900 + "1" + "}" * 900)
    assert found is not None
    assert found.message.startswith("cannot be checked: ")


def test_formats_are_checked() -> None:
    assert fault({"type": "string", "format": "date"}, "today") is not None
    assert fault({"type": "string", "format": "date"}, "2025-01-31") is None
    assert fault({"type": "string", "format": "unheard-of"}, "anything") is None


@pytest.mark.parametrize(
    ("named", "fits"),
    [
        (None, False),
        ("https://json-schema.org/draft/2020-12/schema", False),
        ("https://json-schema.org/draft/2019-09/schema", True),
        ("http://json-schema.org/draft-07/schema#", True),
        ("https://json-schema.org/draft-07/schema", True),
        ("http://json-schema.org/draft-06/schema#", True),
        ("http://json-schema.org/draft-04/schema#", True),
        ("https://example.com/own", False),
    ],
)
def test_the_draft_is_the_one_that_is_named(named: str | None, fits: bool) -> None:
    schema: dict[str, Any] = {"items": [{"type": "string"}]}  # a list of schemas until 2020-12
    if named:
        schema["$schema"] = named
    if fits:
        check_schema(schema)
        assert fault(schema, [1]) is not None
    else:
        with pytest.raises(ValueError, match="is not of types"):
            check_schema(schema)


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "strin"}, '"strin" is not valid'),
        ({"pattern": "("}, 'is not a "regex"'),
        ({"$ref": "#/$defs/a"}, "does not exist"),
        ({"$ref": "http://127.0.0.1:9/x"}, "is not part of the schema"),
        ({"$ref": "file:///etc/hostname"}, "is not part of the schema"),
        ({"const": "\ud800"}, "surrogates"),
        (deep(500), "limit"),
        (deep(50_000), "nested too deeply"),
    ],
)
def test_what_is_no_schema_is_a_value_error(schema: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fault(schema, {})


def test_parts_may_refer_to_the_whole() -> None:
    parts = Parts({"$defs": {"a": {"type": "integer"}}}, "urn:whole")
    check = parts.check({"$ref": "urn:whole#/$defs/a"})
    assert (check(1), check("1")) == (True, False)
    assert parts.check({"type": "string"})("x")


def test_parts_are_read_by_the_draft_of_the_whole() -> None:
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    check = Parts(whole, "urn:whole").check({"items": [{"$ref": "urn:whole#/items/0"}]})
    assert (check(["x"]), check([1])) == (True, False)


def test_a_part_that_is_no_schema_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="is not of types"):
        Parts(True, "urn:whole").check(5)  # type: ignore[arg-type]
