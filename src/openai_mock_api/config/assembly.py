"""A configuration and the files that it includes, read and checked as one."""

from __future__ import annotations

from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from openai_mock_api.config.conversion import Conversion
from openai_mock_api.config.model import IncludedFile, MockConfig, MockResponse
from openai_mock_api.config.places import KeyPath, Place, shown
from openai_mock_api.config.reading import CONVERSATIONS, read
from openai_mock_api.config.rules import complaints
from openai_mock_api.config.shapes import fields_of
from openai_mock_api.config.spelling import described
from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openai_mock_api.config.reading import Document


class Assembly:
    """Collects responses and problems, file by file. Lives for one loading.

    ``files`` are those that were read, in order; ``places`` says where the response of each id stands.
    """

    def __init__(self) -> None:
        self.responses: list[MockResponse] = []
        self.problems: list[Problem] = []
        self.files: list[Path] = []
        self.places: dict[str, Place] = {}
        self._open: list[Path] = []

    def add_config(self, document: Document, file: Path | None = None, *, needs_key: bool) -> MockConfig:
        """Read the main document, which must be a mapping."""
        conversion = Conversion(document)
        data = _without_own_keys(document, MockConfig)
        config: MockConfig = conversion.read(data, MockConfig)
        self._take(conversion)
        if needs_key and not ({"api_key", "apiKey", "api_keys"} & data.keys()):
            hint = "add `api_key: test-key`, or `api_key: null` to accept any key"
            self.problems.append(document.problem((), f"`api_key` is missing; {hint}"))
        self._include(document, config.include, file)
        if not self.responses and not self.problems:
            hint = "add one with an `id` and `messages`"
            self.problems.append(document.problem((CONVERSATIONS,), f"there must be at least one response; {hint}"))
        return msgspec.structs.replace(config, responses=self.responses)

    def _take(self, conversion: Conversion) -> None:
        """Check what was converted, and keep its responses and problems in the order of the document."""
        problems = [*conversion.document.problems, *conversion.problems, *self._complaints(conversion)]
        self.problems += sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))

    def _complaints(self, conversion: Conversion) -> Iterator[Problem]:
        for built in conversion.built:
            if isinstance(built.struct, MockResponse) and built.struct.id is not UNSET:
                yield from self._named(built.struct.id, built.path, conversion.document)
                self.responses.append(built.struct)
            for path, message in complaints(built):
                yield conversion.document.problem((*built.path, *path), message)

    def _named(self, id_: str, path: KeyPath, document: Document) -> Iterator[Problem]:
        first = self.places.setdefault(id_, (place := document.place(path)))
        if first is not place:
            where = str(first) if first.line else "an earlier response"
            yield document.problem((*path, "id"), f"{id_!r} is also the id of {where}; ids must be unique")

    def _include(self, document: Document, patterns: list[str], file: Path | None) -> None:
        folder = file.parent if file else Path()
        self._open.append(file.resolve() if file else folder)
        self.files += [file] if file else []
        for i, pattern in enumerate(patterns):
            found = _matching(folder, pattern) if pattern else []
            if pattern and not found:
                hint = f"{pattern!r} fits no file in {folder.resolve()}; correct it or remove it"
                self.problems.append(document.problem(("include", i), hint))
            for path in found:
                self._follow(path, document, i)
        self._open.pop()

    def _follow(self, path: Path, document: Document, i: int) -> None:
        real = path.resolve()
        if real in self._open:
            self.problems.append(document.problem(("include", i), f"{path} includes itself in a circle; remove it"))
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
    found = (folder / name for name in glob(pattern, root_dir=folder, recursive=True))
    return sorted(path for path in found if path.is_file())


def read_file(path: Path, name: str | None = None) -> Document:
    """Read a file of YAML or JSON. Raises ``ConfigError`` when that is impossible."""
    name = name or str(path)
    return read(read_text(path, name), name)


def read_text(path: Path, name: str) -> str:
    """Return the text of a file. Raises ``ConfigError``, saying what to do, when it has none."""
    try:
        return decoded(path.read_bytes(), name)
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file in {Path.cwd()}; check the path") from None
    except IsADirectoryError:
        raise ConfigError(f"{name} is a directory; name a file in it") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"{name} cannot be read: {getattr(error, 'strerror', None) or error}; check the path"
        ) from None


def decoded(data: bytes, name: str) -> str:
    """Decode UTF-8. Raises ``ConfigError`` saying where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = f"not UTF-8: byte 0x{data[error.start]:02x} on line {line}; save the file as UTF-8"
        raise ConfigError(
            [Problem(fault, source=name, line=line, column=error.start - data.rfind(b"\n", 0, error.start))]
        )
