"""Answers that are still being made when their request is in the journal: by a function of a test's."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from openai_mock_api.errors import ApiError
from openai_mock_api.surfaces.errors import error_response, internal_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from openai_mock_api.http import Response
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply, Work

log = logging.getLogger("openai_mock_api.matching")


class Pending:
    """The making of one response. Awaited, it fills ``response`` in; what goes wrong becomes an error body.

    ``make`` makes what the response shall say. It is called when this is awaited: at once, and only once.
    """

    def __init__(self, response: Response, make: Callable[[], Awaitable[Response]]) -> None:
        self._response = response
        self._make = make
        self._after: Callable[[], None] | None = None

    def afterwards(self, note: Callable[[], None]) -> None:
        """Let ``note`` be called when the response is complete."""
        self._after = note

    def __await__(self) -> Generator[Any, Any, None]:
        return self._fill().__await__()

    async def _fill(self) -> None:
        try:
            made = await self._make()
        except ApiError as error:
            made = error_response(error)
        except Exception:
            log.exception("a reply could not be made")
            made = error_response(internal_error())
        self._response.become(made)
        if self._after is not None:
            self._after()


async def worked(work: Work, call: Call) -> Reply:
    """Let a function make a reply: in a thread of its own, or in this loop if it is async.

    Raises ``ApiError`` when the function raises anything, also what only ends a test.
    """
    try:
        made = (
            work.function(call) if inspect.iscoroutinefunction(work.function) else await threaded(work.function, call)
        )
        return work.reply(await made if inspect.isawaitable(made) else made)
    except BaseException as error:
        if _nobody_waits(error):
            raise
        raise work.fault(error) from error


def _nobody_waits(error: BaseException) -> bool:
    """Whether it is not the function that has raised an error, but who waited for it that has gone."""
    task = asyncio.current_task()
    cancelled = isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
    return cancelled or isinstance(error, GeneratorExit)


class _Outcome(NamedTuple):
    value: Any
    error: BaseException | None


async def threaded(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a thread of its own. It never keeps the server from stopping, nor the process from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Outcome] = loop.create_future()
    context = contextvars.copy_context()

    def settle(outcome: _Outcome) -> None:
        if not done.done():
            done.set_result(outcome)

    def run() -> None:
        outcome = _outcome(context.run, function, *arguments)
        with suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="openai-mock-api-reply", daemon=True).start()
    value, error = await done
    if error is not None:
        raise error
    return value


def _outcome(function: Callable[..., Any], *arguments: Any) -> _Outcome:
    try:
        return _Outcome(function(*arguments), None)
    except BaseException as error:  # to be raised where it is waited for
        return _Outcome(None, error)
