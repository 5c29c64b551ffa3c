"""Tables of what a client sends and what it gets, under the head ``| the client sends | it gets |``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.app import App
from tests.docs.blocks import ROOT, blocks_of
from tests.docs.completion import completed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.blocks import Block

_TABLE: Final = re.compile(r"^\| the client sends \| it gets \|\n\|[- |]+\|\n((?:\|.*\|\n)+)", re.MULTILINE)
_CODE: Final = re.compile(r"`([^`]+)`")
_MESSAGE: Final = re.compile(r"(?:(system|developer|user|assistant|tool)(?: (\w+))?: )?(.*)")


class Conversations(NamedTuple):
    """One table, and the configuration above it."""

    name: str
    config: Block
    rows: list[list[str]]


def conversations_of(page: Path) -> list[Conversations]:
    """Return the tables of a page."""
    text, found = page.read_text(encoding="utf-8"), []
    for table in _TABLE.finditer(text):
        line = text.count("\n", 0, table.start()) + 1
        config = [block for block in blocks_of(page) if block.line < line and block.language == "yaml"][-1]
        rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.group(1).splitlines()]
        found.append(Conversations(f"{page.relative_to(ROOT).as_posix()}:{line}", config, rows))
    return found


def app_of(config: Block) -> App:
    """Make an app of a configuration, or of a fragment."""
    source: Any = completed(config.text) if config.kind == "fragment" else config.text
    return App(Settings.of(load_config(source).config))


def answer(app: App, sent: str) -> str:
    """Send what a cell says, and write the answer as a cell does."""
    body = json.dumps({"model": "gpt-4o", "messages": [_message(code) for code in _CODE.findall(sent)]})
    key = b"Bearer " + (app.settings.keys or ("any",))[0].encode()
    response = app.handle(Request("POST", "/v1/chat/completions", [(b"authorization", key)], body.encode()))
    return _written(response.status, json.loads(response.body))


def _message(code: str) -> dict[str, Any]:
    """``Hello`` and ``system: Be brief``, ``assistant calls call_1 call_2``, ``tool call_1: 18 degrees``."""
    if code.startswith("assistant calls "):
        calls = [_call(id_) for id_ in code.split()[2:]]
        return {"role": "assistant", "tool_calls": calls}
    found = _MESSAGE.fullmatch(code)
    assert found
    role, id_, content = found.groups()
    return {"role": role or "user", "content": content, **({"tool_call_id": id_} if id_ else {})}


def _call(id_: str) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": "lookup", "arguments": "{}"}}


def _written(status: int, document: dict[str, Any]) -> str:
    if "error" in document:
        return "a miss" if document["error"]["code"] == "no_match" else f"status {status}"
    message = document["choices"][0]["message"]
    names = [f"`{call['function']['name']}`" for call in message.get("tool_calls", ())]
    return f"a call of {' and '.join(names)}" if names else f"`{message['content']}`"
