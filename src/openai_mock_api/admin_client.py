"""The verbs of a mock server for tests in another process: a client of its admin routes."""

from __future__ import annotations

import time
import warnings
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import msgspec

from openai_mock_api.clock import seconds_of
from openai_mock_api.errors import AdminError, ServerError
from openai_mock_api.server.admin.shapes import (
    Advance,
    Cancelled,
    Done,
    Freeze,
    GateState,
    Hold,
    NamespaceState,
    Open,
    Recorded,
    Release,
    ReleaseChunks,
    Requests,
    Scale,
    Time,
)
from openai_mock_api.server.admin.visit import Responses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    #: Responses as a configuration writes them: one, a list of them, or YAML text.
    Written = Mapping[str, Any] | Sequence[Mapping[str, Any]] | str

T = TypeVar("T")

#: Seconds that the server gets to answer, and between two looks at what is waited for.
PATIENCE: Final = 10.0
PAUSE: Final = 0.01

#: More requests than a journal holds.
_ALL: Final = 1 << 40


class _Connection:
    """Sends admin requests to a server, or to one of its namespaces. No proxy is asked."""

    def __init__(self, url: str, admin_key: str | None, timeout: float) -> None:
        self.url = url.rstrip("/").removesuffix("/v1")
        self._headers = {} if admin_key is None else {"x-mock-admin-key": admin_key}
        self._timeout = timeout
        self._opener = build_opener(ProxyHandler({}))

    def at(self, path: str) -> _Connection:
        """Return the way to what stands below ``path``."""
        below = _Connection(self.url + path, None, self._timeout)
        below._headers = self._headers
        return below

    def ask(self, kind: type[T], method: str, path: str, said: Any = None) -> T:
        """Send a request, with ``said`` as YAML if it is text and else as JSON; decode the answer as ``kind``.

        Raises ``AdminError`` when it is refused, and ``ServerError`` when nobody answers.
        """
        body = None if said is None else said.encode() if isinstance(said, str) else msgspec.json.encode(said)
        request = Request(f"{self.url}/_mock{path}", body, self._headers, method=method)  # noqa: S310 - the user's own URL
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return msgspec.json.decode(response.read(), type=kind)
        except HTTPError as error:
            with error:
                raise _refused(error) from None
        except (OSError, HTTPException, msgspec.DecodeError) as error:
            raise ServerError(f"no mock server answers at {self.url}: {error}") from error


def _refused(error: HTTPError) -> AdminError:
    try:
        said = msgspec.json.decode(error.read())["error"]
        return AdminError(error.code, said["message"], said["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return AdminError(error.code, f"the server answered {error.code} {error.reason}", None)


def _awaited(look: Callable[[], T | None], timeout: float | str | timedelta) -> T | None:
    """Look again and again until there is something, or the time is over."""
    end = time.monotonic() + seconds_of(timeout)
    while (found := look()) is None and time.monotonic() < end:
        time.sleep(PAUSE)
    return found


class AdminClock:
    """The clock of a server in another process, which all its namespaces share."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._connection.ask(Time, "GET", "/clock").now

    def freeze(self, at: datetime | float | None = None) -> None:
        """Stop the time, where it is or ``at`` a moment."""
        moment = at.timestamp() if isinstance(at, datetime) else at
        self._connection.ask(Time, "POST", "/clock/freeze", Freeze(at=moment))

    def advance(self, duration: float | str | timedelta) -> None:
        """Move the time forward. Raises ``AdminError`` for what is no duration."""
        by = duration.total_seconds() if isinstance(duration, timedelta) else duration
        self._connection.ask(Time, "POST", "/clock/advance", Advance(by=by))

    def scale(self, factor: float) -> None:
        """Let everything take ``factor`` times as long. Raises ``AdminError`` unless it is more than 0."""
        self._connection.ask(Time, "POST", "/clock/scale", Scale(factor=factor))

    def resume(self) -> None:
        """Let the time run at its own pace, from where it is."""
        self._connection.ask(Time, "POST", "/clock/resume")

    def reset(self) -> None:
        """Show the system's time again."""
        self._connection.ask(Time, "POST", "/clock/reset")


class AdminGate:
    """A gate in another process. ``AdminClient.hold`` makes it; as a context manager it opens in the end."""

    def __init__(self, connection: _Connection, state: GateState) -> None:
        self._connection = connection
        self._path = f"/gates/{state.id}"
        self._told = 0

    @property
    def held(self) -> list[Recorded]:
        """The requests whose answers are kept back now, oldest first."""
        return [self._request(id_) for id_ in self._state().held]

    @property
    def cancelled(self) -> Cancelled | None:
        """The last client that has hung up while its answer was kept back."""
        cancelled = self._state().cancelled
        return cancelled[-1] if cancelled else None

    def wait(self, timeout: float | str | timedelta = PATIENCE) -> Recorded:
        """Wait until a request has come whose answer is kept back, and return it; the next time, the next.

        Raises ``TimeoutError``.
        """
        id_ = _awaited(self._newcomer, timeout)
        if id_ is None:
            raise TimeoutError(f"no request came to the gate within {seconds_of(timeout):g} s")
        return self._request(id_)

    def wait_cancelled(self, timeout: float | str | timedelta = PATIENCE) -> Cancelled:
        """Wait until a client has hung up while its answer was kept back. Raises ``TimeoutError``."""
        left = _awaited(lambda: self.cancelled, timeout)
        if left is None:
            raise TimeoutError(f"no client hung up at the gate within {seconds_of(timeout):g} s")
        return left

    def release(self, count: int | None = None) -> None:
        """Let all answers go, and keep none back from now on; with ``count``, only so many: the oldest first."""
        self._do("release", Release(count=count))

    def release_chunks(self, count: int) -> None:
        """Let so many more events of each stream go that is kept back."""
        self._do("release_chunks", ReleaseChunks(count=count))

    def disconnect(self) -> None:
        """Cut the connections of all answers that are kept back."""
        self._do("disconnect", None)

    def close(self) -> None:
        """Let all answers go, and be a gate no more. Does nothing when it is closed already.

        Warns (``UserWarning``) when an answer was kept back too long.
        """
        expired = self._end()
        if expired:
            warnings.warn(
                f"The gate let {len(expired)} answers go by itself: nobody released them in time. Call release(), or "
                "leave the gate's `with` block.",
                stacklevel=2,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self) -> list[str]:
        try:
            return self._connection.ask(GateState, "DELETE", self._path).expired
        except AdminError as error:
            if error.status != 404:  # it is closed already
                raise
            return []

    def _state(self) -> GateState:
        return self._connection.ask(GateState, "GET", self._path)

    def _do(self, verb: str, said: Any) -> None:
        self._connection.ask(GateState, "POST", f"{self._path}/{verb}", said)

    def _request(self, id_: str) -> Recorded:
        return self._connection.ask(Recorded, "GET", f"/requests/{id_}")

    def _newcomer(self) -> str | None:
        came = self._state().came
        if len(came) == self._told:
            return None
        self._told += 1
        return came[self._told - 1]


class AdminClient:
    """What a test does with a mock server in another process, by the verbs of ``MockServer``.

    ``url`` is the server's (``http://127.0.0.1:3000``, with or without ``/v1``) or that of a namespace. ``admin_key``
    is needed from another machine. ``timeout`` are the seconds that the server gets to answer. May be used from every
    thread; in async code call it by ``asyncio.to_thread``.

    Every method raises ``AdminError`` when the server refuses, and ``ServerError`` when none answers.
    """

    def __init__(self, url: str, *, admin_key: str | None = None, timeout: float = PATIENCE) -> None:
        self._connection = _Connection(url, admin_key, timeout)

    @property
    def url(self) -> str:
        """Where the server is: ``http://127.0.0.1:3000``."""
        return self._connection.url

    @property
    def base_url(self) -> str:
        """What an SDK wants: ``http://127.0.0.1:3000/v1``."""
        return f"{self.url}/v1"

    # -- what happened

    @property
    def requests(self) -> list[Recorded]:
        """The requests that the journal keeps, with their answers, oldest first."""
        return self.find_requests()

    @property
    def last_request(self) -> Recorded | None:
        """The newest request, None when there was none."""
        newest = self.find_requests(limit=1)
        return newest[-1] if newest else None

    def find_requests(self, **query: Any) -> list[Recorded]:
        """Return the requests for which all of ``query`` holds, oldest first.

        ``path`` and ``model`` are glob patterns; ``method``, ``status``, ``matched`` (the id of a response), ``missed``
        and ``hung_up`` are compared; ``limit`` takes the newest.
        """
        said = urlencode({"limit": _ALL, **{key: _spelled(value) for key, value in query.items()}})
        return self._connection.ask(Requests, "GET", f"/requests?{said}").requests

    def wait_for_request(self, timeout: float | str | timedelta = PATIENCE, **query: Any) -> Recorded:
        """Wait until there is a request for which all of ``query`` holds, and return the newest of them.

        Raises ``TimeoutError``.
        """
        found = _awaited(lambda: self.find_requests(**query, limit=1) or None, timeout)
        if found is None:
            raise TimeoutError(f"no request like {query or 'any'} came within {seconds_of(timeout):g} s")
        return found[0]

    @property
    def misses(self) -> list[Recorded]:
        """The requests that got an error because nothing matched; their ``report`` says what came nearest."""
        return self._connection.ask(Requests, "GET", "/misses").requests

    @property
    def unused(self) -> list[str]:
        """Ids of the responses that have answered nothing, as far as the journal reaches."""
        return [written["id"] for written in self._connection.ask(Responses, "GET", "/unused").responses]

    def assert_no_misses(self) -> None:
        """Fail with the reports if a request got an error because nothing matched."""
        misses = self.misses
        if misses:
            raise AssertionError("\n\n".join(f"{miss.method} {miss.path}: {miss.report}" for miss in misses))

    def assert_all_used(self) -> None:
        """Fail if there is a response that has answered nothing."""
        unused = self.unused
        if unused:
            raise AssertionError(f"responses that have answered nothing: {', '.join(unused)}")

    def clear_requests(self) -> None:
        """Forget the requests, and nothing else."""
        self._connection.ask(Done, "DELETE", "/requests")

    def reset(self) -> None:
        """Forget what happened, and what was added to the script."""
        self._connection.ask(Done, "POST", "/reset")

    # -- the script

    @property
    def responses(self) -> list[dict[str, Any]]:
        """The responses of the script, as a configuration writes them."""
        return self._connection.ask(Responses, "GET", "/responses").responses

    def add_responses(self, responses: Written) -> None:
        """Add responses: one, a list, or YAML text. They win over older ones that fit as well."""
        self._connection.ask(Responses, "POST", "/responses", responses)

    def replace_responses(self, responses: Written) -> None:
        """Put responses in the place of all that there are."""
        self._connection.ask(Responses, "PUT", "/responses", responses)

    def replace_response(self, response: Mapping[str, Any]) -> None:
        """Put a response in the place of the one that has its ``id``."""
        self._connection.ask(dict[str, Any], "PUT", _response(response["id"]), response)

    def remove_response(self, response: str) -> None:
        """Remove the response of this id."""
        self._connection.ask(Responses, "DELETE", _response(response))

    # -- time, gates, namespaces

    @property
    def clock(self) -> AdminClock:
        """The time that everything in the server goes by."""
        return AdminClock(self._connection)

    def hold(self, *responses: str, timeout: float | str | timedelta = 30.0) -> AdminGate:
        """Keep the answers of these responses back, all if none is named. ``timeout`` is the longest for each."""
        hold = Hold(responses=list(responses), timeout=seconds_of(timeout))
        return AdminGate(self._connection, self._connection.ask(GateState, "POST", "/gates", hold))

    def namespace(self, name: str | None = None, *, config: Mapping[str, Any] | str | None = None) -> AdminNamespace:
        """Open a namespace, with what the server was configured with or with ``config``: a mapping or YAML text."""
        wanted = Open(name=name, config=config if config is None or isinstance(config, str) else dict(config))
        return AdminNamespace(self._connection, self._connection.ask(NamespaceState, "POST", "/namespaces", wanted))


class AdminNamespace(AdminClient):
    """A namespace in another process. ``AdminClient.namespace`` opens it; as a context manager it is closed."""

    def __init__(self, server: _Connection, state: NamespaceState) -> None:
        self._server = server
        self._connection = server.at(state.path)
        self._path = f"/namespaces/{state.name}"
        self.name = state.name
        self.api_key = state.key

    @property
    def late(self) -> list[Recorded]:
        """The requests that came after it was closed."""
        return self._state().late

    def close(self) -> None:
        """Answer no more requests. Does nothing when it is closed already."""
        if self._state().open:
            self._server.ask(NamespaceState, "DELETE", self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _state(self) -> NamespaceState:
        return self._server.ask(NamespaceState, "GET", self._path)


def _response(id_: str) -> str:
    return f"/responses/{quote(id_)}"


def _spelled(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
