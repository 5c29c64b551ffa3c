from __future__ import annotations

import json
from array import array
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from openai.types import CreateEmbeddingResponse

from openai_mock_api.clock import Clock
from openai_mock_api.http import Request
from openai_mock_api.script.inputs.nearness import Vectors
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.surfaces.embeddings.request import Limits
from openai_mock_api.surfaces.embeddings.surface import Embeddings
from tests.strictness import faults

if TYPE_CHECKING:
    from openai_mock_api.http import Response

VECTORS = Vectors()


def answered(surface: Embeddings | None = None, headers: dict[bytes, bytes] | None = None, **document: Any) -> Response:
    surface = surface or Embeddings(VECTORS, Limits(VECTORS.size))
    body = json.dumps({"model": "text-embedding-3-small", "input": "Hello", **document}).encode()
    request = Request("POST", "/v1/embeddings", [*(headers or {}).items()], body)
    return surface.respond(surface.parse(request), Clock())


def vectors(response: Response) -> list[Any]:
    return [entry["embedding"] for entry in json.loads(response.body)["data"]]


def test_the_answer_is_as_the_sdk_says() -> None:
    document = json.loads(answered(input=["Hello world", "Hi"], dimensions=4).body)
    assert faults(CreateEmbeddingResponse, document) == []
    assert list(document) == ["object", "data", "model", "usage"]
    assert [(entry["object"], entry["index"]) for entry in document["data"]] == [("embedding", 0), ("embedding", 1)]
    assert (document["model"], document["usage"]) == (
        "text-embedding-3-small",
        {"prompt_tokens": 3, "total_tokens": 3},
    )


def test_base64_holds_the_same_numbers() -> None:
    [numbers], [written] = vectors(answered()), vectors(answered(encoding_format="base64"))
    assert array("f", b64decode(written)).tolist() == numbers
    assert len(numbers) == 1536


def test_tokens_have_the_vector_of_their_text() -> None:
    texts = ["Hello world", "The cat sat on the mat. " * 40]
    tokens = [tokenizer_for("text-embedding-3-small").encode(text) for text in texts]
    assert vectors(answered(input=tokens)) == vectors(answered(input=texts))


@pytest.mark.parametrize("encoding_format", [None, "float", "base64"])
def test_vectors_can_always_be_written_as_numbers(encoding_format: str | None) -> None:
    surface = Embeddings(VECTORS, Limits(VECTORS.size), as_numbers=True)
    [found] = vectors(answered(surface, encoding_format=encoding_format))
    assert len(found) == 1536


def test_a_request_may_choose_its_level() -> None:
    assert len(vectors(answered(headers={b"x-mock-validation": b"off"}, dimensions=9999))[0]) == 1536
