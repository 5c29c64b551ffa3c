from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.testing.background import Background
from tests.serving import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.stop()


async def where() -> threading.Thread:
    await asyncio.sleep(0)
    return threading.current_thread()


def test_work_is_done_in_one_other_thread(background: Background) -> None:
    first, second = background.run(where()), background.run(where())
    assert first is second is not threading.current_thread()
    assert first.daemon


def test_errors_come_up_where_the_work_is_waited_for(background: Background) -> None:
    async def fail() -> None:
        raise KeyError("a")

    with pytest.raises(KeyError):
        background.run(fail())


def test_several_threads_wait_at_once(background: Background) -> None:
    barrier = asyncio.Barrier(2)
    met: list[int] = []

    async def meet() -> None:
        met.append(await barrier.wait())

    other = threading.Thread(target=lambda: background.run(meet()))
    other.start()
    background.run(meet())
    other.join()
    assert sorted(met) == [0, 1]


def test_stopping_cancels_what_is_under_way(background: Background) -> None:
    begun, seen = threading.Event(), []

    async def wait() -> None:
        begun.set()
        await asyncio.Event().wait()

    def work() -> None:
        try:
            background.run(wait())
        except BaseException as error:
            seen.append(type(error).__name__)

    other = threading.Thread(target=work)
    other.start()
    begun.wait()
    background.stop()
    other.join()
    assert seen == ["CancelledError"]


def test_it_begins_again_after_it_was_stopped(background: Background) -> None:
    first = background.run(where())
    background.stop()
    background.stop()
    assert not first.is_alive()
    assert background.run(where()).is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_it_begins_again_in_a_forked_process() -> None:
    code = """
import asyncio, os
from openai_mock_api.testing.background import BACKGROUND
async def work(): return 3
assert BACKGROUND.run(work()) == 3
child = os.fork()
if child == 0:
    os._exit(BACKGROUND.run(work()))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    # Newer Pythons warn of every fork of a process with threads, whatever it does afterwards.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_process_ends_while_a_client_waits() -> None:
    code = """
import httpx2, threading
from openai_mock_api import MockServer
mock = MockServer({"responses": [{"id": "a", "messages": [
    {"role": "user", "matcher": "any"}, {"role": "assistant", "content": "Hi", "delay": 3600}]}]})
http = httpx2.Client(transport=mock.transport(), timeout=None)
body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
headers = {"authorization": f"Bearer {mock.api_key}"}
ask = lambda: http.post("http://mock/v1/chat/completions", json=body, headers=headers)
threading.Thread(target=ask, daemon=True).start()
while not mock.requests: pass
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0


def test_the_loop_is_closed_in_the_end(background: Background) -> None:
    background.run(where())
    loop = background._loop
    background.stop()
    eventually(loop.is_closed)
