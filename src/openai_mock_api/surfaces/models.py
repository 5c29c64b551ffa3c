"""The models: list, retrieve, and delete those that were fine-tuned (source: API reference, "Models")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from openai_mock_api.errors import ApiError
from openai_mock_api.http import json_response
from openai_mock_api.surfaces.errors import model_not_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.http import Request, Response

#: What a server lists whose configuration names no models, with the time (Unix seconds) each was created.
CURRENT: Final = {
    "gpt-5.2": 1765313051,
    "gpt-5.1": 1762800353,
    "gpt-5": 1754425777,
    "gpt-5-mini": 1754425928,
    "gpt-5-nano": 1754426384,
    "gpt-4.1": 1744316542,
    "gpt-4.1-mini": 1744318173,
    "gpt-4.1-nano": 1744321707,
    "gpt-4o": 1715367049,
    "gpt-4o-mini": 1721172741,
    "o4-mini": 1744225351,
    "o3": 1744225308,
    "o3-mini": 1737146383,
    "o1": 1734375816,
    "gpt-4-turbo": 1712361441,
    "gpt-4": 1687882411,
    "gpt-3.5-turbo": 1677610602,
    "text-embedding-3-large": 1705953180,
    "text-embedding-3-small": 1705948997,
    "text-embedding-ada-002": 1671217299,
    "omni-moderation-latest": 1731689265,
    "gpt-image-1": 1745517030,
    "gpt-4o-transcribe": 1742068463,
    "gpt-4o-mini-tts": 1742403959,
    "whisper-1": 1677532384,
    "gpt-realtime": 1756271701,
}

#: When a model was created that only the configuration or a client knows (Unix seconds).
_UNKNOWN: Final = 1686935002

#: What the names of fine-tuned models begin with.
_TUNED: Final = "ft:"


class Models:
    """The surface. ``names`` are the configured models; without any the current ones are listed.

    With ``missing`` as ``synthesize`` every other name is a model too. Deleted models come back with ``restore``.
    """

    def __init__(self, names: Sequence[str], missing: Literal["not_found", "synthesize"]) -> None:
        listed = dict.fromkeys(names, _UNKNOWN) if names else CURRENT
        self._models = {name: _model(name, created) for name, created in listed.items()}
        self._missing = missing
        self._deleted: set[str] = set()

    def restore(self) -> None:
        """Undo what was deleted."""
        self._deleted.clear()

    def all(self, _: Request) -> Response:
        """List the models."""
        listed = [model for name, model in self._models.items() if name not in self._deleted]
        return json_response({"object": "list", "data": listed})

    def one(self, _: Request, name: str) -> Response:
        """Retrieve one. Raises ``ApiError`` 404 ``model_not_found``."""
        return json_response(self._found(name))

    def delete(self, _: Request, name: str) -> Response:
        """Delete one. Raises ``ApiError`` 404 ``model_not_found``, and 403 unless it was fine-tuned."""
        self._found(name)
        if not name.startswith(_TUNED):
            raise ApiError(403, f"The model '{name}' cannot be deleted: only fine-tuned models can.", param="model")
        if name in self._models:
            self._deleted.add(name)
        return json_response({"id": name, "object": "model", "deleted": True})

    def _found(self, name: str) -> dict[str, Any]:
        found = None if name in self._deleted else self._models.get(name)
        if found is None and self._missing == "not_found":
            raise model_not_found(name)
        return found or _model(name, _UNKNOWN)


def _model(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "system"}
