"""Jinja2, confined: templates see plain data, change nothing, and end.

Whatever a template may do is listed here, and everything else is refused: statements when the template is loaded,
attributes and values when it is filled in. Bounds are kept by ``bounds``: every step of a loop, call, filter, test,
operator and look-up asks for the time, and every value that is made is weighed, before it is made where it could be
many times as large as what it is made of.

Importing this module loads Jinja2, so ``templates`` does it when it is first needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache, wraps
from types import MappingProxyType
from typing import Any, Final

import msgspec
from jinja2 import (
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    filters,
    meta,
    nodes,
    pass_context,
    pass_environment,
    pass_eval_context,
    tests,
)
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

from openai_mock_api.script.templates.bounds import BITS, CHARACTERS, Budget, FillingError, admitted, check, weight
from openai_mock_api.script.templates.scene import KNOWN

#: Names of filters that a template cannot write: what the compiler inserts.
_EACH: Final = "each item"
_ADMITTED: Final = "admitted"
_CONCAT: Final = "concat"

_BUDGET: Final[ContextVar[Budget]] = ContextVar("budget")


# -- what a template may be made of

_NODES: Final = frozenset(
    {
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.With, nodes.Assign),
        *(nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword),
        *(nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice),
        *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos),
        *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Concat),
    }
)


class _Bounding(NodeTransformer):
    """Refuses what is not on the list, and inserts the checks that no hook of the environment could make."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        if type(node) not in _NODES:
            raise TemplateSyntaxError(f"templates have no {type(node).__name__}", node.lineno)
        return super().generic_visit(node, *args, **kwargs)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - the visitor's way to name them
        if node.recursive:
            raise TemplateSyntaxError("templates have no recursive loops", node.lineno)
        self.generic_visit(node)
        node.iter = _filter(node.iter, _EACH)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), _CONCAT)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        return _filter(self.generic_visit(node), _ADMITTED)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        return _filter(self.generic_visit(node), _ADMITTED)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(node, _ADMITTED) if node.ctx == "load" else node


def _filter(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


# -- the filters


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Weigh what a filter or a test returns. The attributes by which Jinja2 knows its arguments are kept."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        budget = _BUDGET.get()
        budget.tick()
        return admitted(function(*args, **kwargs), budget)

    return guarded


def _each(items: Iterable[Any]) -> Iterator[Any]:
    budget = _BUDGET.get()
    for item in items:
        budget.tick()
        yield item


def _concat(values: list[Any]) -> str:
    check(weight(values))
    return "".join(map(str, values))


@pass_eval_context
def _join(context: nodes.EvalContext, value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    values = list(value)
    check(weight(values) + len(str(d)) * len(values))
    return str(filters.do_join(context, values, d, attribute))


def _replace(value: object, old: object, new: object, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    check(len(text) + text.count(old) * len(new))
    return text.replace(old, new, count)


def _indent(s: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    check(len(s) + (s.count("\n") + 1) * (len(width) if isinstance(width, str) else width))
    return filters.do_indent(s, width, first, blank)


def _round(value: float, precision: int = 0, method: Any = "common") -> float:
    if abs(precision) > 100:
        raise FillingError(f"cannot round to {precision} digits; at most 100 are possible")
    return filters.do_round(value, precision, method)


#: A width that is computed, or of more than three digits.
_WIDE: Final = re.compile(r"%[^%a-zA-Z]*(?:\*|[0-9]{4})")


def _format(value: str, *args: Any) -> str:
    if _WIDE.search(value):
        raise FillingError("a width of `format` may have three digits")
    check(weight(args))
    return value % args


@pass_environment
def _sum(environment: Any, values: Iterable[Any], attribute: str | int | None = None) -> Any:
    return filters.do_sum(environment, values, attribute)


def _to_json(value: Any, indent: int = 0) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises, and says what is missing
    if not 0 <= indent <= 16:
        raise FillingError(f"cannot indent by {indent}; choose 0 to 16")
    data = msgspec.json.encode(value)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode()


def _from_json(text: str) -> Any:
    return msgspec.json.decode(text)


#: Filters of Jinja2 whose result is hardly larger than what they get. What ``escape`` and its kind are for, markup,
#: is not what a model says.
_KEPT: Final = (
    *("abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items", "last", "length"),
    *("list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort"),
    *("string", "title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount"),
)

FILTERS: Final[MappingProxyType[str, Callable[..., Any]]] = MappingProxyType(
    {
        **{name: filters.FILTERS[name] for name in _KEPT},
        "format": _format,
        "fromjson": _from_json,
        "indent": _indent,
        "join": _join,
        "replace": _replace,
        "round": _round,
        "sum": _sum,
        "tojson": _to_json,
    }
)


#: Those of Jinja2, all of them: they compare, and make nothing.
TESTS: Final[Any] = tests.TESTS


# -- what a template may look up and call

_STR: Final = (
    *("capitalize", "casefold", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdigit", "islower"),
    *("isspace", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind", "rpartition"),
    *("rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper"),
)
_DATE: Final = ("year", "month", "day", "isoformat", "isoweekday", "strftime", "weekday")
_TIME: Final = ("hour", "minute", "second", "microsecond", "timestamp", "date")
_LOOP: Final = (
    *("changed", "cycle", "first", "index", "index0", "last", "length", "nextitem", "previtem"),
    *("revindex", "revindex0"),
)

#: Attributes that may be read, by type.
ATTRIBUTES: Final[MappingProxyType[type, frozenset[str]]] = MappingProxyType(
    {
        str: frozenset(_STR),
        dict: frozenset({"get", "items", "keys", "values"}),
        list: frozenset({"count", "index"}),
        tuple: frozenset({"count", "index"}),
        date: frozenset(_DATE),
        datetime: frozenset({*_DATE, *_TIME}),
        LoopContext: frozenset(_LOOP),
    }
)


class _Sandbox(SandboxedEnvironment):
    """The one environment of all templates. Several threads may use it; what a request may take is in ``_BUDGET``."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)

    def __init__(self) -> None:
        # Without the optimizer, and with a `finalize` that wants the context, nothing is computed when a template
        # is loaded: `{{ 'x'|center(10**10) }}` would be.
        super().__init__(undefined=StrictUndefined, optimized=False, finalize=_spoken, keep_trailing_newline=True)
        self.globals.clear()
        self.filters = {name: _guarded(function) for name, function in FILTERS.items()}
        self.filters |= {_EACH: _each, _ADMITTED: _guarded(lambda value: value), _CONCAT: _guarded(_concat)}
        self.tests = {name: _guarded(test) for name, test in TESTS.items()}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look up ``obj.attribute``: an entry of a mapping, else an attribute that may be read."""
        _BUDGET.get().tick()
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if attribute in ATTRIBUTES.get(type(obj), ()):
            return getattr(obj, attribute)
        return self._missing(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look up ``obj[argument]``."""
        _BUDGET.get().tick()
        try:
            return obj[argument]
        except (TypeError, LookupError):
            return self._missing(obj, argument)

    def _missing(self, obj: Any, name: Any) -> Undefined:
        if isinstance(obj, Undefined):
            str(obj)  # raises, and says what is missing
        hint = f"; there is a filter `{name}`" if isinstance(name, str) and name in FILTERS else ""
        return self.undefined(f"{_kind(obj)} has no {name!r}{hint}")

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a look-up has given."""
        budget = _BUDGET.get()
        budget.tick()
        return admitted(super().call(context, obj, *args, **kwargs), budget)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute, unless the result would be too large."""
        budget = _BUDGET.get()
        budget.tick()
        if operator in _GROWING:
            _GROWING[operator](left, right)
        return admitted(super().call_binop(context, operator, left, right), budget)


_KINDS: Final[dict[type, str]] = {dict: "the mapping", str: "the text", list: "the list"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _check_product(left: Any, right: Any) -> None:
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(times, int):
            check((len(many) if isinstance(many, str) else weight(many)) * times)


def _check_power(base: Any, exponent: Any) -> None:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > BITS:
        check(CHARACTERS + 1)


def _check_remainder(left: Any, _: Any) -> None:
    if isinstance(left, str):
        raise FillingError("`%` does not fill in texts here; use the filter `format`, or `~`")


_GROWING: Final = {"*": _check_product, "**": _check_power, "%": _check_remainder}


@pass_context
def _spoken(_: Context, value: Any) -> Any:
    if callable(value) and not isinstance(value, Undefined):
        raise FillingError("a function cannot be said; call it: write parentheses behind its name")
    return value


# -- templates


class Compiled:
    """A template, ready. Immutable, and shared by all that have the same text.

    ``names`` are those that it takes from outside.
    """

    def __init__(self, template: Template, names: frozenset[str]) -> None:
        self.names = names
        self._template = template

    def text(self, values: dict[str, Any], budget: Budget) -> str:
        """Fill it in. Raises ``FillingError`` whatever goes wrong."""
        token = _BUDGET.set(budget)
        try:
            pieces = self._template.root_render_func(self._template.new_context(values))
            return "".join(map(budget.say, pieces))
        except Exception as error:  # a template can raise anything
            raise FillingError(_described(error), self._line(error)) from None
        finally:
            _BUDGET.reset(token)

    def _line(self, error: Exception) -> int:
        """Return the template's line in which an error was raised."""
        line, at = 0, error.__traceback__
        while at is not None:
            if at.tb_frame.f_code.co_filename == _FILE:
                line = self._template.get_corresponding_lineno(at.tb_lineno)
            at = at.tb_next
        return line


#: What stands for a file in the tracebacks of templates.
_FILE: Final = "<template of a response>"

_ENVIRONMENT: Final = _Sandbox()


@lru_cache(2000)
def compiled(source: str) -> Compiled:
    """Compile a template. Raises ``FillingError`` when it is none, and for a name that nobody knows."""
    try:
        tree = _Bounding().visit(_ENVIRONMENT.parse(source))
        tree.set_environment(_ENVIRONMENT)
        template = Template.from_code(_ENVIRONMENT, _ENVIRONMENT.compile(tree, filename=_FILE), {})
    except TemplateSyntaxError as error:
        raise FillingError(error.message or "is no template", error.lineno) from None
    except Exception as error:  # Python's compiler has limits of its own: nesting, size
        raise FillingError(_described(error)) from None
    return Compiled(template, _names(tree))


def _names(tree: nodes.Template) -> frozenset[str]:
    """Return the names that a template takes from outside. Raises ``FillingError`` for one that nobody knows."""
    names = list(tree.find_all(nodes.Name))
    lines = {name.name: name.lineno for name in names if name.ctx == "load"}
    taken = lines.keys() & {*meta.find_undeclared_variables(tree), "self"}
    for name in sorted(taken - KNOWN.keys() - {name.name for name in names if name.ctx != "load"}):
        raise FillingError(f"{name!r} is no name that templates know; those are {', '.join(KNOWN)}", lines[name])
    return frozenset(taken & KNOWN.keys())


def _described(error: Exception) -> str:
    if isinstance(error, FillingError):
        return error.message
    return str(error) if isinstance(error, UndefinedError) else f"{type(error).__name__}: {error}"
