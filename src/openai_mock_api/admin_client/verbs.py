"""What a test does with a server in another process, or with one of its namespaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import quote, urlencode

from openai_mock_api.admin_client.gates import PATIENCE
from openai_mock_api.admin_client.plans import Plan, Speaker, Verb, View, awaited
from openai_mock_api.clock import seconds_of
from openai_mock_api.server.admin.shapes import Done, GateState, Hold, NamespaceState, Open, Recorded, Requests
from openai_mock_api.server.admin.visit import Responses

if TYPE_CHECKING:
    from datetime import timedelta

    from openai_mock_api.admin_client.connection import Connection

#: Responses as a configuration writes them: one, a list of them, or YAML text.
Written = Mapping[str, Any] | Sequence[Mapping[str, Any]] | str

GateT = TypeVar("GateT")
NamespaceT = TypeVar("NamespaceT")

#: More requests than a journal holds.
_ALL: Final = 1 << 40


class ClientVerbs(Speaker, Generic[GateT, NamespaceT]):
    """The verbs of ``MockServer`` that have a meaning from afar."""

    @property
    def url(self) -> str:
        """Where the server is: ``http://127.0.0.1:3000``."""
        return self._connection.url + self._base

    @property
    def base_url(self) -> str:
        """What an SDK wants: ``http://127.0.0.1:3000/v1``."""
        return f"{self.url}/v1"

    # -- what happened

    @View
    def requests(self) -> Plan[list[Recorded]]:
        """The requests that the journal keeps, with their answers, oldest first."""
        return self._found({})

    @View
    def last_request(self) -> Plan[Recorded | None]:
        """The newest request, None when there was none."""
        return self._newest({})

    @Verb
    def find_requests(self, /, **query: Any) -> Plan[list[Recorded]]:
        """Return the requests for which all of ``query`` holds, oldest first.

        ``path`` and ``model`` are glob patterns; ``method``, ``status``, ``matched`` (the id of a response), ``missed``
        and ``hung_up`` are compared; ``limit`` takes the newest.
        """
        return self._found(query)

    @Verb
    def wait_for_request(self, /, timeout: float | str | timedelta = PATIENCE, **query: Any) -> Plan[Recorded]:
        """Wait until there is a request for which all of ``query`` holds, and return the newest of them.

        Raises ``TimeoutError``.
        """
        found = yield from awaited(lambda: self._newest(query), timeout)
        if found is None:
            raise TimeoutError(f"no request like {query or 'any'} came within {seconds_of(timeout):g} s")
        return found

    @View
    def misses(self) -> Plan[list[Recorded]]:
        """The requests that got an error because nothing matched; their ``report`` says what came nearest."""
        return self._missed()

    @View
    def unused(self) -> Plan[list[str]]:
        """Ids of the responses that have answered nothing, as far as the journal reaches."""
        return self._unused()

    @Verb
    def assert_no_misses(self) -> Plan[None]:
        """Fail with the reports if a request got an error because nothing matched."""
        misses = yield from self._missed()
        if misses:
            raise AssertionError("\n\n".join(f"{miss.method} {miss.path}: {miss.report}" for miss in misses))

    @Verb
    def assert_all_used(self) -> Plan[None]:
        """Fail if there is a response that has answered nothing."""
        unused = yield from self._unused()
        if unused:
            raise AssertionError(f"responses that have answered nothing: {', '.join(unused)}")

    @Verb
    def clear_requests(self) -> Plan[None]:
        """Forget the requests, and nothing else."""
        yield from self._ask(Done, "DELETE", "/requests")

    @Verb
    def reset(self) -> Plan[None]:
        """Forget what happened, and what was added to the script."""
        yield from self._ask(Done, "POST", "/reset")

    # -- the script

    @View
    def responses(self) -> Plan[list[dict[str, Any]]]:
        """The responses of the script, as a configuration writes them."""
        return (yield from self._ask(Responses, "GET", "/responses")).responses

    @Verb
    def add_responses(self, responses: Written) -> Plan[None]:
        """Add responses: one, a list, or YAML text. They win over older ones that fit as well."""
        yield from self._ask(Responses, "POST", "/responses", responses)

    @Verb
    def replace_responses(self, responses: Written) -> Plan[None]:
        """Put responses in the place of all that there are."""
        yield from self._ask(Responses, "PUT", "/responses", responses)

    @Verb
    def replace_response(self, response: Mapping[str, Any]) -> Plan[None]:
        """Put a response in the place of the one that has its ``id``."""
        yield from self._ask(dict[str, Any], "PUT", _place(response["id"]), response)

    @Verb
    def remove_response(self, response: str) -> Plan[None]:
        """Remove the response of this id."""
        yield from self._ask(Responses, "DELETE", _place(response))

    # -- gates and namespaces

    @Verb
    def hold(self, *responses: str, timeout: float | str | timedelta = 30.0) -> Plan[GateT]:
        """Keep the answers of these responses back, all if none is named. ``timeout`` is the longest for each."""
        hold = Hold(responses=list(responses), timeout=seconds_of(timeout))
        return self._gate((yield from self._ask(GateState, "POST", "/gates", hold)))

    @Verb
    def namespace(self, name: str | None = None, *, config: Mapping[str, Any] | str | None = None) -> Plan[NamespaceT]:
        """Open a namespace, with what the server was configured with or with ``config``: a mapping or YAML text."""
        wanted = Open(name=name, config=config if config is None or isinstance(config, str) else dict(config))
        return self._namespace((yield from self._ask(NamespaceState, "POST", "/namespaces", wanted)))

    def _gate(self, state: GateState) -> GateT:
        """Make a gate of the client's own kind."""
        raise NotImplementedError

    def _namespace(self, state: NamespaceState) -> NamespaceT:
        """Make a namespace of the client's own kind."""
        raise NotImplementedError

    def _found(self, query: Mapping[str, Any]) -> Plan[list[Recorded]]:
        said = urlencode({"limit": _ALL, **{key: _spelled(value) for key, value in query.items()}})
        return (yield from self._ask(Requests, "GET", f"/requests?{said}")).requests

    def _newest(self, query: Mapping[str, Any]) -> Plan[Recorded | None]:
        newest = yield from self._found({**query, "limit": 1})
        return newest[-1] if newest else None

    def _missed(self) -> Plan[list[Recorded]]:
        return (yield from self._ask(Requests, "GET", "/misses")).requests

    def _unused(self) -> Plan[list[str]]:
        return [written["id"] for written in (yield from self._ask(Responses, "GET", "/unused")).responses]


class NamespaceVerbs(Speaker):
    """What a namespace has besides. ``server`` is the way to what it belongs to."""

    def __init__(self, connection: Connection, above: str, state: NamespaceState) -> None:
        Speaker.__init__(self, connection, above + state.path)
        self._server = Speaker(connection, above)
        self._path = f"/namespaces/{state.name}"
        self.name = state.name
        self.api_key = state.key

    @View
    def late(self) -> Plan[list[Recorded]]:
        """The requests that came after it was closed."""
        return (yield from self._state()).late

    @Verb
    def close(self) -> Plan[None]:
        """Answer no more requests. Does nothing when it is closed already."""
        if (yield from self._state()).open:
            yield from self._server._ask(NamespaceState, "DELETE", self._path)  # noqa: SLF001 - of its own kind

    def _state(self) -> Plan[NamespaceState]:
        return self._server._ask(NamespaceState, "GET", self._path)  # noqa: SLF001 - of its own kind


def _place(id_: str) -> str:
    return f"/responses/{quote(id_)}"


def _spelled(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
