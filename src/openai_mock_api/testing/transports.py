"""Transports: clients of httpx2 and httpx reach the mock in their own process, without a socket.

A request goes straight to the app. What its answer waits for is awaited in the client's event loop, or for a blocking
client in the background.
"""

from __future__ import annotations

import importlib
import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import unquote

from openai_mock_api.http import Request
from openai_mock_api.lazy import Lazy
from openai_mock_api.server.adapters.sending import CutError
from openai_mock_api.testing.background import BACKGROUND
from openai_mock_api.testing.passage import LateError, Passage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

    import httpx2

    from openai_mock_api.server.adapters.core import Core

    #: The libraries whose clients can be given a transport.
    Library = Literal["httpx2", "httpx"]

T = TypeVar("T")

metadata = Lazy("importlib.metadata")


class _Transport:
    """What both kinds of transports have: the mock and the library."""

    def __init__(self, core: Core, library: ModuleType) -> None:
        self._core = core
        self._library = library

    def _passage(self, request: httpx2.Request, body: bytes) -> Passage:
        path, _, query = request.url.raw_path.decode("latin-1").partition("?")
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        return Passage(
            self._core,
            Request(request.method, unquote(path), headers, body, query),
            request.extensions.get("timeout", {}).get("read"),
        )

    def _response(self, passage: Passage, body: _Body) -> httpx2.Response:
        """Hand over an answer of which status and headers have come."""
        response = self._library.Response(passage.response.status, headers=passage.head(), stream=body)
        return cast("httpx2.Response", response)


class BlockingTransport(_Transport):
    """A transport for a ``Client``."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request: status and headers at once or when they are due, then the body piece by piece."""
        passage = self._passage(request, request.read())
        if passage.waits:
            with _waiting(passage, self._library):
                BACKGROUND.run(passage.begin())
        body = _joined(_BlockingBody, self._library.SyncByteStream)
        return self._response(passage, body(passage, self._library))


class AsyncTransport(_Transport):
    """A transport for an ``AsyncClient``."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request as ``BlockingTransport`` does."""
        passage = self._passage(request, await request.aread())
        if passage.waits:
            with _waiting(passage, self._library):
                await passage.begin()
        body = _joined(_AsyncBody, self._library.AsyncByteStream)
        return self._response(passage, body(passage, self._library))


class _Body:
    """The body of one answer, which leaves as the client reads it. Reading again goes on where reading ended."""

    def __init__(self, passage: Passage, library: ModuleType) -> None:
        self._passage = passage
        self._library = library
        self._pieces = passage.pieces()


class _BlockingBody(_Body):
    def __iter__(self) -> Iterator[bytes]:
        for delay, piece in self._pieces:
            if self._passage.waits:
                with _waiting(self._passage, self._library):
                    BACKGROUND.run(self._passage.turn(delay))
            yield self._passage.took(piece)

    def close(self) -> None:
        self._passage.leave()


class _AsyncBody(_Body):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for delay, piece in self._pieces:
            if self._passage.waits:
                with _waiting(self._passage, self._library):
                    await self._passage.turn(delay)
            yield self._passage.took(piece)

    async def aclose(self) -> None:
        self._passage.leave()


@contextmanager
def _waiting(passage: Passage, library: ModuleType) -> Iterator[None]:
    """Raise the library's own errors, of whose request its client knows. Who waits no longer has hung up."""
    try:
        yield
    except CutError:
        raise library.RemoteProtocolError(passage.lose()) from None
    except LateError as error:
        passage.leave()
        raise library.ReadTimeout(f"The read operation timed out: {error}") from None
    except BaseException:
        passage.leave()
        raise


@cache
def _joined(behaviour: type[T], kind: type) -> Callable[..., T]:
    """Make a class of ours one of the library's, too."""
    return type(behaviour.__name__, (behaviour, kind), {"__doc__": behaviour.__doc__})


def transport(core: Core, name: Library | None = None) -> Any:
    """Make a transport for blocking clients. Raises as ``library`` does."""
    module = library(name)
    return _joined(BlockingTransport, module.BaseTransport)(core, module)


def async_transport(core: Core, name: Library | None = None) -> Any:
    """Make a transport for asynchronous clients. Raises as ``library`` does."""
    module = library(name)
    return _joined(AsyncTransport, module.AsyncBaseTransport)(core, module)


def library(name: Library | None) -> ModuleType:
    """Load the library of a client, by default the one that the installed SDK uses.

    Raises ``ValueError`` for one that has no such transports, ``ModuleNotFoundError`` when it is not installed.
    """
    name = name or _usual()
    if name not in ("httpx2", "httpx"):
        raise ValueError(f"expected library 'httpx2' or 'httpx', got {name!r}")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"a transport needs {name}; install it: pip install {name}", name=name) from None


def _usual() -> Library:
    """Name the library that the SDK of this environment wants; httpx2, what it has used since 3.0, without one."""
    try:
        wanted = metadata.requires("openai") or []
    except metadata.PackageNotFoundError:
        wanted = []
    return "httpx" if any(re.match(r"httpx(?![\w-])", requirement) for requirement in wanted) else "httpx2"
