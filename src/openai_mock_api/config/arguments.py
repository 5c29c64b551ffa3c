"""Arguments that Python callers give, held against the annotations of what takes them.

What a configuration's errors say of a key, the exceptions say of an argument: ``reply(): delya: unknown argument; did
you mean 'delay'?``. Numbers are not read from text here: code has types.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, wraps
from os import PathLike
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, TypeVar, Union, Unpack, get_args, get_origin, get_type_hints

import msgspec

from openai_mock_api.config import spelling
from openai_mock_api.config.places import shown
from openai_mock_api.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])

#: What kinds of values are called.
_NOUNS: Final[dict[Any, str]] = {
    str: "text",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
    Mapping: "a mapping",
    Callable: "a function",
    PathLike: "a path",
    datetime: "a datetime",
    timedelta: "a timedelta",
}

#: What is made by functions rather than by its class.
_MADE: Final = {
    "ConversationMessage": "a message such as user(…) or assistant(…)",
    "FunctionTurn": "a message such as user(…) or assistant(…)",
    "TextMatcher": "a matcher such as contains(…)",
    "ToolCall": "tool_call(…)",
}


class Complaint(NamedTuple):
    """What is wrong with an argument, or an item of one; and whether the value is at fault, not its type or name."""

    message: str
    of_value: bool = False

    def error(self, what: str) -> TypeError | ConfigError:
        """Return the exception that says so of ``what``."""
        text = f"{what}: {self.message}"
        return ConfigError(text) if self.of_value else TypeError(text)


def checked(function: F) -> F:
    """Let a function refuse arguments that its annotations do not allow. These must be known when it is called.

    It raises ``TypeError``, or ``ConfigError`` (a ``ValueError``) for a text that is none of the choices.
    """
    name = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]

    @wraps(function)
    def refusing(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        for complaint in _of_call(function, args, options):
            raise complaint.error(f"{name}()")
        return function(*args, **options)

    return refusing  # type: ignore[return-value]


def complaints(kinds: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Complaint]:
    """Say what is wrong with arguments given by name. ``kinds`` are the annotations of those that there are."""
    for name, value in given.items():
        if name in kinds:
            yield from _of_value(value, kinds[name], (name,))
        else:
            yield Complaint(f"{name}: {unknown(name, [known for known in kinds if known != 'self'])}")


def unknown(name: str, known: Iterable[str]) -> str:
    """``unknown argument; did you mean 'delay'?``, or those that there are."""
    near = spelling.closest(name, known)
    return f"unknown argument; did you mean {near!r}?" if near else f"unknown argument; there are {', '.join(known)}"


class _Telling(msgspec.StructMeta):
    """Says of a Struct's wrong arguments what ``checked`` says of a function's."""

    def __call__(cls, *args: Any, **fields: Any) -> Any:  # noqa: N805 - of a metaclass
        try:
            return super().__call__(*args, **fields)
        except TypeError:
            for name in fields.keys() - set(cls.__struct_fields__):
                raise TypeError(f"{cls.__name__}(): {name}: {unknown(name, cls.__struct_fields__)}") from None
            raise


class Written(msgspec.Struct, metaclass=_Telling):
    """What users write as a Struct. Its fields are given by name."""


class _Parameters(NamedTuple):
    """What a function takes, by place and by name. ``more`` are the further ones: what they are called, and their kind.

    ``any_name`` says that it takes names of which nothing is known.
    """

    positional: tuple[str, ...]
    more: tuple[str, Any]
    kinds: dict[str, Any]
    any_name: bool


@cache
def _parameters(function: Callable[..., Any]) -> _Parameters:
    hints = get_type_hints(function)
    positional, kinds, more, any_name = [], {}, ("", Any), False
    for name, parameter in inspect.signature(function).parameters.items():
        kind = hints.get(name, Any)
        if parameter.kind is parameter.VAR_POSITIONAL:
            more = name, kind
        elif parameter.kind is not parameter.VAR_KEYWORD:
            kinds[name] = kind
            if parameter.kind is not parameter.KEYWORD_ONLY:
                positional.append(name)
        elif get_origin(kind) is Unpack:
            kinds |= get_type_hints(get_args(kind)[0])
        else:
            any_name = True
    return _Parameters(tuple(positional), more, kinds, any_name)


def _of_call(function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Iterator[Complaint]:
    """Look at what is given. What is missing, or given too often, Python says itself."""
    parameters = _parameters(function)
    named = dict(zip(parameters.positional, args, strict=False))
    name, kind = parameters.more
    for place, value in enumerate(args[len(named) :]):
        yield from _of_value(value, kind, (name, place))
    known = options if not parameters.any_name else {name: options[name] for name in options.keys() & parameters.kinds}
    yield from complaints(parameters.kinds, {**named, **known})


def _of_value(value: Any, kind: Any, path: tuple[str | int, ...]) -> Iterator[Complaint]:
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    fitting = [one for one in kinds if _fits(value, one)]
    if not fitting:
        yield Complaint(*_refusal(value, kinds, path))
    elif not isinstance(value, str):
        yield from _of_items(value, fitting[0], path)


def _of_items(value: Any, kind: Any, path: tuple[str | int, ...]) -> Iterator[Complaint]:
    """Look into lists and mappings. What can be looked at only once is left alone."""
    inner = get_args(kind)
    if isinstance(value, Mapping) and len(inner) == 2:
        for key, item in value.items():
            yield from _of_value(item, inner[1], (*path, key))
    elif isinstance(value, list | tuple) and inner:
        for place, item in enumerate(value):
            yield from _of_value(item, inner[0], (*path, place))


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind, as far as can be seen from outside."""
    origin = get_origin(kind) or kind
    if origin is Any or origin is Literal:
        return origin is Any or value in get_args(kind)
    if origin is Callable:
        return callable(value)
    if origin in (int, float):
        return isinstance(value, int | origin) and not isinstance(value, bool)
    if isinstance(value, str):
        return origin is str
    return isinstance(value, origin)


def _refusal(value: Any, kinds: tuple[Any, ...], path: tuple[str | int, ...]) -> tuple[str, bool]:
    choices = tuple(choice for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind))
    if choices and isinstance(value, str):
        return f"{shown(path)}: {spelling.not_a_choice(value, choices, path)}", True
    nouns = [*([f"one of {', '.join(map(str, choices))}"] if choices else []), *map(_noun, _unchosen(kinds))]
    *first, last = dict.fromkeys(nouns)
    expected = f"{', '.join(first)} or {last}" if first else last
    return f"{shown(path)}: expected {expected}, got {_described(value)}", False


def _unchosen(kinds: tuple[Any, ...]) -> Iterator[Any]:
    """Return the kinds that are no choices; None is not what anybody means to give."""
    return (kind for kind in kinds if get_origin(kind) is not Literal and kind is not NoneType)


def _noun(kind: Any) -> str:
    origin = get_origin(kind) or kind
    noun = _NOUNS.get(origin) or _MADE.get(origin.__name__)
    return noun or ("a list" if issubclass(origin, Iterable) else _a(origin.__name__))


def _described(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str | int | float | list | tuple | dict):
        return spelling.described(value)
    return _a(type(value).__name__)


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
