"""From plain data to the Structs of the model, with every fault reported rather than the first.

A value that cannot be read is reported and left at its default; ``rules`` then looks at what was read, and passes
over what was not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET

from openai_mock_api.config import spelling
from openai_mock_api.config.places import SPELLINGS, KeyPath
from openai_mock_api.config.scalars import is_64_bit
from openai_mock_api.config.shapes import Field, Shape, defaults_of, entries_of, fields_of, number_of, shape_of

if TYPE_CHECKING:
    from openai_mock_api.config.reading import Document, Fault

#: Deepest nesting of data that was built in Python, which may hold itself.
_DEPTH: Final = 150
_DEPTH_SHOWN: Final = 8


class _Unread:
    """Stands for a value that could not be read."""


UNREAD: Final = _Unread()


class Built(NamedTuple):
    """A Struct that was built at ``path``. ``unread`` names its keys whose values could not be read."""

    path: KeyPath
    struct: msgspec.Struct
    unread: frozenset[str]


class Conversion:
    """The reading of one document. ``built`` holds every Struct, inner ones first."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []
        self.built: list[Built] = []
        self._too_deep = False

    def report(self, path: KeyPath, message: str) -> _Unread:
        """Note a fault."""
        self.faults.append((path, message))
        return UNREAD

    def read(self, value: Any, annotation: Any, path: KeyPath = ()) -> Any:
        """Convert ``value`` to the type that an annotation names; ``UNREAD`` when that fails at the top."""
        return self._value(value, shape_of(annotation), path)

    def _value(self, value: Any, shape: Shape, path: KeyPath) -> Any:
        if shape.anything:
            return self._json(value, path)
        if value is None:
            return None if shape.null else self._unexpected(value, shape, path)
        if isinstance(value, Mapping | msgspec.Struct):
            return self._mapping(value, shape, path)
        if isinstance(value, list | tuple):
            return self._list(value, shape, path)
        return self._scalar(value, shape, path)

    def _unexpected(self, value: Any, shape: Shape, path: KeyPath) -> _Unread:
        hint = f"; write it as [{value}]" if shape.items and isinstance(value, str) else ""
        return self.report(path, f"expected {shape.expected}, got {spelling.described(value)}{hint}")

    def _list(self, value: list[Any] | tuple[Any, ...], shape: Shape, path: KeyPath) -> Any:
        if shape.items is None:
            return self._unexpected(value, shape, path)
        items = [self._value(item, shape.items, (*path, i)) for i, item in enumerate(value)]
        return UNREAD if UNREAD in items else items

    def _scalar(self, value: Any, shape: Shape, path: KeyPath) -> Any:
        read: Any = None
        if shape.choices:
            return self._choice(value, shape, path)
        if shape.scalar is str:
            read = self._text(value, path)
        elif shape.scalar:
            read = number_of(value, shape.scalar)
        return self._unexpected(value, shape, path) if read is None else read

    def _text(self, value: Any, path: KeyPath) -> Any:
        """Read text; a number or a boolean counts as it is written."""
        if isinstance(value, str):
            return value if _is_unicode(value) else self.report(path, "holds half a surrogate pair; remove it")
        if not isinstance(value, bool | int | float):
            return None
        return self.document.written(path) or (msgspec.json.encode(value).decode() if _fits_json(value) else None)

    def _choice(self, value: Any, shape: Shape, path: KeyPath) -> Any:
        text = self._text(value, path)
        if not isinstance(text, str):
            return text or self._unexpected(value, shape, path)
        return text if text in shape.choices else self.report(path, spelling.not_a_choice(text, shape.choices, path))

    def _mapping(self, value: Mapping[Any, Any] | msgspec.Struct, shape: Shape, path: KeyPath) -> Any:
        if shape.struct is None and shape.values is None:
            return self._unexpected(value, shape, path)
        entries = self._with_text_keys(entries_of(value), path)
        if shape.struct is not None:
            return self._struct(entries, shape.struct, path)
        assert shape.values is not None
        read = {key: self._value(item, shape.values, (*path, key)) for key, item in entries.items()}
        return UNREAD if UNREAD in read.values() else read

    def _with_text_keys(self, value: Mapping[Any, Any], path: KeyPath) -> dict[str, Any]:
        for key in value:
            if not isinstance(key, str) or not _is_unicode(key):
                self.report(path, f"keys must be text, got {spelling.described(key)}")
        return {key: item for key, item in value.items() if isinstance(key, str)}

    def _struct(self, entries: dict[str, Any], struct: type[msgspec.Struct], path: KeyPath) -> msgspec.Struct:
        fields = fields_of(struct)
        unread: set[str] = set()
        values: dict[str, Any] = {}
        for written, item in entries.items():
            key = SPELLINGS.get(written, written)
            if key not in fields:
                unread |= self._unknown(written, fields, path) - entries.keys()
            elif key != written and key in entries:
                self.report((*path, written), f"the same as `{key}`, which is also given; remove one")
            elif not _is_left_out(item, fields[key]):
                values[key] = self._value(item, fields[key].shape, (*path, written))
        unread |= {key for key, value in values.items() if value is UNREAD}
        unread |= self._missing(fields, {*values, *unread}, path)
        built = _instance(struct, {fields[key].name: value for key, value in values.items() if key not in unread})
        self.built.append(Built(path, built, frozenset(unread)))
        return built

    def _unknown(self, key: str, fields: dict[str, Field], path: KeyPath) -> set[str]:
        """Report a key, and return the one that it probably stands for, if any."""
        near = spelling.closest(key, fields)
        self.report((*path, key), spelling.unknown_key(near, fields))
        return {near} if near else set()

    def _missing(self, fields: dict[str, Field], known: set[str], path: KeyPath) -> set[str]:
        missing = {key for key, field in fields.items() if field.required and key not in known}
        for key in sorted(missing):
            self.report(path, f"`{key}` is missing; expected {fields[key].shape.expected}")
        return missing

    def _json(self, value: Any, path: KeyPath) -> Any:
        if len(path) > _DEPTH:
            self._too_deep = True  # what holds itself several times would take forever
            return self.report(path[:_DEPTH_SHOWN], f"nested deeper than {_DEPTH} levels")
        if self._too_deep:
            return UNREAD
        if isinstance(value, Mapping):
            return self._mapping(value, _OBJECT, path)
        if isinstance(value, list | tuple):
            return self._list(value, _ARRAY, path)
        if isinstance(value, str):
            return self._text(value, path)
        if value is None:
            return None
        if isinstance(value, bool | int | float):
            hint = f"{spelling.described(value)} is no JSON; put it in quotes"
            return value if _fits_json(value) else self.report(path, hint)
        return self.report(path, f"expected JSON data, got {spelling.described(value)}")


_OBJECT: Final = shape_of(dict[str, Any])
_ARRAY: Final = shape_of(list[Any])


def _is_left_out(value: Any, field: Field) -> bool:
    """Null means "not given" where it has no meaning of its own, as in an empty ``tool_calls:``."""
    return value is None and not field.shape.null and not field.required


def _fits_json(number: float) -> bool:
    """Whether JSON can hold a number. Booleans are numbers here."""
    return is_64_bit(number) if isinstance(number, int) else math.isfinite(number)


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _instance(struct: type[msgspec.Struct], values: dict[str, Any]) -> msgspec.Struct:
    """Build a Struct; a required field that could not be read is UNSET."""
    defaults = defaults_of(struct)
    required = (field.name for field in fields_of(struct).values() if field.name not in defaults)
    return struct(**{**dict.fromkeys(required, UNSET), **values})
