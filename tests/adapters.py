"""The ways by which a request reaches the app."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openai_mock_api.server.adapters.fast import FastProtocol


class ReplayingProtocol(FastProtocol):
    """The fast path, which leaves every request to the normal protocol."""

    def _must_replay(self) -> bool:
        return True

    def _answer_known(self, data: bytes) -> bool:  # noqa: ARG002 - the parent's signature
        return False


ADAPTERS: dict[str, type[HttpToolsProtocol]] = {
    "fast": FastProtocol,
    "replayed": ReplayingProtocol,
    "plain": HttpToolsProtocol,
}
