import pytest
import yaml

from openai_mock_api.config import nodes
from openai_mock_api.config.nodes import compose, position
from openai_mock_api.errors import ConfigError


@pytest.fixture(params=["c", "python"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs every test with the parser in C and with the one in Python."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    return str(request.param)


def failure(text: str, source: str | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        compose(text, source)
    return caught.value


@pytest.mark.parametrize(
    ("text", "said", "line", "column"),
    [
        ("a: 1\na: 2", "the key 'a' is given twice, first on line 1", 2, 1),
        ("a: {b: 1, 'b': 2}", "the key 'b' is given twice, first on line 1", 1, 11),
        ("a: 1\n--- \nb: 2", "a second document begins here; one text holds one configuration", 2, 1),
        ("a: !!set {x}", "the tag !!set is not supported here; remove it", 1, 4),
        ("a: !thing x", "the tag !thing is not supported here; remove it", 1, 4),
        ("a: !!map [x]", "the tag !!map is not supported here; remove it", 1, 4),
        ("a: !!int x", "'x' is not of the type !!int", 1, 4),
        ("a: *b", "the alias *b has no anchor &b before it", 1, 4),
        ("a: &b [*b]", "the alias *b stands inside its own anchor", 1, 8),
        ("a: &b {<<: *b}", "the alias *b stands inside its own anchor", 1, 12),
        ("a: {<<: 3}", "the merge key << takes a mapping or a list of mappings", 1, 5),
        ("a: {<<: [{b: 1}, 3]}", "the merge key << takes a mapping or a list of mappings", 1, 5),
        ("? [a]\n: 1", "a key must be text, not a list or a mapping", 1, 3),
        ("a:\n\tb: 1", "a tab cannot indent YAML; use spaces", 2, 1),
        ("a: @x", "a text cannot begin with '@'; put it in quotes", 1, 4),
        ("a: b\x07", "the character '\\x07' is not allowed; remove it", 1, 5),
        ("a: \ud800", "the character '\\ud800' is not allowed; remove it", 1, 4),
    ],
)
def test_what_a_configuration_cannot_hold(text: str, said: str, line: int, column: int) -> None:
    error = failure(text)
    (problem,) = error.problems
    assert (problem.message, problem.line, problem.column) == (nodes.FAILED + said, line, column)
    assert str(error) == f"{nodes.FAILED}{said} (line {line}, column {column})"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: b: c", "put a text that holds ': ' in quotes"),
        ("a: 1\n b: 2", "mapping values"),
        ("a: [1", "bracket|but got"),
        ("a: 'x", "close the quotes"),
        ("a: [}", "did not find|expected the node"),
    ],
)
def test_the_parser_s_words_come_with_a_hint_and_a_place(text: str, hint: str) -> None:
    error = failure(text, "mock.yaml")
    assert str(error).startswith(nodes.FAILED)
    assert "of mock.yaml)" in str(error)
    assert error.problems[0].source == "mock.yaml"
    assert error.problems[0].line >= 1
    with pytest.raises(ConfigError, match=hint):
        raise error


def test_nesting_is_bounded() -> None:
    assert "nested deeper than 100 levels" in str(failure("[" * 5000))
    assert "nested deeper than 100 levels" in str(failure("? " * 5000 + "a"))
    assert compose("[" * 100 + "]" * 100).root


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("text", ["a{}b", "'a{}b'", '"a{}b"', "|-\n  a{}b", "{{a{}b: 1}}"])
def test_what_an_older_yaml_takes_for_the_end_of_a_line_is_text(character: str, text: str) -> None:
    node = compose(f"x: {text.format(character)}\ny: z").root
    assert isinstance(node, nodes.MappingNode)
    value = node.entries["x"].node
    said = value.text if isinstance(value, nodes.ScalarNode) else next(iter(getattr(value, "entries", ())))
    assert said == f"a{character}b"
    assert node.entries["y"].line == text.count("\n") + 2


def test_aliases_cannot_fill_the_memory() -> None:
    lines = ["l0: &l0 [xxxxxxxxx]"]
    lines += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "aliases repeat more than 10,000,000 characters" in str(failure("\n".join(lines)))


def test_an_anchor_may_be_named_again() -> None:
    tree = compose("a: &x 1\nb: *x\nc: &x 2\nd: *x")
    assert isinstance(tree.root, nodes.MappingNode)
    values = [e.node.value for e in tree.root.entries.values() if isinstance(e.node, nodes.ScalarNode)]
    assert values == [1, 1, 2, 2]


def test_top_level_keys_with_anchors_that_others_use_are_templates() -> None:
    tree = compose("t: [{x: &a 1}]\nu: &b 2\nv: &c 3\nw: [*a, *c]\nz: &d [1, &e 2, *e]")
    assert tree.templates == {"t", "v"}


def test_a_text_with_no_content_has_no_root() -> None:
    assert compose("# nothing\n").root is None
    assert compose("").root is None


def test_positions_count_from_one() -> None:
    assert position("ab\ncd", 4) == (2, 2)
    assert position("ab", 0) == (1, 1)
