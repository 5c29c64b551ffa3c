"""What can be configured, called and answered is documented, and nothing else is."""

from __future__ import annotations

import inspect
import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import click
import msgspec
import pytest

import openai_mock_api
from openai_mock_api import Clock, CreateMockServerOptions, Exchange, Gate, MockServer, MockServerInstance
from openai_mock_api.authoring.findings import Kind
from openai_mock_api.authoring.importing import FORMATS
from openai_mock_api.cli import AUTHORING, cli, serve_command
from openai_mock_api.config import model
from openai_mock_api.config.model import (
    AssistantTurn,
    Expect,
    Journal,
    MockConfig,
    Resources,
    TextMatcher,
    UrlCitation,
    When,
)
from openai_mock_api.config.nodes import DEPTH
from openai_mock_api.config.settings import Settings
from openai_mock_api.config.shapes import fields_of
from openai_mock_api.http import Request
from openai_mock_api.script.matching import matchers
from openai_mock_api.script.matching.matchers import REGEX_TIMEOUT
from openai_mock_api.script.replies import PRESETS
from openai_mock_api.script.templates.bounds import BITS, CHARACTERS, ITEM, SECONDS
from openai_mock_api.script.templates.sandbox import FILTERS
from openai_mock_api.script.templates.scene import KNOWN
from openai_mock_api.server.adapters.fast import HEADER_BYTES
from openai_mock_api.server.app import App
from openai_mock_api.server.logs import JsonLines
from openai_mock_api.server.runner import KEEP_ALIVE
from openai_mock_api.surfaces import errors
from openai_mock_api.testing.filters import Filters
from tests.docs.blocks import BLOCKS, PAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCS: Final = ROOT / "docs"
STRUCTS: Final = {
    name: struct
    for name, struct in vars(model).items()
    if inspect.isclass(struct) and issubclass(struct, msgspec.Struct) and struct is not msgspec.Struct
}

#: What the server asks of a gate: public, but nothing for a test.
FOR_THE_SERVER: Final = {"cancel", "end", "expire", "take", "tale"}

_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def table(text: str, after: str) -> list[list[str]]:
    """Return the rows, as cells, of the first table behind a text, without its head."""
    lines = text[text.index(after) :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| ---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))])
    return rows


def codes(cells: Iterable[str]) -> list[str]:
    """Return what stands in backticks."""
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


def names(rows: list[list[str]]) -> list[str]:
    """Return the names that the rows of a table are about, without parentheses and ``await``."""
    return [code.removeprefix("await ").removesuffix("()") for code in codes(row[0] for row in rows)]


# -- configuration


def own_keys(struct: type[msgspec.Struct]) -> list[str]:
    base = struct.__base__
    inherited = fields_of(base) if base in (AssistantTurn, TextMatcher, UrlCitation, When) else {}
    return [key for key in fields_of(struct) if key not in inherited]


@pytest.mark.parametrize("name", STRUCTS)
def test_configuration_lists_every_key_and_no_other(name: str) -> None:
    rows = table(page("configuration.md"), f"<!-- keys: {name} -->")
    assert sorted(names(rows)) == sorted(own_keys(STRUCTS[name]))


@pytest.mark.parametrize("name", STRUCTS)
def test_configuration_gives_the_defaults(name: str) -> None:
    written = {
        row[0].strip("`"): row[2].strip("`") for row in table(page("configuration.md"), f"<!-- keys: {name} -->")
    }
    for field in msgspec.structs.fields(STRUCTS[name]):
        if field.encode_name in written and type(field.default) in (str, int, float, bool):
            assert written[field.encode_name] == default_of(field.default)


def default_of(value: str | float | bool) -> str:
    return value if isinstance(value, str) else f"{value:g}" if type(value) is float else json.dumps(value)


# -- matching and replies


def test_matching_lists_the_matchers_with_their_specificity() -> None:
    kinds = [getattr(matchers, name) for name in ("AnyText", "Contains", "Exact", "Fuzzy", "Json", "Regex")]
    rows = {row[0].strip("`"): float(row[3]) for row in table(page("matching.md"), "## Matchers")}
    assert rows == {kind.kind: kind.specificity for kind in kinds}
    assert set(rows) == set(get_args(model.MatcherName))


def test_matching_gives_the_specificity_of_not() -> None:
    assert f"has a specificity of {matchers.Not.specificity}" in page("matching.md")


def test_matching_gives_true_scores() -> None:
    for text, score in table(page("matching.md"), "### Fuzzy scores"):
        assert f"{matchers.similarity('I need help with something', text.strip('`')):.2f}" == score


def test_matching_lists_the_policies() -> None:
    rows = table(page("matching.md"), "`unmatched` at the top")
    assert tuple(names(rows)) == get_args(model.Unmatched)


def test_templates_list_what_templates_know() -> None:
    rows = table(page("templates.md"), "### What templates know")
    listed = [re.sub(r"\(.*", "", code) for row in rows for code in codes(row[:1])]
    assert sorted(listed) == sorted(KNOWN)


def test_templates_list_the_filters() -> None:
    (row,) = [row for row in table(page("templates.md"), "| there are | |") if row[0] == "filters"]
    assert codes(row[1:]) == sorted(FILTERS)


def test_templates_give_their_bounds() -> None:
    for bound in (f"{SECONDS} seconds", f"{CHARACTERS:,}", f"{CHARACTERS // ITEM:,} items", f"{BITS:,} bits"):
        assert bound in page("templates.md")


def test_replies_list_the_presets_of_errors() -> None:
    rows = [[cell.strip("`") for cell in row[:4]] for row in table(page("replies.md"), "## Errors")]
    assert rows == [[name, str(f.status), f.type, f.code or ""] for name, f in PRESETS.items()]
    assert set(PRESETS) == set(get_args(model.ErrorName))


def test_replies_name_the_sdk_exceptions() -> None:
    openai = pytest.importorskip("openai")
    httpx2 = pytest.importorskip("httpx2")
    with openai.OpenAI(api_key="any") as client:
        for _, status, _, _, raised in table(page("replies.md"), "## Errors"):
            response = httpx2.Response(int(status), request=httpx2.Request("POST", "http://mock"))
            error = client._make_status_error("", body=None, response=response)
            assert type(error).__name__ == raised.strip("`")


# -- Python


def public_names(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("### MockServer\n", MockServer), ("### MockServerInstance", MockServerInstance), ("## The journal", Exchange)],
)
def test_programmatic_use_lists_every_public_name(heading: str, kind: type) -> None:
    attributes = {*public_names(kind), *(["server"] if kind is MockServerInstance else [])}
    assert sorted(names(table(page("programmatic-use.md"), heading))) == sorted(attributes)


@pytest.mark.parametrize(
    ("head", "kind", "more"),
    [
        ("| what | does |", Clock, {"now", "monotonic", "speed", "moved", "seed", "random", "streams"}),
        ("| `Gate` | what |", Gate, {"longest"}),
    ],
)
def test_time_lists_what_a_test_can_do(head: str, kind: type, more: set[str]) -> None:
    listed = {name.partition("(")[0] for name in names(table(page("time.md"), head))}
    assert listed == {*public_names(kind), *more} - FOR_THE_SERVER


def test_programmatic_use_lists_the_options() -> None:
    rows = table(page("programmatic-use.md"), "### create_mock_server")
    assert sorted(names(rows)) == sorted(CreateMockServerOptions.__annotations__)
    assert names(rows) == list(inspect.signature(MockServer).parameters)


def test_testing_lists_the_filters() -> None:
    rows = table(page("testing.md"), "<!-- filters -->")
    assert names(rows) == ["flow", *Filters.__annotations__]


def test_testing_lists_what_a_turn_may_expect() -> None:
    rows = table(page("testing.md"), "| key below `expect` |")
    assert sorted(names(rows)) == sorted(fields_of(Expect))


def test_programmatic_use_mentions_everything_public() -> None:
    text = page("programmatic-use.md")
    assert [name for name in openai_mock_api.__all__ if f"`{name}" not in text] == []


# -- command line


def parameters_of(command: click.Command) -> dict[tuple[str, ...], str]:
    context = click.Context(command, **cli.context_settings)
    return {tuple(p.opts): str(p.envvar or "") for p in command.get_params(context) if isinstance(p, click.Option)}


def test_cli_lists_every_option_with_its_variable() -> None:
    rows = table(page("cli.md"), "## Options")
    written = {frozenset(codes(row[:1])): row[1].strip("`") for row in rows}
    assert written == {frozenset(options): variable for options, variable in parameters_of(cli).items()}


def test_cli_serve_takes_the_same_options() -> None:
    version = ("-V", "--version")
    assert parameters_of(serve_command).keys() == parameters_of(cli).keys() - {version}


def test_cli_mentions_every_command() -> None:
    commands = cli.list_commands(click.Context(cli))
    assert [name for name in commands if f"`openai-mock-api {name}" not in page("cli.md")] == []


@pytest.mark.parametrize("name", AUTHORING)
def test_authoring_lists_every_option_of_its_commands(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    written = codes(row[0] for row in table(page("authoring.md"), f"<!-- options: {name} -->"))
    options = [text for texts in parameters_of(command) for text in texts if text not in ("-h", "--help")]
    assert sorted(written) == sorted(options)


def test_authoring_names_every_kind_of_finding_and_every_format() -> None:
    assert tuple(names(table(page("authoring.md"), "## Check"))) == get_args(Kind)
    assert names(table(page("authoring.md"), "| format |")) == list(FORMATS)


def test_cli_shows_a_log_line_with_its_real_keys() -> None:
    shown = next(json.loads(block.text) for block in BLOCKS if block.page == "docs/cli.md" and block.language == "json")
    record = logging.LogRecord("openai_mock_api.requests", logging.INFO, "", 0, "", None, None)
    record.__dict__["http"] = {"status": 200, "duration_ms": 0.3, "response": None}
    assert list(shown) == list(json.loads(JsonLines().format(record)))


# -- wire


def test_wire_lists_every_endpoint() -> None:
    documented = {(row[0], row[1].strip("`").removeprefix("/v1"), row[2] == "no") for row in endpoints()}
    app = App(Settings.zero())
    routes = [*app._table(), *(route for make in app._families().values() for route in make())]
    assert documented == {(route.method, route.path, route.open) for route in routes}


def endpoints() -> list[list[str]]:
    return table(page("wire.md"), "## Endpoints")


def asked(change: str) -> dict[str, Any]:
    """Ask for a completion that differs from a good request, and return the error."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}], **json.loads(change)}
    response = App(Settings.zero()).handle(Request("POST", "/v1/chat/completions", [], json.dumps(body).encode()))
    error: dict[str, Any] = json.loads(response.body)["error"]
    return error


@pytest.mark.parametrize("row", table(page("wire.md"), "## Validation"), ids=lambda row: str(row[0]))
def test_wire_shows_refusals_as_they_are(row: list[str]) -> None:
    change, code, message = (cell.strip("`") for cell in row)
    error = asked(change)
    assert (error["code"] or "", error["message"]) == (code, message)


def test_wire_lists_every_code_of_an_error_body() -> None:
    source = inspect.getsource(errors)
    assert [code for code in re.findall(r'code="(\w+)"', source) if f"`{code}`" not in page("wire.md")] == []


@pytest.mark.parametrize(
    "limit",
    [
        MockConfig().max_body_bytes,
        HEADER_BYTES,
        KEEP_ALIVE,
        REGEX_TIMEOUT,
        DEPTH,
        Journal().exchanges,
        Journal().bytes,
        Resources().objects,
        Resources().bytes,
    ],
)
def test_wire_gives_the_limits(limit: float) -> None:
    cells = " ".join(row[1].replace(",", "") for row in table(page("wire.md"), "## Limits"))
    assert f"{limit:.10g}" in re.findall(r"[\d.]+", cells)


# -- pages


def test_index_lists_every_page() -> None:
    linked = {Path(link).name for link in _LINK.findall(page("index.md"))}
    assert linked >= {path.name for path in DOCS.glob("*.md")} - {"index.md"}


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in _LINK.findall(path.read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in map(slug, _HEADING.findall(target.read_text(encoding="utf-8"))), link


def test_design_shows_the_tree_as_it_is() -> None:
    shown = next(block.text for block in BLOCKS if block.kind == "tree").splitlines()
    source = ROOT / "src/openai_mock_api"
    listed, parents = [], {2: source}
    for line in shown[1:]:
        name, indent = line.split()[0], len(line) - len(line.lstrip())
        listed.append(parents[indent] / name)
        parents[indent + 2] = listed[-1]
    modules = {path.parent if path.name == "__init__.py" else path for path in source.rglob("*.py")} - {source}
    assert [path for path in listed if not path.exists()] == []
    assert modules - set(listed) == set()
