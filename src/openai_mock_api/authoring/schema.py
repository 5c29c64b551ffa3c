"""The configuration as a JSON Schema (draft 2020-12), for editors.

It is made from the same shapes that the loader reads by, so both take the same. What a schema cannot say is left to
the loader: that ids are unique, that patterns compile, which anchors make a top-level key the user's own.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.config import model
from openai_mock_api.config.places import SPELLINGS
from openai_mock_api.config.shapes import Field, Shape, defaults_of, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

#: What may stand for any scalar: a text with a variable of the environment.
_VARIABLE: Final = {"type": "string", "pattern": r"\$\{[A-Z_][A-Z0-9_]*(:-[^}]*)?\}"}

_INTEGERS: Final = {"type": "integer", "minimum": -(2**63), "maximum": 2**64 - 1}

_OTHER_BASES: Final = "0o[0-7]+|0x[0-9a-fA-F]+"
_WHOLE: Final = r"[-+]?(0|[1-9][0-9]*)(\.0*)?([eE]\+?[0-9]+)?"
_NUMBER: Final = r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?"

#: What a scalar is written as; in quotes too, as YAML would read it without them.
_SCALARS: Final[dict[type, list[dict[str, Any]]]] = {
    str: [{"type": ["string", "number", "boolean"]}],
    int: [_INTEGERS, {"type": "string", "pattern": f"^({_WHOLE}|{_OTHER_BASES})$"}],
    float: [{"type": "number"}, {"type": "string", "pattern": f"^({_NUMBER}|{_OTHER_BASES})$"}],
    bool: [{"type": "boolean"}, {"enum": ["true", "True", "TRUE", "false", "False", "FALSE"]}],
}


def schema_of(part: type[msgspec.Struct] = model.MockConfig) -> dict[str, Any]:
    """Return the schema of a configuration, or of another file: ``IncludedFile`` may also be a list of responses."""
    structs = {struct.__name__: _struct(struct) for struct in _below(part)}
    listed = [{"type": "array", "items": _reference(model.MockResponse)}] if part is model.IncludedFile else []
    root = {"anyOf": [_reference(part), *listed]} if listed else _reference(part)
    return {"$schema": DRAFT, "title": f"openai-mock-api: {part.__name__}", **root, "$defs": structs}


def _below(struct: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return a Struct and all that stand below it, each once."""
    found = [struct]
    for each in found:
        inner = (struct for field in fields_of(each).values() for struct in _structs_in(field.shape))
        found += [struct for struct in dict.fromkeys(inner) if struct not in found]
    return found


def _structs_in(shape: Shape) -> Iterator[type[msgspec.Struct]]:
    if shape.struct is not None:
        yield shape.struct
    for inner in (shape.items, shape.values):
        if inner is not None:
            yield from _structs_in(inner)


def _reference(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{struct.__name__}"}


def _struct(struct: type[msgspec.Struct]) -> dict[str, Any]:
    fields = fields_of(struct)
    properties = {key: _property(struct, field) for key, field in fields.items()}
    spellings = {other: key for other, key in SPELLINGS.items() if key in fields}
    schema: dict[str, Any] = {
        "description": _plain(inspect.getdoc(struct) or ""),
        "type": "object",
        "properties": properties | {other: properties[key] for other, key in spellings.items()},
        "additionalProperties": False,
    }
    if required := [key for key, field in fields.items() if field.required]:
        schema["required"] = required
    if struct in (model.MockConfig, model.IncludedFile):
        schema["patternProperties"] = {"^x-": True}
    if spellings:
        schema["not"] = {"anyOf": [{"required": [other, key]} for other, key in spellings.items()]}
    return schema


def _property(struct: type[msgspec.Struct], field: Field) -> dict[str, Any]:
    schema = _shape(field.shape, null=not field.required)
    default = defaults_of(struct).get(field.name)
    if isinstance(default, str | int | float):
        schema = {**schema, "default": default}
    description = _descriptions().get(struct.__name__, {}).get(field.name) or _inherited(struct, field.name)
    return {"description": description, **schema} if description else schema


def _inherited(struct: type[msgspec.Struct], name: str) -> str:
    texts = (_descriptions().get(base.__name__, {}).get(name) for base in struct.__mro__[1:])
    return next(filter(None, texts), "")


def _shape(shape: Shape, *, null: bool = False) -> dict[str, Any]:
    """Describe what a shape takes; ``null`` says that null is taken for "not given"."""
    if shape.anything:
        return {}
    kinds = list(_kinds(shape))
    if shape.null or null:
        kinds.append({"type": "null"})
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _kinds(shape: Shape) -> Iterator[dict[str, Any]]:
    if shape.choices:
        yield {"enum": list(shape.choices)}
    elif shape.scalar is not None:
        yield from _SCALARS[shape.scalar]
    if shape.choices or shape.scalar not in (None, str):
        yield _VARIABLE
    if shape.struct is not None:
        yield _reference(shape.struct)
    if shape.values is not None:
        yield {"type": "object", "additionalProperties": _shape(shape.values)}
    if shape.items is not None:
        yield {"type": "array", "items": _shape(shape.items)}


@cache
def _descriptions() -> dict[str, dict[str, str]]:
    """Return the docstrings of all fields, which Python keeps in the source alone, by class and attribute."""
    tree = ast.parse(inspect.getsource(model))
    return {node.name: _documented(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _documented(node: ast.ClassDef) -> dict[str, str]:
    documented = {}
    for field, text in zip(node.body, node.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                documented[name] = _plain(inspect.cleandoc(said))
    return documented


def _plain(text: str) -> str:
    return text.replace("``", "`")
