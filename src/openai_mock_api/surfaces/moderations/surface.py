"""Moderations: ``POST /v1/moderations`` (source: API reference, "Create moderation")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.http import json_response
from openai_mock_api.script.inputs.moderation import CATEGORIES, FLAGGED, applied_types
from openai_mock_api.script.levels import level_of
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.moderations import request as moderations_request
from openai_mock_api.surfaces.moderations.request import knows_images

if TYPE_CHECKING:
    from collections.abc import Collection

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request, Response
    from openai_mock_api.script.inputs.moderation import Moderator
    from openai_mock_api.script.messages import Message, Validation
    from openai_mock_api.surfaces.moderations.request import Moderatable

#: Categories that came with the models that look at images.
_NEWER: Final = frozenset({"illicit", "illicit/violent"})


class Moderations:
    """The surface. Lives until another configuration is loaded.

    ``models`` exist beside OpenAI's own; ``validation`` holds for requests that choose no level.
    """

    def __init__(self, moderator: Moderator, models: Collection[str] = (), validation: Validation = "strict") -> None:
        self._moderator = moderator
        self._models = frozenset(models)
        self._validation = validation

    def parse(self, request: Request) -> Moderatable:
        """Check a request and read its inputs. Raises ``ApiError``."""
        level = level_of(request, self._validation)
        return moderations_request.parse(request, json_object(request), self._models, level)

    def respond(self, asked: Moderatable, clock: Clock) -> Response:
        """Answer with what is found in each input."""
        model = asked.call.model
        write = _result if knows_images(model) else _older_result
        results = [write(message, self._moderator.scores(message)) for message in asked.messages]
        return json_response({"id": f"modr-{clock.hex()}", "model": model, "results": results})


def _result(message: Message, scores: dict[str, float]) -> dict[str, Any]:
    return {
        **_findings(scores),
        "category_applied_input_types": {name: applied_types(message, name) for name in CATEGORIES},
    }


def _older_result(_: Message, scores: dict[str, float]) -> dict[str, Any]:
    return _findings({name: score for name, score in scores.items() if name not in _NEWER})


def _findings(scores: dict[str, float]) -> dict[str, Any]:
    categories = {name: score >= FLAGGED for name, score in scores.items()}
    return {"flagged": any(categories.values()), "categories": categories, "category_scores": scores}
