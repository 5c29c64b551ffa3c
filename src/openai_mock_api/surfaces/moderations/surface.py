"""Moderations: ``POST /v1/moderations`` (source: API reference, "Create moderation")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.http import json_response
from openai_mock_api.script.levels import level_of
from openai_mock_api.surfaces.body import json_object
from openai_mock_api.surfaces.moderations import request as moderations_request
from openai_mock_api.surfaces.moderations.request import knows_images
from openai_mock_api.surfaces.moderations.results import older_result, result

if TYPE_CHECKING:
    from collections.abc import Collection

    from openai_mock_api.clock import Clock
    from openai_mock_api.http import Request, Response
    from openai_mock_api.script.inputs.moderation import Moderator
    from openai_mock_api.script.messages import Validation
    from openai_mock_api.surfaces.moderations.request import Moderatable


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
        write = result if knows_images(model) else older_result
        results = [write(message, self._moderator.scores(message)) for message in asked.messages]
        return json_response({"id": f"modr-{clock.hex()}", "model": model, "results": results})
