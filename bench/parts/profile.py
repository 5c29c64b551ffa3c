# ruff: noqa: SLF001 - stages are timed one by one, from inside
"""Where the microseconds of one request go, in process: no socket, no system call."""

from __future__ import annotations

import timeit
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.core import app_of, connection_of, request_of
from bench.exchange import PATH, request
from bench.parts.stream import TEXT
from bench.results import Result, Row
from bench.rules import CONTAINS, Rules, body
from openai_mock_api.http import Response
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.script.speech import speak
from openai_mock_api.script.tokens.counting import prompt_tokens
from openai_mock_api.server.adapters.delivery import pieces
from openai_mock_api.server.adapters.lines import answer_head
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.chat import request as chat_request
from openai_mock_api.surfaces.chat.surface import Chat

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.rounds import Effort
    from openai_mock_api.server.app import App

TITLE: Final = "Profile: microseconds of one request in process, 100 rules"

LOOPS: Final = 2000


class Stage(NamedTuple):
    """A part of the way of a request, to be timed alone. Those ``within`` another are part of its time."""

    name: str
    run: Callable[[], object]
    within: bool = False


def measure(effort: Effort) -> Result:
    """Time the stages of a plain and of a streamed request."""
    rows: list[Row] = []
    app = app_of(Rules([CONTAINS], 100, {"content": TEXT}))
    text = Rules([CONTAINS], 100).hits()[42]
    for name, asked in (("plain", body(text)), ("stream", body(text, stream=True))):
        rows += [
            Row(f"{name}: {'  ' if stage.within else ''}{stage.name}", _microseconds(stage, effort), "µs")
            for stage in _stages(app, asked)
        ]
    notes = ["indented stages are parts of the one above; each is timed alone, so sums differ a little"]
    return Result(part="profile", title=TITLE, rows=rows, notes=notes)


def _microseconds(stage: Stage, effort: Effort) -> float:
    stage.run()
    times = timeit.repeat(stage.run, number=LOOPS, repeat=effort.rounds * 3)
    return min(times) / LOOPS * 1e6


def _stages(app: App, asked: bytes) -> list[Stage]:
    """Follow a request from the socket's bytes to the answer's."""
    chat, script, plays = Chat(), app.answering.script, app.answering.plays
    sent, wire, connection = request_of(asked), request(asked), connection_of(app)
    document = json_object(sent)
    call = chat_request.parse(sent, document)
    match = script.match(call, plays)
    assert isinstance(match, Match)
    reply = match.reply
    response = app.handle(sent)
    default = connection._default_head()
    head = answer_head(response, "POST", True, default)
    app.keep(wire, sent, response)
    return [
        Stage("whole: bytes in, bytes out", lambda: connection.data_received(wire)),
        Stage("answer what was answered before", lambda: app.recall(wire), within=True),
        Stage("app.handle", lambda: app.handle(sent), within=True),
        Stage("  find the route", lambda: app._routes.find("POST", PATH), within=True),
        Stage("  check the key", lambda: app._keys.check(sent), within=True),
        Stage("  decode the JSON body", lambda: json_object(sent), within=True),
        Stage("  both for a common request", lambda: chat.parse(sent), within=True),
        Stage("  check it and build the call", lambda: chat_request.parse(sent, document), within=True),
        Stage("  match", lambda: script.match(call, plays), within=True),
        Stage("  render", lambda: chat.render(call, reply), within=True),
        Stage("    the speech", lambda: speak(reply, call), within=True),
        Stage("    count the prompt's tokens", lambda: prompt_tokens(call), within=True),
        Stage("  finish: headers, journal", lambda: app._finish(sent, Response(200), 0.0), within=True),
        Stage("response head", lambda: answer_head(response, "POST", True, default), within=True),
        Stage("put the answer together", lambda: list(pieces(response, head, "POST")), within=True),
    ]
