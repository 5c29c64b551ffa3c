"""The query of a request: ``limit=20&order=asc&metadata[plan]=pro``, checked in the words of OpenAI's API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from openai_mock_api.surfaces import validation

if TYPE_CHECKING:
    from openai_mock_api.errors import ApiError

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_KEY: Final = re.compile(r"\[(.*)\]", re.DOTALL)


class Query:
    """Parameters by name. Those that nobody reads are ignored, as by the real API; an empty text is none."""

    def __init__(self, text: str) -> None:
        self._pairs = parse_qsl(text, keep_blank_values=True)

    def text(self, name: str) -> str | None:
        """Return a text, None when it is not given. Raises ``ApiError`` when it is given twice."""
        given = [value for key, value in self._pairs if key == name]
        if len(given) > 1:
            raise _duplicate(name)
        return given[0] or None if given else None

    def integer(self, name: str, least: int, most: int, default: int) -> int:
        """Return a whole number between two bounds, both included. Raises ``ApiError``."""
        value = self.text(name)
        if value is None:
            return default
        if not _INTEGER.fullmatch(value):
            raise validation.wrong_type(name, "an integer", value)
        number = int(value)
        validation.integer(least, most)(number, name)
        return number

    def choice(self, name: str, *allowed: str) -> str | None:
        """Return one of fixed texts. Raises ``ApiError`` for others."""
        value = self.text(name)
        if value is not None:
            validation.choice(*allowed)(value, name)
        return value

    def several(self, name: str, *allowed: str) -> list[str]:
        """Return the texts of an array, given as ``name[]=value`` or ``name=value``. Raises ``ApiError`` for others."""
        given = [value for key, value in self._pairs if key.partition("[")[0] == name and value]
        for place, value in enumerate(given):
            validation.choice(*allowed)(value, f"{name}[{place}]")
        return given

    def boolean(self, name: str) -> bool:
        """Return whether something is asked for. Raises ``ApiError`` for other values than ``true`` and ``false``."""
        return self.choice(name, "true", "false") == "true"

    def mapping(self, name: str) -> dict[str, str]:
        """Return what is given as ``name[key]=value``; of a key given twice the last."""
        found = ((_KEY.fullmatch(key.removeprefix(name)), value) for key, value in self._pairs if key.startswith(name))
        return {match[1]: value for match, value in found if match}


def _duplicate(name: str) -> ApiError:
    return validation.bad(
        f"Duplicate parameter: '{name}'. You provided multiple values for this parameter, whereas only one is allowed. "
        f"If you are trying to provide a list of values, use the array syntax instead e.g. '{name}[]=<value>'.",
        name,
        "duplicate_parameter",
    )
