"""The schema takes what the loader takes, and refuses what the loader refuses because of types and keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.authoring.schema import DRAFT, schema_of
from openai_mock_api.config.assembly import _without_own_keys
from openai_mock_api.config.conversion import Conversion
from openai_mock_api.config.model import IncludedFile, MockConfig
from openai_mock_api.config.nodes import ListNode, MappingNode, compose
from openai_mock_api.config.reading import Document, read
from openai_mock_api.errors import ConfigError
from tests.docs.blocks import BLOCKS, ROOT
from tests.docs.completion import completed

if TYPE_CHECKING:
    from openai_mock_api.config.nodes import Node

SCHEMA: Final = schema_of()
VALIDATOR: Final = jsonschema_rs.Draft202012Validator(SCHEMA)
INCLUDED: Final = jsonschema_rs.Draft202012Validator(schema_of(IncludedFile))


def loads(document: Document) -> bool:
    """Whether the loader finds all types and keys right."""
    conversion = Conversion(document)
    conversion.read(_without_own_keys(document, MockConfig), MockConfig)
    return not conversion.faults


def fits(document: Document) -> bool:
    """Whether the schema takes what the loader looks at."""
    return VALIDATOR.is_valid(_without_own_keys(document, MockConfig))


def texts_of_tests() -> Iterator[str]:
    """Yield the configurations in the tests: texts that hold responses."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "responses:" in node.value:
                yield node.value


def texts_of_docs() -> Iterator[str]:
    for block in BLOCKS:
        if block.language == "yaml" and block.kind != "fragment":
            yield block.text


def readable(texts: Iterator[str]) -> list[Document]:
    """Read the texts that are YAML, as mappings."""
    documents = []
    for text in texts:
        try:
            documents.append(read(text, environ={}))
        except ConfigError:
            continue
    return [document for document in documents if isinstance(document.data, Mapping)]


FILES: Final = [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests").rglob("*conversations.yaml")]
CORPUS: Final = readable(iter([*texts_of_docs(), *texts_of_tests(), *(file.read_text() for file in FILES)]))
FRAGMENTS: Final = [block for block in BLOCKS if block.language == "yaml" and block.kind == "fragment"]


def test_it_is_a_schema() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["$schema"] == DRAFT


def test_there_is_something_of_both_kinds_to_compare() -> None:
    verdicts = [loads(document) for document in CORPUS]
    assert verdicts.count(True) > 20
    assert verdicts.count(False) > 3


@pytest.mark.parametrize("document", CORPUS)
def test_loader_and_schema_agree_on_every_configuration_of_pages_and_tests(document: Document) -> None:
    assert fits(document) is loads(document)


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in FRAGMENTS])
def test_the_schema_takes_every_fragment_of_the_pages(block: Any) -> None:
    assert list(VALIDATOR.iter_errors(completed(block.text))) == []


def raw(node: Node | None) -> Any:
    """Return data as editors see it: variables are not filled in."""
    match node:
        case MappingNode(entries=entries):
            return {key: raw(entry.node) for key, entry in entries.items()}
        case ListNode(items=items):
            return [raw(item) for item in items]
    return None if node is None else node.value


@pytest.mark.parametrize(
    "text",
    [
        "port: ${PORT:-3000}",
        "unmatched: ${POLICY:-error}",
        "max_body_bytes: ${BYTES}",
        "limits: {requests_per_minute: '${RATE:-3}'}",
        "responses: [{id: '${NAME}', messages: [{role: user, content: a, not: '${NOT:-true}'}]}]",
    ],
)
def test_variables_may_stand_for_any_scalar(text: str) -> None:
    assert VALIDATOR.is_valid(raw(compose(text).root))


CASES: Final = [
    ({"apiKey": "a"}, True),
    ({"api_key": "a", "apiKey": "b"}, False),
    ({"x-mine": {"anything": []}}, True),
    ({"prot": 1}, False),
    ({"port": "3000"}, True),
    ({"port": "3000.0"}, True),
    ({"port": 3000.0}, True),
    ({"port": "0x1F"}, True),
    ({"port": "1e3"}, True),
    ({"port": "3.5"}, False),
    ({"port": 3.5}, False),
    ({"port": True}, False),
    ({"port": None}, True),
    ({"port": 2**64}, False),
    ({"api_key": 7}, True),
    ({"api_key": None}, True),
    ({"api_key": []}, False),
    ({"api_keys": "a"}, False),
    ({"api_keys": [None]}, False),
    ({"models": [1.5, True]}, True),
    ({"validation": "lax"}, False),
    ({"responses": [{"id": "a"}]}, False),
    ({"responses": [{"id": None, "messages": []}]}, False),
    ({"responses": [{"id": 7, "messages": [{"role": "user", "threshold": ".5"}]}]}, True),
    ({"responses": [{"id": 7, "messages": [{"role": "user", "threshold": True}]}]}, False),
    ({"responses": [{"id": 7, "messages": [{"role": "user", "not": "True"}]}]}, True),
    ({"responses": [{"id": 7, "messages": [{"role": "user", "not": "yes"}]}]}, False),
    ({"responses": [{"id": 7, "messages": [{"role": "robot"}]}]}, False),
    ({"responses": [{"id": 7, "messages": [{"role": "assistant", "error": {"code": None}}]}]}, True),
    ({"responses": [{"id": 7, "messages": [{"role": "assistant", "error": "rate_limit"}]}]}, True),
    ({"responses": [{"id": 7, "messages": [{"role": "assistant", "error": "rate"}]}]}, False),
    ({"context_windows": {"a": "1"}}, True),
    ({"context_windows": {"a": "x"}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("data", "valid"), CASES)
def test_what_is_taken_and_what_is_not(data: dict[str, Any], valid: bool) -> None:
    document = Document(data)
    assert (fits(document), loads(document)) == (valid, valid)


SCALARS = st.sampled_from([None, True, 0, 7, -1, 2.5, "", "a", "7", "2.5", "true", "user", "exact", "1.", "0o17"])
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["a", "id", "x-a"]), SCALARS)
KEYS = st.sampled_from(sorted({key for definition in SCHEMA["$defs"].values() for key in definition["properties"]}))


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """Change one configuration of the corpus in one place: a value, a key more, or one less."""
    data = msgspec.json.decode(msgspec.json.encode(_without_own_keys(draw(st.sampled_from(CORPUS)), MockConfig)))
    place = data
    while True:
        inner = [
            value
            for value in (place.values() if isinstance(place, dict) else place)
            if value and isinstance(value, dict | list)
        ]
        if not inner or draw(st.booleans()):
            break
        place = draw(st.sampled_from(inner))
    if isinstance(place, list):
        place[draw(st.integers(0, len(place) - 1))] = draw(VALUES)
    elif place and draw(st.booleans()):
        del place[draw(st.sampled_from(sorted(place)))]
    else:
        place[draw(KEYS)] = draw(VALUES)
    return data


@settings(deadline=None, max_examples=300)
@given(changed())
def test_loader_and_schema_agree_on_changed_configurations(data: Any) -> None:
    document = Document(data)
    assert fits(document) is loads(document)


def test_an_included_file_may_be_a_list() -> None:
    response = {"id": "a", "messages": [{"role": "assistant", "content": "Hi"}]}
    for data in ([response], {"responses": [response], "include": ["b.yaml"], "x-mine": 1}):
        assert INCLUDED.is_valid(data)
    for other in ([{"id": "a"}], {"api_key": "x"}, "text"):
        assert not INCLUDED.is_valid(other)


@pytest.mark.parametrize("name", SCHEMA["$defs"])
def test_every_key_is_described(name: str) -> None:
    definition = SCHEMA["$defs"][name]
    assert definition["description"]
    assert [key for key, schema in definition["properties"].items() if not schema.get("description")] == []


def test_defaults_are_told() -> None:
    properties = SCHEMA["$defs"]["MockConfig"]["properties"]
    assert properties["unmatched"]["default"] == "error"
    assert "default" not in properties["port"]
