from typing import Any

import pytest

from openai_mock_api.config.model import MockConfig, MockResponse
from openai_mock_api.config.places import KeyPath
from openai_mock_api.config.reading import Document, Origin, read


def data_of(text: str, **environ: str) -> Any:
    return read(text, environ=environ).data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: no", {"a": "no"}),
        ("a: '1'\nb: 1\nc: !!str 1", {"a": "1", "b": 1, "c": "1"}),
        ("a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}),
        ("on: 1\n2: 2\ntrue: 3", {"on": 1, "2": 2, "true": 3}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 1}\nd: {<<: *x, c: 2}", {"a": {"b": 1, "c": 1}, "d": {"b": 1, "c": 2}}),
        ("a: {<<: [{b: 1}, {b: 2, c: 2}], d: 3}", {"a": {"b": 1, "c": 2, "d": 3}}),
        ("a: {<<: {b: 1}, <<: {c: 2}}", {"a": {"b": 1, "c": 2}}),
        ("a: {'<<': 1}", {"a": {"<<": 1}}),
        ('{\n\t"a": [1, 2.5e1, null],\n\t"b": "\\/"\n}', {"a": [1, 25.0, None], "b": "/"}),
        ('{"a": "\\ud83d\\ude00 \\\\ud83d\\\\ude00"}', {"a": "\U0001f600 \\ud83d\\ude00"}),
        ("{a: '\\ud83d\\ude00'}", {"a": "\\ud83d\\ude00"}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("", None),
    ],
)
def test_texts_become_plain_data(text: str, data: Any) -> None:
    assert data_of(text) == data


def test_variables_are_filled_in_as_text() -> None:
    text = "port: ${PORT:-3000}\nresponses: ['${KEY}', \"${UNSET}\", '${lower}', plain]"
    assert data_of(text, KEY="k") == {"port": "3000", "responses": ["k", "${UNSET}", "${lower}", "plain"]}


def test_unset_variables_are_faults_outside_of_conversations() -> None:
    document = read("t: &t {a: '${A}'}\nx-u: '${A}'\nresponses: [*t]\nhost: '${A}${B}'", "m.yaml", {})
    assert [str(p) for p in document.problems(document.faults)] == [
        "m.yaml:4:1  host: the environment variable A is not set; set it, or write ${A:-default}",
        "m.yaml:4:1  host: the environment variable B is not set; set it, or write ${B:-default}",
    ]


def test_unset_variables_stay_in_a_list_of_responses() -> None:
    document = read("['${A}']", environ={})
    assert (document.data, document.faults) == (["${A}"], [])


TEXT = """\
responses:
  - id: a
    messages:
      - &m {role: user, content: 0123}
  - messages: [*m, {<<: *m, role: tool}]
apiKey: 1.10
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("responses",), 1, 1),
        (("responses", 0), 2, 5),
        (("responses", 0, "messages", 0, "content"), 4, 25),
        (("responses", 0, "messages", 0, "missing"), 4, 9),
        (("responses", 1, "messages", 0, "content"), 4, 25),
        (("responses", 1, "messages", 1, "content"), 4, 25),
        (("responses", 1, "messages", 1, "role"), 5, 29),
        (("api_key",), 6, 1),
        (("apiKey",), 6, 1),
        (("apiKey", "deeper"), 6, 1),
    ],
)
def test_every_path_has_a_place(path: KeyPath, line: int, column: int) -> None:
    place = read(TEXT, "m.yaml").place(path)
    assert (place.source, place.line, place.column) == ("m.yaml", line, column)


def test_the_text_of_a_scalar_is_kept() -> None:
    document = read(TEXT)
    assert document.written(("responses", 0, "messages", 0, "content")) == "0123"
    assert document.written(("api_key",)) == "1.10"
    assert document.written(("responses", 0)) is None
    assert document.written(("nowhere", 0)) is None


def test_problems_are_in_the_document_s_order_and_said_once() -> None:
    document = read(TEXT)
    paths: list[KeyPath] = [
        ("api_key",),
        ("responses", 0, "messages", 0, "role"),
        ("responses", 1, "messages", 0, "role"),
    ]
    problems = document.problems([(path, "wrong") for path in paths])
    assert [(p.path, p.line) for p in problems] == [("responses[0].messages[0].role", 4), ("api_key", 6)]


def test_data_from_python_is_ordered_by_its_own_positions() -> None:
    config = MockConfig(responses=[MockResponse(id="a", messages=[])], port=1)
    document = Document({"x": {}, "responses": [config.responses[0], {"id": 1}], "port": 1})
    paths: list[KeyPath] = [("port",), ("responses", 1, "id"), ("responses", 0, "id"), ("responses", 0), ("missing",)]
    problems = document.problems([(path, "wrong") for path in paths])
    assert [p.path for p in problems] == ["missing", "responses[0]", "responses[0].id", "responses[1].id", "port"]
    assert {p.line for p in problems} == {0}


def test_the_user_s_own_keys() -> None:
    document = read("t: &t 1\nresponses: [*t]")
    assert [document.is_own(key) for key in ("x-a", "t", "responses", "port")] == [True, True, False, False]


def test_an_origin_knows_the_places_below_it() -> None:
    origin = Origin(read("responses:\n  - id: a\n    messages:\n      - {role: user}", "m.yaml", {}), ("responses", 0))
    assert [str(origin.place(path)) for path in ((), ("messages", 0, "role"), ("nope",))] == [
        "m.yaml:2:5",
        "m.yaml:4:10",
        "m.yaml:2:5",
    ]
