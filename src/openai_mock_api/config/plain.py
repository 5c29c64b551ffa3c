"""The model as plain data again: what a user would have written."""

from __future__ import annotations

from typing import Any

import msgspec

from openai_mock_api.config.shapes import fields_of, given


def plain(value: Any) -> Any:
    """Return what was given, by the keys of a configuration; what is as it would be anyway is left out.

    Keys that must be there come first.
    """
    if isinstance(value, msgspec.Struct):
        fields = fields_of(type(value))
        entries = sorted(given(value).items(), key=lambda entry: not fields[entry[0]].required)
        return {key: plain(part) for key, part in entries}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
