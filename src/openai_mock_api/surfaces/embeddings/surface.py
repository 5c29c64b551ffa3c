"""Embeddings: ``POST /v1/embeddings`` (source: API reference, "Create embeddings")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openai_mock_api.http import json_response
from openai_mock_api.script.levels import level_of
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.embeddings import request as embeddings_request

if TYPE_CHECKING:
    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request, Response
    from openai_mock_api.script.inputs.nearness import Vectors
    from openai_mock_api.script.inputs.vectors import Vector
    from openai_mock_api.script.messages import Validation
    from openai_mock_api.surfaces.embeddings.request import Embeddable, Limits


class Embeddings:
    """The surface. Lives until another configuration is loaded.

    ``limits`` say what models give and take; ``validation`` holds for requests that choose no level. ``as_numbers``
    says that vectors are never written in base64.
    """

    def __init__(
        self, vectors: Vectors, limits: Limits, validation: Validation = "strict", *, as_numbers: bool = False
    ) -> None:
        self._vectors = vectors
        self._limits = limits
        self._validation = validation
        self._as_numbers = as_numbers

    def parse(self, request: Request) -> Embeddable:
        """Check a request and read its inputs. Raises ``ApiError``."""
        level = level_of(request, self._validation)
        return embeddings_request.parse(request, json_object(request), self._limits, level)

    def respond(self, asked: Embeddable, _: Clock) -> Response:
        """Answer with the vector of each input. Raises ``ScriptError``.

        The bytes of a vector, little-endian 32-bit floats, are written in base64, as all bytes are.
        """
        written = memoryview if asked.base64 and not self._as_numbers else _numbers
        model, tokens = asked.call.model, asked.call.tokens
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": written(self._vectors.vector(model, *entry, asked.dimensions)),
            }
            for index, entry in enumerate(asked.inputs)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return json_response({"object": "list", "data": data, "model": model, "usage": usage})


def _numbers(vector: Vector) -> msgspec.Raw:
    """Write a vector as numbers, one vector at a time: as objects, those of many texts fill the memory."""
    return msgspec.Raw(msgspec.json.encode(vector.tolist()))
