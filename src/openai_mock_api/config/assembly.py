"""A configuration and the files that it includes, read and checked as one."""

from __future__ import annotations

from collections.abc import Mapping
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.conversion import Conversion
from openai_mock_api.config.files import read_file
from openai_mock_api.config.model import IncludedFile, MockConfig, MockResponse
from openai_mock_api.config.reading import CONVERSATIONS, Origin
from openai_mock_api.config.rules import complaints
from openai_mock_api.config.shapes import fields_of, was_read
from openai_mock_api.config.spelling import described
from openai_mock_api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_mock_api.config.places import KeyPath
    from openai_mock_api.config.reading import Document, Fault
    from openai_mock_api.errors import Problem

NO_RESPONSES: Final = "there must be at least one response; add one with an `id` and `messages`"

#: What makes a configuration one: at least one of these.
_CONTENTS: Final = frozenset({CONVERSATIONS, "include", "embeddings", "moderations"})


class Assembly:
    """Collects responses and problems, file by file. Lives for one loading.

    ``files`` are those that were read, in order; ``origins`` says where the response of each id is written.
    """

    def __init__(self) -> None:
        self.responses: list[MockResponse] = []
        self.problems: list[Problem] = []
        self.files: list[Path] = []
        self.origins: dict[str, Origin] = {}
        self._open: list[Path] = []

    def add_config(self, document: Document, file: Path | None = None, *, needs_key: bool) -> MockConfig:
        """Read the main document, which must be a mapping, and what it includes."""
        conversion = Conversion(document)
        config: MockConfig = conversion.read(_without_own_keys(document, MockConfig), MockConfig)
        unread = conversion.built[-1].unread
        if needs_key and config.api_key is UNSET and not config.api_keys and not unread & {"api_key", "api_keys"}:
            conversion.report((), "`api_key` is missing; add `api_key: test-key`, or `api_key: null` for any key")
        if not any(getattr(config, key) for key in _CONTENTS) and not unread & _CONTENTS:
            conversion.report((CONVERSATIONS,), NO_RESPONSES)
        self._take(conversion)
        before = len(self.problems)
        self._include(document, config.include, file)
        if config.include and not self.responses and len(self.problems) == before:
            self.problems += document.problems([((CONVERSATIONS,), NO_RESPONSES)])
        return msgspec.structs.replace(config, responses=self.responses)

    def add_responses(self, document: Document) -> None:
        """Read a document that holds responses alone: one, a list of them, or a mapping with ``responses``."""
        conversion = Conversion(document)
        if isinstance(document.data, Mapping) and {"id", "messages"} & document.data.keys():
            conversion.read(document.data, MockResponse)
        elif _read_included(conversion):
            conversion.report(("include",), "no file is read here; put the responses themselves in its place")
        self._take(conversion)

    def _take(self, conversion: Conversion) -> None:
        """Check what was converted; keep its responses, and its faults in the order of the document."""
        faults = [*conversion.document.faults, *conversion.faults, *self._complaints(conversion)]
        self.problems += conversion.document.problems(faults)

    def _complaints(self, conversion: Conversion) -> Iterator[Fault]:
        for built in conversion.built:
            if isinstance(built.struct, MockResponse) and was_read(built.struct.id):
                yield from self._named(built.struct.id, built.path, conversion.document)
                self.responses.append(built.struct)
            for path, message in complaints(built):
                yield (*built.path, *path), message

    def _named(self, id_: str, path: KeyPath, document: Document) -> Iterator[Fault]:
        origin = Origin(document, path)
        first = self.origins.setdefault(id_, origin)
        if first is not origin:
            place = first.place()
            where = f"the response at {place}" if place.line else "an earlier response"
            yield (*path, "id"), f"{id_!r} is also the id of {where}; ids must be unique"

    def _include(self, document: Document, patterns: list[str], file: Path | None) -> None:
        folder = file.parent if file else Path()
        self._open.append(file.resolve() if file else folder)
        self.files += [file] if file else []
        for i, pattern in enumerate(patterns):
            found = _matching(folder, pattern) if pattern else []
            if pattern and not found:
                hint = f"{pattern!r} fits no file in {folder.resolve()}; correct it or remove it"
                self.problems += document.problems([(("include", i), hint)])
            for path in found:
                self._follow(path, document, i)
        self._open.pop()

    def _follow(self, path: Path, document: Document, i: int) -> None:
        real = path.resolve()
        if real in self._open:
            self.problems += document.problems([(("include", i), f"{path} includes itself in a circle; remove it")])
        elif real not in {file.resolve() for file in self.files}:
            self._add_file(path)

    def _add_file(self, path: Path) -> None:
        try:
            document = read_file(path)
        except ConfigError as error:
            self.problems += error.problems
            self.files.append(path)
            return
        conversion = Conversion(document)
        patterns = _read_included(conversion)
        self._take(conversion)
        self._include(document, patterns, path)


def _read_included(conversion: Conversion) -> list[str]:
    """Convert an included document; return what it includes itself."""
    document = conversion.document
    if isinstance(document.data, list):
        conversion.read(document.data, list[MockResponse])
    elif isinstance(document.data, dict):
        included: IncludedFile = conversion.read(_without_own_keys(document, IncludedFile), IncludedFile)
        return included.include
    else:
        got = "nothing" if document.data is None else described(document.data)
        conversion.report((), f"expected a list of responses, or a mapping with `responses`, got {got}")
    return []


def _without_own_keys(document: Document, struct: type[msgspec.Struct]) -> dict[str, Any]:
    data: Mapping[str, Any] = document.data
    known = fields_of(struct)
    return {key: value for key, value in data.items() if key in known or not document.is_own(key)}


def _matching(folder: Path, pattern: str) -> list[Path]:
    found = (folder / name for name in glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - Path's takes no absolute pattern
    return sorted(path for path in found if path.is_file())
