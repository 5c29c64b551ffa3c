"""A value that satisfies a JSON Schema: small, readable, and the same every time.

A constant, the first of an ``enum``, a default or an example is taken as it is. Otherwise a text is the name of its
property (or has the asked format or pattern), a number is the one nearest to zero, a boolean is true, an array has one
entry, and an object has the properties that it must have. Null is taken when nothing else will do, and what refers to
itself ends as soon as it may.

How it works: a schema is taken apart into *ways*, each one choice among its alternatives with everything combined that
must hold then. A way suggests values, and every value is checked against the schema itself. What does not satisfy it
is dropped, and the next one is tried.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from openai_mock_api.script.schemas import patterns
from openai_mock_api.script.schemas.combining import TYPES, Contradiction, both, types_of
from openai_mock_api.script.schemas.references import REFERRING, ROOT, absolute, referred
from openai_mock_api.script.schemas.scalars import MOST, numbers, texts, whole
from openai_mock_api.script.schemas.validity import KEPT, Parts, Schema, check_schema, encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Most values that are tried for one sample, and most entries of an array in it.
STEPS: Final = 5000

#: Characters of a text that count as a try of their own.
LETTERS: Final = 100

#: Most levels of a sample, and most levels that what refers to itself goes on.
LEVELS: Final = 40
AGAIN: Final = 4

#: Stands for "no value", which null does not.
_NONE: Final = object()

#: Keywords that hold other schemas which a value must satisfy too; a way has none of them.
_CHOICES: Final = {*REFERRING, "allOf", "anyOf", "oneOf", "if", "then", "else"}

#: Keywords by which a schema shows its type without naming it.
_TELLING: Final = {
    "object": {"properties", "required", "additionalProperties", "patternProperties", "minProperties"},
    "array": {"items", "prefixItems", "minItems", "contains", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}


def sample_text(schema: Schema) -> str:
    """Return a value that satisfies a schema, as JSON text. Those of the last few schemas are kept.

    Raises ``ValueError``: it is no schema, nothing satisfies it, or nothing was found in ``STEPS`` tries.
    """
    return _sample_text(encoded(schema))


@lru_cache(maxsize=KEPT)
def _sample_text(schema: bytes) -> str:
    decoded = msgspec.json.decode(schema)
    check_schema(decoded)
    try:
        value = next(_Sampler(decoded).all(), _NONE)
    except _Exhausted:
        raise ValueError(f"no value was found among the first {STEPS} that were tried") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if value is _NONE:
        raise ValueError(f"no value with at most {LEVELS} levels was found that satisfies it")
    return msgspec.json.encode(value).decode()


class _Exhausted(Exception):  # noqa: N818 - a signal, not an error
    """Too many values were tried."""


class _Place(NamedTuple):
    """Where a value stands: the name of its property, how many levels may follow, and the references around it."""

    name: str
    room: int
    open: frozenset[str] = frozenset()


class _Way(NamedTuple):
    """One choice among a schema's alternatives: its keywords, and the references that led there."""

    schema: dict[str, Any]
    references: frozenset[str] = frozenset()

    def and_(self, other: _Way) -> _Way:
        return _Way(both(self.schema, other.schema), self.references | other.references)


class _Sampler:
    """Looks for values of the parts of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._root = absolute(schema, schema)
        self._parts = Parts(self._root, ROOT)
        self._left = STEPS

    def all(self) -> Iterator[Any]:
        """Yield values that satisfy the schema, the most sensible first."""
        return self.values(self._root, _Place("text", LEVELS, frozenset((f"{ROOT}#",))))

    def values(self, schema: Any, place: _Place) -> Iterator[Any]:
        """Yield values that satisfy a part of it."""
        satisfies = self._parts.check(schema)
        for value in self._suggested(schema, place):
            self._spend(1 + len(value) // LETTERS if isinstance(value, str) else 1)
            if satisfies(value):
                yield value

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise _Exhausted

    def _suggested(self, schema: Any, place: _Place) -> Iterator[Any]:
        """Yield what each way suggests. Ways that lead back to where we are come last, the shortest of them first."""
        back = []
        for way in self._ways(schema):
            if way.references & place.open:
                back.append(way)
            else:
                yield from self._of_way(way, place)
        for room in range(min(place.room, AGAIN)):
            for way in back:
                yield from self._of_way(way, place._replace(room=room))

    # -- taking a schema apart

    def _ways(self, schema: Any, passed: frozenset[str] = frozenset()) -> Iterator[_Way]:
        if schema is False:
            return
        if not isinstance(schema, dict):
            schema = {}
        own = _Way({key: value for key, value in schema.items() if key not in _CHOICES})
        yield from self._joined(own, self._alternatives(schema), passed)

    def _joined(self, way: _Way, choices: list[list[Any]], passed: frozenset[str]) -> Iterator[_Way]:
        """Combine a way with each of the alternatives of the first choice, and these with those of the next ones."""
        self._spend(1)
        if not choices:
            yield way
            return
        for alternative in choices[0]:
            for further in self._alternative(alternative, passed):
                try:
                    joined = way.and_(further)
                except Contradiction:
                    continue
                yield from self._joined(joined, choices[1:], passed)

    def _alternative(self, schema: Any, passed: frozenset[str]) -> Iterator[_Way]:
        """Yield the ways of an alternative: a schema, or the text of a reference to one."""
        if not isinstance(schema, str):
            yield from self._ways(schema, passed)
        elif schema not in passed:
            here = frozenset((schema,))
            for way in self._ways(referred(self._root, schema), passed | here):
                yield way._replace(references=way.references | here)

    def _alternatives(self, schema: dict[str, Any]) -> list[list[Any]]:
        """List what must be chosen: one of each of these lists."""
        references = [schema.get(key) for key in REFERRING]
        choices: list[list[Any]] = [[reference] for reference in references if isinstance(reference, str)]
        choices += [[part] for part in _listed(schema, "allOf")]
        choices += [sorted(_listed(schema, key), key=_is_null) for key in ("anyOf", "oneOf") if key in schema]
        if "if" in schema:
            choices.append([{"allOf": [schema["if"], schema.get("then", True)]}, schema.get("else", True)])
        return choices + [[part] for part in _dependent(schema)]

    # -- building values

    def _of_way(self, way: _Way, place: _Place) -> Iterator[Any]:
        schema, place = way.schema, place._replace(open=place.open | way.references)
        if "const" in schema:
            yield schema["const"]
        elif "enum" in schema:
            yield from sorted(_listed(schema, "enum"), key=lambda value: value is None)
        else:
            yield from (value for value in [schema.get("default"), *_listed(schema, "examples")] if value is not None)
            for kind in _kinds(schema):
                yield from self._of_kind(kind, schema, place)

    def _of_kind(self, kind: str, schema: dict[str, Any], place: _Place) -> Iterator[Any]:
        match kind:
            case "string":
                return texts(schema, place.name)
            case "integer" | "number":
                return numbers(schema, integers=kind == "integer")
            case "boolean":
                return iter((True, False))
            case "object":
                return self._objects(schema, place)
            case "array":
                return self._arrays(schema, place)
        return iter((None,))

    def _objects(self, schema: dict[str, Any], place: _Place) -> Iterator[dict[str, Any]]:
        names = self._names(schema, place)
        slots = [(self._property(schema, name), name) for name in names]
        for values in self._filled(slots, place):
            yield dict(zip(names, values, strict=True))

    def _names(self, schema: dict[str, Any], place: _Place) -> list[str]:
        """Return the properties that an object must have, and others until it has enough."""
        names = dict.fromkeys(_required(schema))
        others = self._other_names(schema, place)
        while len(names) < whole(schema, "minProperties", 0):
            name = next(others, None)
            if name is None:
                break
            names[name] = None
        return list(names)

    def _other_names(self, schema: dict[str, Any], place: _Place) -> Iterator[str]:
        yield from _mapped(schema, "properties")
        for pattern in _mapped(schema, "patternProperties"):
            yield from filter(self._parts.check({"pattern": pattern}), islice(patterns.texts(pattern), MOST))
        if schema.get("additionalProperties", True) is not False:
            naming = {"allOf": [{"type": "string"}, schema.get("propertyNames", True)]}
            yield from self.values(naming, place._replace(name="key"))

    def _property(self, schema: dict[str, Any], name: str) -> Any:
        """Return what a property must satisfy."""
        found = [part for key, part in _mapped(schema, "properties").items() if key == name]
        found += [
            part
            for pattern, part in _mapped(schema, "patternProperties").items()
            if self._parts.check({"pattern": pattern})(name)
        ]
        found = found or [schema.get("additionalProperties", True)]
        return found[0] if len(found) == 1 else {"allOf": found}

    def _arrays(self, schema: dict[str, Any], place: _Place) -> Iterator[list[Any]]:
        first, rest = _entries(schema)
        asked = whole(schema, "minContains", 1) if "contains" in schema else 0
        least = max(whole(schema, "minItems", 0), asked)
        described = max(least, len(first), 0 if self._leads_back(rest, place) else 1)
        for length in sorted({min(described, whole(schema, "maxItems", described)), least}, reverse=True):
            self._spend(length)
            slots = [*first[:length], *[rest] * (length - len(first))]
            for at in range(len(first), min(length, len(first) + asked)):
                slots[at] = {"allOf": [schema["contains"], rest]}
            named = [(slot, place.name) for slot in slots]
            yield from self._filled(named, place, distinct=schema.get("uniqueItems") is True)

    def _leads_back(self, schema: Any, place: _Place) -> bool:
        """Whether entries are better left out: there is nothing but what refers to itself, or nothing is known."""
        if not isinstance(schema, dict):
            return True
        return all(way.references & place.open for way in self._ways(schema))

    def _filled(self, slots: list[tuple[Any, str]], place: _Place, *, distinct: bool = False) -> Iterator[list[Any]]:
        """Yield a value for each slot (a schema and a name): the first of each, then with one of them varied.

        ``distinct``: slots of the same schema get different values.
        """
        if slots and place.room == 0:
            return
        shared: dict[int, Iterator[Any]] = {}
        streams = []
        for schema, name in slots:
            stream = self.values(schema, place._replace(name=name, room=place.room - 1))
            streams.append(shared.setdefault(id(schema), _distinct(stream)) if distinct else stream)
        values = [value for stream in streams for value in islice(stream, 1)]
        if len(values) < len(slots):
            return
        yield values
        for at, stream in enumerate(streams):
            yield from ([*values[:at], value, *values[at + 1 :]] for value in islice(stream, MOST))


def _distinct(values: Iterable[Any]) -> Iterator[Any]:
    seen = set()
    for value in values:
        key = msgspec.json.encode(value, order="deterministic")
        if key not in seen:
            seen.add(key)
            yield value


def _listed(schema: dict[str, Any], key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _mapped(schema: dict[str, Any], key: str) -> dict[str, Any]:
    value = schema.get(key)
    return value if isinstance(value, dict) else {}


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _dependent(schema: dict[str, Any]) -> list[Any]:
    """Return the schemas that must hold because of a property that the object must have."""
    parts = {**_mapped(schema, "dependencies"), **_mapped(schema, "dependentSchemas")}
    return [part for name, part in parts.items() if name in _listed(schema, "required") and not isinstance(part, list)]


def _required(schema: dict[str, Any]) -> list[str]:
    """Return the properties that an object must have, and those that these demand in turn."""
    demands = {**_mapped(schema, "dependencies"), **_mapped(schema, "dependentRequired")}
    names = list(_listed(schema, "required"))
    for name in names:  # which grows
        names += [other for other in _listed(demands, name) if other not in names]
    return names


def _entries(schema: dict[str, Any]) -> tuple[list[Any], Any]:
    """Return the schemas of an array's first entries, and of the others."""
    if isinstance(schema.get("items"), list):
        return schema["items"], schema.get("additionalItems", True)
    return _listed(schema, "prefixItems"), schema.get("items", True)


def _kinds(schema: dict[str, Any]) -> list[str]:
    """Return the types to try: those that are named, else all, the likeliest first."""
    told = [kind for kind, keywords in _TELLING.items() if keywords & schema.keys()]
    return types_of(schema) or list(dict.fromkeys([*told, *TYPES]))
