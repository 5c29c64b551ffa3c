"""JSON Schema: whether a value satisfies one, and if not, where it parts.

A schema comes with a request, so nothing in it is trusted: no reference is fetched, and what is no schema is refused.
The draft is the one that ``$schema`` names, 2020-12 unless it names one. Formats are checked.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    from collections.abc import Callable

    import jsonschema_rs
else:
    jsonschema_rs = Lazy("jsonschema_rs")

Schema = dict[str, Any] | bool

#: Compiled schemas that are kept, and how many verdicts on texts.
KEPT: Final = 256

#: Characters of a message that are shown: it may quote a whole value.
SHOWN: Final = 300

#: What ``$schema`` holds, and the library's name of that draft.
_DRAFTS: Final = {
    "2019-09": "Draft201909",
    "draft-07": "Draft7",
    "draft-06": "Draft6",
    "draft-04": "Draft4",
}


class Fault(NamedTuple):
    """Where a value is not what a schema asks for: ``path`` is ``$.steps[0].text``."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def _draft(schema: Schema) -> str:
    named = str(schema.get("$schema")) if isinstance(schema, dict) else ""
    return next((draft for name, draft in _DRAFTS.items() if name in named), "Draft202012")


def _compiled(schema: Schema, draft: str, registry: jsonschema_rs.Registry | None = None) -> Any:
    if isinstance(schema, dict):
        schema = {key: value for key, value in schema.items() if key != "$schema"}
    validator = getattr(jsonschema_rs, f"{draft}Validator")
    try:
        return validator(schema, validate_formats=True, retriever=_refused, registry=registry)
    except jsonschema_rs.ValidationError as error:
        raise ValueError(_shown(error.message)) from None


def _refused(uri: str) -> Any:
    raise ValueError(f"{uri} is not part of the schema")


class Parts:
    """The parts of one schema, each a schema of its own that may refer to the whole by its URI.

    Raises ``ValueError`` for what is no schema, here and in ``check``.
    """

    def __init__(self, schema: Schema, uri: str) -> None:
        self._name = _draft(schema)
        draft = getattr(jsonschema_rs, self._name)
        self._registry = jsonschema_rs.Registry([(uri, schema)], draft=draft, retriever=_refused)
        self._checks: dict[bytes, Callable[[Any], bool]] = {}

    def check(self, part: Schema) -> Callable[[Any], bool]:
        """Return what says whether a value satisfies a part."""
        key = encoded(part)
        if key not in self._checks:
            self._checks[key] = _compiled(part, self._name, self._registry).is_valid
        return self._checks[key]


def encoded(schema: Schema) -> bytes:
    """Return a schema as JSON, which tells it from others. Raises ``ValueError`` for one that is nested too deeply."""
    try:
        return msgspec.json.encode(schema)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@lru_cache(maxsize=KEPT)
def _validator(schema: bytes) -> Any:
    decoded = msgspec.json.decode(schema)
    return _compiled(decoded, _draft(decoded))


def check_schema(schema: Schema) -> None:
    """Raise ``ValueError`` saying what is wrong with a schema, if something is."""
    _validator(encoded(schema))


def fault(schema: Schema, value: Any) -> Fault | None:
    """Return the first thing in which a value does not satisfy a schema, or None. Raises ``ValueError``: no schema."""
    return _first(_validator(encoded(schema)), value)


def text_fault(schema: Schema, text: str) -> Fault | None:
    """Do the same for JSON text; a text that is no JSON has a fault at ``$``. The verdict is kept."""
    return _text_fault(encoded(schema), text)


@lru_cache(maxsize=KEPT)
def _text_fault(schema: bytes, text: str) -> Fault | None:
    validator = _validator(schema)
    try:
        return _first(validator, msgspec.json.decode(text))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return Fault("$", f"the text is not JSON: {error}")


def _first(validator: Any, value: Any) -> Fault | None:
    try:
        error = next(validator.iter_errors(value), None)
    except ValueError as limit:  # the value is nested too deeply for this schema
        return Fault("$", f"cannot be checked: {limit}")
    return None if error is None else Fault(_path(error.instance_path), _shown(error.message))


def _path(steps: list[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _shown(message: str) -> str:
    return message if len(message) <= SHOWN else f"{message[:SHOWN]}…"
