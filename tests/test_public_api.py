"""The package as its users see it, and the order of its parts."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

import openai_mock_api

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(openai_mock_api.__file__).parent

#: Libraries that importing the package must not load.
HEAVY: Final = {
    "ahocorasick_rs",
    "asyncio",
    "bpe_openai",
    "click",
    "httptools",
    "httpx2",
    "jinja2",
    "jsonschema_rs",
    "logging",
    "msgspec",
    "openai",
    "rapidfuzz",
    "regex",
    "ssl",
    "uvicorn",
    "uvloop",
    "yaml",
}

#: Modules of ours, and folders, that the first answer of a chat must not wait for.
UNASKED: Final = (
    "authoring",
    "config.items",
    "pytest_plugin",
    "resources.conversations",
    "resources.responses",
    "script.generate",
    "script.grammars",
    "script.inputs.nearness",
    "script.inputs.vectors",
    "script.schemas.samples",
    "script.templates.sandbox",
    "server.admin",
    "server.conversing",
    "server.inputs",
    "server.prompts",
    "surfaces.completions",
    "surfaces.embeddings",
    "surfaces.moderations.surface",
    "surfaces.responses.surface",
    "testing",
)

#: What imports what: each layer may import those above it in this list. Names are modules or folders of the package.
LAYERS: Final = [
    {"__about__", "errors", "clock", "bell", "http", "lazy"},
    {"script"},
    {"config"},
    {"journal", "dialogue", "reassembly"},
    {"surfaces"},
    {"resources"},
    {"server"},
    {"authoring"},
    {"testing"},
    {"mock", "instance", "admin_client", "serving"},
    {"cli", "pytest_plugin"},
    {"__init__", "__main__"},
]


# -- the names


def test_all_is_what_is_visible() -> None:
    assert sorted(openai_mock_api.__all__) == dir(openai_mock_api)


def test_all_is_in_order_without_repetition() -> None:
    assert openai_mock_api.__all__ == sorted(set(openai_mock_api.__all__))


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [alias.name for node in ast.walk(blocks[0]) if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(seen) == sorted(openai_mock_api.__all__)


@pytest.mark.parametrize("name", openai_mock_api.__all__)
def test_every_name_can_be_imported(name: str) -> None:
    assert getattr(openai_mock_api, name) is not None


@pytest.mark.parametrize("name", [name for name in openai_mock_api.__all__ if name != "__version__"])
def test_every_name_has_a_docstring_of_its_own(name: str) -> None:
    value = getattr(openai_mock_api, name)
    assert vars(value).get("__doc__") if isinstance(value, type) else value.__doc__


@pytest.mark.parametrize("name", [name for name in openai_mock_api.__all__ if name[0].isupper()])
def test_every_public_method_and_property_has_a_docstring(name: str) -> None:
    members = vars(getattr(openai_mock_api, name)).items()
    kinds = (property, staticmethod, classmethod, type(test_all_is_what_is_visible))
    described = [key for key, value in members if isinstance(value, kinds) and not key.startswith("_")]
    assert [key for key in described if not getattr(openai_mock_api, name).__dict__[key].__doc__] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = openai_mock_api.nothing


def test_the_version_is_a_version() -> None:
    assert [part.isdigit() for part in openai_mock_api.__version__.split(".")] == [True, True, True]


def test_types_are_shipped() -> None:
    assert (PACKAGE / "py.typed").is_file()


# -- how light importing is


def loaded_by(statement: str) -> set[str]:
    """Return the heavy libraries that a statement loads in a fresh interpreter."""
    code = f"{statement}; import sys; print(*sys.modules)"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {module.partition(".")[0] for module in done.stdout.split()} & HEAVY


def test_importing_the_package_loads_no_library() -> None:
    assert loaded_by("import openai_mock_api") - loaded_by("pass") == set()


def test_building_a_configuration_loads_no_server() -> None:
    loaded = loaded_by("from openai_mock_api import ConfigError, MockConfig, MockResponse")
    assert loaded & {"asyncio", "uvicorn", "httptools", "yaml", "click", "regex", "rapidfuzz"} == set()


def test_a_server_loads_no_sdk_and_no_vocabulary() -> None:
    unwanted = {"openai", "httpx2", "bpe_openai", "jinja2", "jsonschema_rs"}
    assert loaded_by("from openai_mock_api import MockServer") & unwanted == set()


@pytest.mark.parametrize(("turn", "loads"), [({"content": "$1"}, False), ({"template": True, "content": "Hi"}, True)])
def test_only_a_template_loads_jinja(turn: dict[str, object], loads: bool) -> None:
    config = {"responses": [{"id": "a", "messages": [{"role": "assistant", **turn}]}]}
    assert ("jinja2" in loaded_by(f"from openai_mock_api import MockServer; MockServer({config!r})")) is loads


#: Serves as the command does, up to the first answer, and prints the modules that are loaded then.
FIRST_ANSWER: Final = """
import sys
from openai_mock_api import cli, serving
from openai_mock_api.http import Request
from openai_mock_api.server.runner import Service

config = b"{api_key: k, responses: [{id: a, messages: [{role: user, matcher: any}, {role: assistant, content: Hi}]}]}"
body = b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}'
options = serving.ServeOptions(config="-", text=config)
app = options.app(options.loaded())
Service(app)
assert app.handle(Request("POST", "/v1/chat/completions", [(b"authorization", b"Bearer k")], body)).status == 200
print(*(module.removeprefix("openai_mock_api.") for module in sys.modules))
"""


def test_the_first_answer_of_a_chat_waits_for_no_other_part() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_ANSWER], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "surfaces.chat.surface" in loaded
    assert [module for module in loaded if f"{module}.".startswith(tuple(f"{part}." for part in UNASKED))] == []


def test_what_is_not_waited_for_exists() -> None:
    assert [part for part in UNASKED if not any(f"{module}.".startswith(f"{part}.") for module in modules())] == []


# -- the order of the parts


class Import(NamedTuple):
    """One import of a module of the package. ``nested`` in a function, ``typing`` for annotations only."""

    importer: str
    imported: str
    nested: bool
    typing: bool


@cache
def modules() -> dict[str, Path]:
    """Return the modules by their dotted names below the package; the package itself is ``__init__``."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports() -> list[Import]:
    """Return every import of one of our modules by another."""
    found = []
    for name, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [Import(name, *rest) for rest in _imports_in(tree, nested=False, typing=False)]
    return found


def _imports_in(node: ast.AST, *, nested: bool, typing: bool) -> Iterator[tuple[str, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from ((module, nested, typing) for module in _ours(child))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports_in(child, nested=True, typing=typing)
        else:
            yield from _imports_in(child, nested=nested, typing=typing or _is_type_checking(child))


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _ours(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Name the modules of ours that a statement imports; ``__init__`` stands for the package itself."""
    if isinstance(node, ast.Import):
        dotted = [alias.name for alias in node.names]
    elif node.level:
        return ["__init__"]  # relative imports are as forbidden as those of the package
    else:
        dotted = [node.module or ""]
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        dotted = [name for name in inner if _below(name) in modules()] or dotted
    return [_below(name) or "__init__" for name in dotted if name.partition(".")[0] == PACKAGE.name]


def _below(dotted: str) -> str:
    return dotted.removeprefix(PACKAGE.name).removeprefix(".")


def layer(module: str) -> int:
    """Return the place of a module's layer."""
    return next(place for place, names in enumerate(LAYERS) if module.partition(".")[0] in names)


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_module_belongs_to_a_layer(module: str) -> None:
    assert layer(module) < len(LAYERS)


def test_nothing_imports_upwards() -> None:
    assert [i for i in imports() if layer(i.imported) > layer(i.importer)] == []


def test_leaves_import_nothing_of_ours() -> None:
    assert [i for i in imports() if layer(i.importer) == 0] == []


def test_nothing_imports_the_package_itself() -> None:
    assert [i for i in imports() if i.imported == "__init__"] == []


def test_no_function_imports_our_own_modules() -> None:
    assert [i for i in imports() if i.nested] == []


def test_modules_do_not_import_each_other_in_circles() -> None:
    below: dict[str, set[str]] = {name: set() for name in modules()}
    for i in imports():
        if not i.typing:
            below[i.importer].add(i.imported)
    while leaves := [name for name, imported in below.items() if not imported & below.keys()]:
        for name in leaves:
            del below[name]
    assert below == {}


def test_the_scan_of_imports_finds_some() -> None:
    assert ("server.room", "journal") in {(i.importer, i.imported) for i in imports()}
    assert ("surfaces.chat.surface", "surfaces.chat.request") in {(i.importer, i.imported) for i in imports()}
