"""Verbs that are written once, for blocking and for asynchronous clients.

The body of a verb is a *plan*: a generator that yields what shall be done, a request or a pause, and gets the answer. A
client carries plans out, and only in that do the two kinds differ.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, NamedTuple, ParamSpec, Self, TypeVar, overload

import msgspec

from openai_mock_api.admin_client.connection import Ask
from openai_mock_api.clock import seconds_of
from openai_mock_api.errors import AdminError, ServerError

if TYPE_CHECKING:
    from datetime import timedelta

    from openai_mock_api.admin_client.connection import Answer, Connection

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds between two looks at what is waited for.
PAUSE: Final = 0.01


class Pause(NamedTuple):
    """Wait so many seconds."""

    seconds: float


Plan = Generator[Ask | Pause, Any, T]


class Speaker:
    """Who asks a server about what stands below ``base``: nothing for the main room, ``/ns/name`` for a namespace."""

    def __init__(self, connection: Connection, base: str = "") -> None:
        self._connection = connection
        self._base = base

    def _ask(self, kind: type[T], method: str, path: str, said: Any = None) -> Plan[T]:
        """Send a request, with ``said`` as YAML if it is text and else as JSON; decode the answer as ``kind``.

        Raises ``AdminError`` when it is refused, and ``ServerError`` when nobody answers.
        """
        body = None if said is None else said.encode() if isinstance(said, str) else msgspec.json.encode(said)
        answer: Answer = yield Ask(method, f"{self._base}/_mock{path}", body)
        if answer.status >= 400:
            raise _refused(answer)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.DecodeError as error:
            raise ServerError(f"no mock server answers at {self._connection.url}: {error}") from error


class Blocking(Speaker):
    """Who carries plans out in the thread that asks."""

    def _do(self, verb: Callable[..., Plan[T]], *args: Any, **kwargs: Any) -> T:
        plan = verb(self, *args, **kwargs)
        try:
            step = next(plan)
            while True:
                step = plan.send(self._take(step))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _take(self, step: Ask | Pause) -> Answer | None:
        if isinstance(step, Ask):
            return self._connection.send(step)
        time.sleep(step.seconds)
        return None


class Awaiting(Speaker):
    """Who carries plans out without holding up the event loop: requests are sent in threads."""

    async def _do(self, verb: Callable[..., Plan[T]], *args: Any, **kwargs: Any) -> T:
        plan = verb(self, *args, **kwargs)
        try:
            step = next(plan)
            while True:
                step = plan.send(await self._take(step))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _take(self, step: Ask | Pause) -> Answer | None:
        if isinstance(step, Ask):
            return await asyncio.to_thread(self._connection.send, step)
        await asyncio.sleep(step.seconds)
        return None


class Verb(Generic[P, T]):
    """A method whose body is a plan: a function in a blocking client, one to be awaited in an asynchronous one."""

    def __init__(self, plan: Callable[Concatenate[Any, P], Plan[T]]) -> None:
        self._plan = plan
        self.__doc__ = plan.__doc__

    @overload
    def __get__(self, speaker: None, owner: type) -> Self: ...
    @overload
    def __get__(self, speaker: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, speaker: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, speaker: Blocking | Awaiting | None, owner: type) -> Any:
        if speaker is None:
            return self
        done: partial[Any] = partial(speaker._do, self._plan)  # noqa: SLF001 - of this module
        return update_wrapper(done, self._plan.__get__(speaker, owner))


class View(Generic[T]):
    """The same for a property: its value in a blocking client, to be awaited in an asynchronous one."""

    def __init__(self, plan: Callable[[Any], Plan[T]]) -> None:
        self._plan = plan
        self.__doc__ = plan.__doc__

    @overload
    def __get__(self, speaker: None, owner: type) -> Self: ...
    @overload
    def __get__(self, speaker: Blocking, owner: type) -> T: ...
    @overload
    def __get__(self, speaker: Awaiting, owner: type) -> Coroutine[Any, Any, T]: ...

    def __get__(self, speaker: Blocking | Awaiting | None, owner: type) -> Any:
        return self if speaker is None else speaker._do(self._plan)  # noqa: SLF001 - of this module


class BlockingContext(Blocking):
    """What is closed in the end of a ``with`` block."""

    close: Verb[[], None]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AwaitingContext(Awaiting):
    """What is closed in the end of an ``async with`` block."""

    close: Verb[[], None]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def awaited(look: Callable[[], Plan[T | None]], timeout: float | str | timedelta) -> Plan[T | None]:
    """Look again and again until there is something, or the time is over."""
    end = time.monotonic() + seconds_of(timeout)
    while (found := (yield from look())) is None and time.monotonic() < end:
        yield Pause(PAUSE)
    return found


def _refused(answer: Answer) -> AdminError:
    try:
        said = msgspec.json.decode(answer.body)["error"]
        return AdminError(answer.status, said["message"], said["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return AdminError(answer.status, f"the server answered {answer.status} {answer.reason}", None)
