"""How Azure's clients come in: by the name of a deployment, with a key of their own header and a version.

Source: Azure OpenAI reference, "API specs" and "API version lifecycle".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

import msgspec

from openai_mock_api.errors import ApiError
from openai_mock_api.script.search.candidates import Match
from openai_mock_api.surfaces.azure import deployment_not_found, not_found, prompt_refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.http import Request, Response
    from openai_mock_api.server.keys import Keys
    from openai_mock_api.server.routes import Route, Routes

#: What all of Azure's paths begin with.
AZURE: Final = "/openai/"

#: What a deployment serves. The rest belongs to the resource as a whole.
DEPLOYED: Final = frozenset({"/chat/completions", "/completions", "/embeddings"})

_DEPLOYMENT: Final = re.compile("/deployments/([^/]+)(/.+)")

OK: Final = 200

#: The error of a script that Azure has words of its own for.
_REFUSED: Final = "content_policy_violation"


class Azure:
    """The API as Azure serves it, by ``routes`` that have no prefix. Lives until another configuration is loaded.

    ``deployments`` maps names to models; without any, every name is a deployment, and of the model of that name.
    """

    def __init__(self, routes: Routes[Route], keys: Keys, deployments: Mapping[str, str]) -> None:
        self._routes = routes
        self._keys = keys
        self._deployments = deployments

    def answer(self, request: Request) -> Response:
        """Answer a request. Raises ``ApiError``."""
        self._keys.check_azure(request)
        path, deployment = _place(request)
        route, texts = self._find(request.method, path)
        if path in DEPLOYED and route.method == "POST":
            request = self._with_model(request, deployment)
        return _worded(route.handler(request, *texts))

    def open(self, request: Request) -> None:
        """Let a WebSocket be opened. Raises ``ApiError`` where there is none, and for a key that is not accepted."""
        self._keys.check_azure(request)
        if _place(request)[0] != "/responses":
            raise not_found()

    def _find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        try:
            return self._routes.find(method, path)
        except ApiError as error:
            raise not_found() if error.status == 404 else error from None

    def _with_model(self, request: Request, deployment: str | None) -> Request:
        """Name the deployment's model in the body, whatever stands there. Without one, the body names a deployment."""
        try:
            document = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return request
        if type(document) is not dict:
            return request
        name = document.get("model") if deployment is None else deployment
        if type(name) is not str:
            return request
        document["model"] = self._model(name)
        return msgspec.structs.replace(request, body=msgspec.json.encode(document))

    def _model(self, name: str) -> str:
        if not self._deployments:
            return name
        model = self._deployments.get(name)
        if model is None:
            raise deployment_not_found()
        return model


def _place(request: Request) -> tuple[str, str | None]:
    """Return the path of the operation and the deployment that its path names. Raises ``ApiError``.

    ``/openai/v1/…`` is the newer form: there a deployment is named by the body's ``model``, and no version is needed.
    """
    path = request.path.removeprefix("/openai").rstrip("/")
    if path.startswith("/v1/"):
        return path.removeprefix("/v1"), None
    found = _DEPLOYMENT.fullmatch(path)
    deployment, path = found.groups() if found else (None, path)
    if "api-version" not in parse_qs(request.query) or (deployment is None) == (path in DEPLOYED):
        raise not_found()
    return path, deployment


def _worded(response: Response) -> Response:
    """Say in Azure's words that a prompt was refused."""
    if isinstance(response.outcome, Match) and response.status != OK:
        reply = response.outcome.reply
        if reply.failure is not None and reply.failure.code == _REFUSED:
            response.body = prompt_refused(reply.content_filter)
    return response
