"""The way to a server in another process."""

from __future__ import annotations

from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from openai_mock_api.errors import ServerError


class Ask(NamedTuple):
    """Send a request."""

    method: str
    path: str
    body: bytes | None


class Answer(NamedTuple):
    """What a server has answered."""

    status: int
    reason: str
    body: bytes


class Connection:
    """Sends requests to a server, each over a connection of its own. No proxy is asked. May be used from every thread.

    ``timeout`` are the seconds that the server gets to answer.
    """

    def __init__(self, url: str, admin_key: str | None, timeout: float) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self._headers = {} if admin_key is None else {"x-mock-admin-key": admin_key}
        self._timeout = timeout
        self._opener = build_opener(ProxyHandler({}))

    def send(self, ask: Ask) -> Answer:
        """Send a request, and return its answer. Raises ``ServerError`` when there is none."""
        request = Request(self.url + ask.path, ask.body, self._headers, method=ask.method)  # noqa: S310 - the user's own URL
        try:
            try:
                answer = self._opener.open(request, timeout=self._timeout)
            except HTTPError as error:
                answer = error
            with answer:
                return Answer(answer.status, answer.reason, answer.read())
        except (OSError, HTTPException) as error:
            raise ServerError(f"no mock server answers at {self.url}: {error}") from error
