"""The fenced blocks of the documentation, by the conventions in CONTRIBUTING.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

_FENCE: Final = re.compile(r"^```(\w*) *([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE: Final = re.compile(r"# ([\w./-]+\.(?:ya?ml|py))\n")
_YAML_TEXT: Final = re.compile(r'"""\n(.*?)"""', re.DOTALL)
_TESTS: Final = re.compile(r"^\s*(?:async )?def test_", re.MULTILINE)


class Block(NamedTuple):
    """One block. ``kind`` is what follows the language: ``no-run``, ``fragment``, ``output`` …; ``before`` are the
    blocks of the same page that precede it.
    """

    page: str
    line: int
    language: str
    kind: str
    text: str
    before: tuple[Block, ...]

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """Name under which the block is written for those after it: its first line is a comment with that name."""
        found = _FILE.match(self.text) if self.language in ("yaml", "python") else None
        return found.group(1) if found else None

    @property
    def holds_tests(self) -> bool:
        return self.language == "python" and not self.kind and bool(_TESTS.search(self.text))

    @property
    def runs(self) -> bool:
        return self.language == "python" and not self.kind and not self.holds_tests

    def nearest(self, language: str) -> Block:
        """Return the last block of a language before this one."""
        return next(block for block in reversed(self.before) if block.language == language)

    def nearest_config(self) -> str:
        """Return the last configuration before this block: a complete YAML block, or YAML text in Python."""
        return next(text for block in reversed(self.before) for text in reversed(_configs(block)))


def _configs(block: Block) -> list[str]:
    if block.language == "yaml":
        return [] if block.kind == "fragment" else [block.text]
    return [text for text in _YAML_TEXT.findall(block.text) if "responses:" in text]


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, in its order."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for fence in _FENCE.finditer(text):
        line = text.count("\n", 0, fence.start()) + 1
        language, kind, content = fence.groups()
        found.append(Block(page.relative_to(ROOT).as_posix(), line, language, kind, content, tuple(found)))
    return found


BLOCKS: Final = [block for page in PAGES for block in blocks_of(page)]
