"""Embeddings: what 1,000 texts of 200 tokens cost, in process, and how much of that is counting their tokens."""

from __future__ import annotations

import timeit
from functools import partial
from pydoc_data.topics import topics
from typing import TYPE_CHECKING, Final

import msgspec

from bench.results import Result, Row, below
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.script.inputs.nearness import Vectors
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.server.app import App

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.rounds import Effort

TITLE: Final = "Embeddings: one request with 1,000 texts of 200 tokens, in process"

MODEL: Final = "text-embedding-3-small"
TEXTS: Final = 1000
TOKENS: Final = 200


def measure(effort: Effort) -> Result:
    """Time the request as a whole, counting the tokens, and making the vectors."""
    encoding, vectors, app = tokenizer_for(MODEL), Vectors(), App(Settings.zero())
    texts = _texts()
    counted = [encoding.encode(text) for text in texts]
    request = Request("POST", "/v1/embeddings", [], _body(texts))

    def count() -> None:
        for text in texts:
            encoding.encode(text)

    def make() -> None:
        for text, tokens in zip(texts, counted, strict=True):
            vectors.vector(MODEL, text, tokens, 1536)

    taken = {name: _milliseconds(run, effort) for name, run in (("count", count), ("make", make))}
    rows = [
        Row("counting the tokens", taken["count"], "ms"),
        Row("making the vectors", taken["make"], "ms"),
        Row("making the vectors / counting the tokens", taken["make"] / taken["count"], "x", below(1)),
        Row("the whole request, base64", _milliseconds(partial(app.handle, request), effort), "ms"),
    ]
    return Result(part="embeddings", title=TITLE, rows=rows)


def _texts() -> list[str]:
    """Cut Python's documentation into overlapping texts, none like another."""
    encoding = tokenizer_for(MODEL)
    tokens = encoding.encode(" ".join(topics.values()))
    step = (len(tokens) - TOKENS) // TEXTS
    return [encoding.decode(tokens[start : start + TOKENS]) for start in range(0, step * TEXTS, step)]


def _body(texts: list[str]) -> bytes:
    return msgspec.json.encode({"model": MODEL, "input": texts, "encoding_format": "base64"})


def _milliseconds(run: Callable[[], object], effort: Effort) -> float:
    run()
    return min(timeit.repeat(run, number=1, repeat=effort.rounds * 5)) * 1e3
