"""The clients of a server in another process: a blocking and an asynchronous one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.admin_client.clock import AdminClock, AsyncAdminClock
from openai_mock_api.admin_client.connection import Connection
from openai_mock_api.admin_client.gates import PATIENCE, AdminGate, AsyncAdminGate
from openai_mock_api.admin_client.plans import Awaiting, AwaitingContext, Blocking, BlockingContext
from openai_mock_api.admin_client.verbs import ClientVerbs, NamespaceVerbs
from openai_mock_api.config.arguments import checked

if TYPE_CHECKING:
    from openai_mock_api.server.admin.shapes import GateState, NamespaceState


class AdminClient(ClientVerbs[AdminGate, "AdminNamespace"], Blocking):
    """What a test does with a mock server in another process, by the verbs of ``MockServer``.

    ``url`` is the server's (``http://127.0.0.1:3000``, with or without ``/v1``) or that of a namespace. ``admin_key``
    is needed from another machine. ``timeout`` are the seconds that the server gets to answer. May be used from every
    thread.

    Every method raises ``AdminError`` when the server refuses, and ``ServerError`` when none answers.
    """

    @checked
    def __init__(self, url: str, *, admin_key: str | None = None, timeout: float = PATIENCE) -> None:
        super().__init__(Connection(url, admin_key, timeout))

    @property
    def clock(self) -> AdminClock:
        """The time that everything in the server goes by."""
        return AdminClock(self._connection, self._base)

    def _gate(self, state: GateState) -> AdminGate:
        return AdminGate(self._connection, self._base, state)

    def _namespace(self, state: NamespaceState) -> AdminNamespace:
        return AdminNamespace(self._connection, self._base, state)


class AdminNamespace(NamespaceVerbs, AdminClient, BlockingContext):
    """A namespace in another process. ``AdminClient.namespace`` opens it; as a context manager it is closed."""


class AsyncAdminClient(ClientVerbs[AsyncAdminGate, "AsyncAdminNamespace"], Awaiting):
    """``AdminClient`` for asynchronous tests: the same verbs, each to be awaited, properties too.

    ``await admin.reset()``, ``await admin.requests``, ``async with await admin.hold() as gate``. Only ``url``,
    ``base_url`` and ``clock`` are there at once. Requests are sent in threads, so it serves several event loops.
    """

    @checked
    def __init__(self, url: str, *, admin_key: str | None = None, timeout: float = PATIENCE) -> None:
        super().__init__(Connection(url, admin_key, timeout))

    @property
    def clock(self) -> AsyncAdminClock:
        """The time that everything in the server goes by."""
        return AsyncAdminClock(self._connection, self._base)

    def _gate(self, state: GateState) -> AsyncAdminGate:
        return AsyncAdminGate(self._connection, self._base, state)

    def _namespace(self, state: NamespaceState) -> AsyncAdminNamespace:
        return AsyncAdminNamespace(self._connection, self._base, state)


class AsyncAdminNamespace(NamespaceVerbs, AsyncAdminClient, AwaitingContext):
    """The same, to be awaited. ``AsyncAdminClient.namespace`` opens it."""
