"""Checks of request parameters, in the words of OpenAI's API.

A check takes a value and the parameter's name and raises ``ApiError`` for what the real API refuses. Checks are
built once, as tables; a request pays for the parameters that it sends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


_IDENTIFIER: Final = re.compile("[a-zA-Z0-9_-]+")

_NAMES: Final = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def bad(message: str, param: str | None, code: str | None) -> ApiError:
    """A refused parameter: status 400."""
    return ApiError(400, message, param=param, code=code)


def missing(name: str) -> ApiError:
    """A required parameter was not sent."""
    return bad(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def wrong_type(name: str, expected: str, got: Any) -> ApiError:
    """A parameter has another JSON type. ``expected`` is ``a decimal``, ``one of a string or array of strings``, …"""
    what = "an empty array" if got == [] else _NAMES[type(got)]
    return bad(f"Invalid type for '{name}': expected {expected}, but got {what} instead.", name, "invalid_type")


def wrong_value(name: str, got: Any, allowed: Sequence[str]) -> ApiError:
    """A parameter is none of a fixed set."""
    return bad(f"Invalid value: '{got}'. Supported values are: {_listed(allowed, 'and')}.", name, "invalid_value")


def _listed(values: Sequence[str], word: str) -> str:
    """Return ``'a'``, ``'a' and 'b'`` or ``'a', 'b', and 'c'``."""
    quoted = [f"'{value}'" for value in values]
    return f" {word} ".join(quoted) if len(quoted) < 3 else f"{', '.join(quoted[:-1])}, {word} {quoted[-1]}"


def unknown(name: str) -> ApiError:
    """A parameter that the endpoint does not know."""
    return bad(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def _invalid(name: str, what: str, expected: str, got: str, code: str) -> ApiError:
    """A parameter of the right type, but not as it is ``expected``."""
    return bad(f"Invalid '{name}': {what}. Expected {expected}, but got {got} instead.", name, code)


def empty_array(name: str) -> ApiError:
    """An array that must have entries."""
    return _invalid(name, "empty array", "an array with minimum length 1", "an empty array", "empty_array")


def empty_text(name: str) -> ApiError:
    """A text that must have characters."""
    return _invalid(name, "empty string", "a string with minimum length 1", "an empty string", "empty_string")


def long_text(name: str, most: int, got: int) -> ApiError:
    """A text with too many characters."""
    expected, found = f"a string with maximum length {most}", f"a string with length {got}"
    return _invalid(name, "string too long", expected, found, "string_above_max_length")


def long_key(name: str, key: str, most: int) -> ApiError:
    """A key with too many characters. The message shows only its ends."""
    return bad(
        f"Invalid property name in '{name}': '{key[:3]}...{key[-3:]}' is too long. Expected a string with maximum "
        f"length {most}, but got a string with length {len(key)} instead.",
        f"{name}.{key}",
        "property_name_above_max_length",
    )


def other_pattern(name: str, pattern: str) -> ApiError:
    """A text of another form than ``pattern``."""
    return bad(
        f"Invalid '{name}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
        name,
        "invalid_value",
    )


def long_array(name: str, most: int, got: int) -> ApiError:
    """An array with too many entries."""
    expected, found = f"an array with maximum length {most}", f"an array with length {got}"
    return _invalid(name, "array too long", expected, found, "array_above_max_length")


def large_object(name: str, most: int, got: int) -> ApiError:
    """An object with too many properties."""
    expected, found = f"an object with at most {most} properties", f"an object with {got} properties"
    return _invalid(name, "too many properties", expected, found, "object_above_max_properties")


def out_of_range(name: str, kind: str, got: float, least: float | None, most: float | None) -> ApiError:
    """A number below ``least`` or above ``most``. ``kind`` is ``integer`` or ``decimal``."""
    below = least is not None and got < least
    side, sign, bound = ("below minimum", ">=", least) if below else ("above maximum", "<=", most)
    code = f"{kind}_{'below_min' if below else 'above_max'}_value"
    return _invalid(name, f"{kind} {side} value", f"a value {sign} {bound}", f"{got}", code)


def number(least: float | None = None, most: float | None = None) -> Callable[[Any, str], None]:
    """Check for a decimal (or integer) between two bounds, both included."""

    def check(value: Any, name: str) -> None:
        if type(value) not in (int, float):
            raise wrong_type(name, "a decimal", value)
        if (least is not None and value < least) or (most is not None and value > most):
            raise out_of_range(name, "decimal", value, least, most)

    return check


def integer(least: int | None = None, most: int | None = None) -> Callable[[Any, str], None]:
    """Check for an integer between two bounds, both included."""

    def check(value: Any, name: str) -> None:
        if type(value) is not int:
            raise wrong_type(name, "an integer", value)
        if (least is not None and value < least) or (most is not None and value > most):
            raise out_of_range(name, "integer", value, least, most)

    return check


def of_type(kind: type, expected: str) -> Callable[[Any, str], None]:
    """Check for one JSON type."""

    def check(value: Any, name: str) -> None:
        if type(value) is not kind:
            raise wrong_type(name, expected, value)

    return check


boolean = of_type(bool, "a boolean")
text = of_type(str, "a string")
mapping = of_type(dict, "an object")


def choice(*allowed: str) -> Callable[[Any, str], None]:
    """Check for one of fixed strings."""
    expected = f"one of {_listed(allowed, 'or')}"

    def check(value: Any, name: str) -> None:
        if type(value) is not str:
            raise wrong_type(name, expected, value)
        if value not in allowed:
            raise wrong_value(name, value, allowed)

    return check


def text_up_to(most: int) -> Callable[[Any, str], None]:
    """Check for a text of at most so many characters."""

    def check(value: Any, name: str) -> None:
        text(value, name)
        if len(value) > most:
            raise long_text(name, most, len(value))

    return check


def name_like(pattern: re.Pattern[str]) -> Callable[[Any, str], None]:
    """Check for a name: 1 to 64 characters that fit a pattern."""
    short = text_up_to(64)

    def check(value: Any, name: str) -> None:
        short(value, name)
        if not value:
            raise empty_text(name)
        if not pattern.fullmatch(value):
            raise other_pattern(name, f"^{pattern.pattern}$")

    return check


#: Check for the name of a function or tool: letters, digits, underscores and hyphens.
identifier = name_like(_IDENTIFIER)


def array_of(
    each: Callable[[Any, str], None], least: int = 0, most: int | None = None, expected: str = "an array of objects"
) -> Callable[[Any, str], None]:
    """Check for an array and every entry, named ``name[0]``, …"""

    def check(value: Any, name: str) -> None:
        if type(value) is not list:
            raise wrong_type(name, expected, value)
        if len(value) < least:
            raise empty_array(name)
        if most is not None and len(value) > most:
            raise long_array(name, most, len(value))
        for place, entry in enumerate(value):
            each(entry, f"{name}[{place}]")

    return check


def one_of(expected: str, checks: Mapping[type, Callable[[Any, str], None]]) -> Callable[[Any, str], None]:
    """Check by JSON type: each type has a check of its own, others are refused."""

    def check(value: Any, name: str) -> None:
        found = checks.get(type(value))
        if found is None:
            raise wrong_type(name, expected, value)
        found(value, name)

    return check


def anything(value: Any, name: str) -> None:
    """Accept every value."""


def fields(
    required: Mapping[str, Callable[[Any, str], None]],
    optional: Mapping[str, Callable[[Any, str], None]] | None = None,
    *,
    closed: bool = False,
) -> Callable[[Any, str], None]:
    """Check for an object, its required and optional fields, and (``closed``) that it has no others."""
    known = {**(optional or {}), **required}

    def check(value: Any, name: str) -> None:
        mapping(value, name)
        for field in required:
            if field not in value:
                raise missing(f"{name}.{field}")
        for field, entry in value.items():
            if field in known:
                if entry is not None or field in required:
                    known[field](entry, f"{name}.{field}")
            elif closed:
                raise unknown(f"{name}.{field}")

    return check


def map_of(
    key: Callable[[str, str], None], each: Callable[[Any, str], None], most: int | None = None
) -> Callable[[Any, str], None]:
    """Check for an object with keys of the client's own. ``key`` checks one, ``each`` its value, named ``name.key``."""

    def check(value: Any, name: str) -> None:
        mapping(value, name)
        if most is not None and len(value) > most:
            raise large_object(name, most, len(value))
        for field, entry in value.items():
            key(field, name)
            each(entry, f"{name}.{field}")

    return check


def _kind_among(*kinds: str) -> Callable[[Any, str], str]:
    """Return what reads the ``type`` of an object, and checks that it is one of ``kinds``."""
    is_kind = choice(*kinds)

    def kind_of(value: Any, name: str) -> str:
        mapping(value, name)
        kind: str | None = value.get("type")
        if kind is None:
            raise missing(f"{name}.type")
        is_kind(kind, f"{name}.type")
        return kind

    return kind_of


def variant(
    kinds: Mapping[str, Callable[[Any, str], None] | None], *, closed: bool = False
) -> Callable[[Any, str], None]:
    """Check for an object whose ``type`` is one of ``kinds``, and (``closed``) that it has no further fields.

    A kind with a check has its content in a field of its own name: ``{"type": "text", "text": "Hello"}``.
    """
    kind_of = _kind_among(*kinds)

    def check(value: Any, name: str) -> None:
        kind = kind_of(value, name)
        content = kinds[kind]
        if content is not None:
            if kind not in value:
                raise missing(f"{name}.{kind}")
            content(value[kind], f"{name}.{kind}")
        if closed:
            for field in value.keys() - {"type", kind}:
                raise unknown(f"{name}.{field}")

    return check


def tagged(kinds: Mapping[str, Callable[[Any, str], None]]) -> Callable[[Any, str], None]:
    """Check for an object whose ``type`` is one of ``kinds``, by the check of that kind for the whole object."""
    kind_of = _kind_among(*kinds)

    def check(value: Any, name: str) -> None:
        kinds[kind_of(value, name)](value, name)

    return check
