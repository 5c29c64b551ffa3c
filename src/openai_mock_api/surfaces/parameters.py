"""The parameters of a request together: whether they are known, each as its check says, and what holds of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec

from openai_mock_api.errors import ApiError
from openai_mock_api.surfaces.validation import bad

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    Checks = Mapping[str, Callable[[Any, str], None]]

    #: What concerns several parameters, by those whose presence makes it worth looking.
    Conflicts = tuple[tuple[frozenset[str], Callable[[dict[str, Any]], Iterator[ApiError]]], ...]

P = ParamSpec("P")


def check_model(document: dict[str, Any]) -> None:
    """Refuse a request without a model."""
    if document.get("model") in (None, ""):
        raise bad("you must provide a model parameter", None, None)


def check_known(document: dict[str, Any], known: Collection[str]) -> None:
    """Refuse parameters that the endpoint does not know."""
    for name in document:
        if name not in known:
            raise bad(f"Unrecognized request argument supplied: {name}", None, None)


def check_each(document: dict[str, Any], checks: Checks) -> None:
    """Check every parameter that is given, in the order of ``checks``. Null stands for "not given"."""
    for name in filter(document.__contains__, checks):
        if document[name] is not None:
            checks[name](document[name], name)


def check_together(document: dict[str, Any], conflicts: Conflicts) -> None:
    """Refuse parameters that exclude or need each other; each has been checked."""
    for names, faults in conflicts:
        if not names.isdisjoint(document):
            for fault in faults({name: value for name, value in document.items() if value is not None}):
                raise fault


def fault_in(check: Callable[P, None], *values: P.args, **named: P.kwargs) -> ApiError | None:
    """Return the error that a check raises for values: the first thing that the real API refuses."""
    try:
        check(*values, **named)
    except ApiError as fault:
        return fault
    return None


def only_when(name: str, condition: str) -> ApiError:
    """A parameter that needs another: ``condition`` is ``'stream' is enabled``."""
    return bad(f"The '{name}' parameter is only allowed when {condition}.", name, None)


def readable(document: dict[str, Any], checks: Checks, built: Collection[str]) -> dict[str, Any]:
    """Leave out parameters that rendering reads and cannot: those of another form than they should have.

    ``built`` are read with care, whatever their form.
    """
    return {name: value for name, value in document.items() if name in built or _is_readable(name, value, checks)}


def _is_readable(name: str, value: Any, checks: Checks) -> bool:
    try:
        if value is not None and name in checks:
            checks[name](value, name)
    except ApiError as fault:
        return "_above_" in str(fault.code) or "_below_" in str(fault.code)
    return True
