"""Plain data as YAML text that is read back as the same data."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.config.environment import escaped
from openai_mock_api.config.scalars import resolve

if TYPE_CHECKING:
    import yaml

#: Most characters of a mapping or list that is written on one line.
LINE: Final = 100

#: Characters that an older YAML takes for the end of a line.
_BREAKS: Final = re.compile("[\r\x85\u2028\u2029]")


def yaml_of(data: Any) -> str:
    """Write mappings, lists and scalars as YAML 1.2. Short mappings stand on one line, long texts as blocks.

    What looks like a variable of the environment is escaped, so that reading leaves it as it is.
    """
    import yaml  # not needed by those who only read, or configure in Python

    text: str = yaml.dump(_escaped(data), Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120)
    return text


def _escaped(data: Any) -> Any:
    """Escape the texts; keys are never taken for variables."""
    if isinstance(data, dict):
        return {key: _escaped(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_escaped(item) for item in data]
    return escaped(data) if isinstance(data, str) else data


@cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml  # see above

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=_style(value))

    def mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.MappingNode:
        return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=_fits_a_line(value))

    def sequence(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_fits_a_line(value))

    Dumper.add_representer(str, text)
    Dumper.add_representer(dict, mapping)
    Dumper.add_representer(list, sequence)
    return Dumper


def _style(text: str) -> str | None:
    """Say how a text is written: in quotes that escape, as a block, in plain quotes, or as the library thinks."""
    if _BREAKS.search(text):
        return '"'
    if "\n" in text:
        return "|"
    return None if resolve(text) == text else "'"


def _fits_a_line(value: Any) -> bool:
    """Whether data is small and flat: no list of mappings, no text of several lines, few characters."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return len(str(value)) <= LINE and all(_is_flat(part) for part in parts)


def _is_flat(part: Any) -> bool:
    if isinstance(part, dict | list):
        return _fits_a_line(part)
    return not isinstance(part, str) or "\n" not in part
