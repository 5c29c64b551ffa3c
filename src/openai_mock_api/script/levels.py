"""How strictly a call is held to rules: what a fault leads to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, get_args

from openai_mock_api.errors import ApiError
from openai_mock_api.script.messages import Validation

if TYPE_CHECKING:
    from openai_mock_api.http import Request
    from openai_mock_api.script.messages import Call

log = logging.getLogger("openai_mock_api.validation")

#: The header by which one request chooses its level.
HEADER: Final = b"x-mock-validation"

_LEVELS: Final[dict[bytes, Validation]] = {level.encode(): level for level in get_args(Validation)}


def level_of(request: Request, default: Validation) -> Validation:
    """Return the level that a request's header chooses, else the default. Raises ``ApiError`` for another value."""
    asked = request.header(HEADER)
    if asked is None:
        return default
    level = _LEVELS.get(asked)
    if level is None:
        raise _no_level(asked.decode("latin-1"))
    return level


def _no_level(asked: str) -> ApiError:
    return ApiError(
        400,
        f"Invalid value for the header 'x-mock-validation': got '{asked}', expected 'strict', 'warn' or 'off'. Correct "
        "it, or leave the header out for the server's own level.",
        param="x-mock-validation",
        code="invalid_value",
    )


def weigh(call: Call, fault: ApiError) -> None:
    """Raise a fault of a call (``strict``), log it and note it as the call's warning (``warn``), or let it be."""
    if call.validation == "strict":
        raise fault
    if call.validation == "warn":
        log.warning("a call for %s would have been refused: %s", call.model, fault.message)
        call.warning = fault.message if call.warning is None else f"{call.warning} {fault.message}"
