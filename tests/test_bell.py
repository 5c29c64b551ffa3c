from __future__ import annotations

import asyncio
import threading

import pytest

from openai_mock_api.bell import Bell


class Box:
    """Something that another thread fills."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.looked = threading.Event()
        self.content: str | None = None

    def look(self) -> str | None:
        self.looked.set()
        return self.content

    def fill(self, content: str) -> None:
        self.content = content
        self.bell.ring()

    def fill_when_somebody_waits(self, content: str) -> threading.Thread:
        def fill() -> None:
            self.looked.wait(10)
            self.fill(content)

        thread = threading.Thread(target=fill)
        thread.start()
        return thread


def test_what_is_there_is_found_at_once() -> None:
    box = Box()
    box.fill("apple")
    assert box.bell.wait_for(box.look, 0) == "apple"


def test_a_thread_is_woken() -> None:
    box = Box()
    thread = box.fill_when_somebody_waits("apple")
    assert box.bell.wait_for(box.look, 10) == "apple"
    thread.join()


def test_who_waits_also_looks_by_itself() -> None:
    found = iter([None, None, "apple"])
    assert Bell().wait_for(lambda: next(found), 10) == "apple"


async def test_who_waits_in_a_loop_also_looks_by_itself() -> None:
    found = iter([None, None, "apple"])
    assert await Bell().wait_for_async(lambda: next(found), 10) == "apple"


def test_a_thread_waits_no_longer_than_it_said() -> None:
    assert Box().bell.wait_for(lambda: None, 0.01) is None


async def test_a_loop_goes_on_while_somebody_waits() -> None:
    box = Box()
    waiting = asyncio.create_task(box.bell.wait_for_async(box.look, 10))
    await asyncio.sleep(0)
    assert box.looked.is_set()
    box.bell.ring()  # nothing has changed
    await asyncio.sleep(0)
    box.fill("apple")
    assert await waiting == "apple"


async def test_a_loop_is_woken_by_a_thread() -> None:
    box = Box()
    thread = box.fill_when_somebody_waits("apple")
    assert await box.bell.wait_for_async(box.look, 10) == "apple"
    thread.join()


async def test_a_coroutine_waits_no_longer_than_it_said() -> None:
    box = Box()
    assert await box.bell.wait_for_async(box.look, 0.01) is None
    assert box.bell._ringers == []


async def test_who_was_cancelled_is_rung_no_more() -> None:
    box = Box()
    waiting = asyncio.create_task(box.bell.wait_for_async(box.look, 10))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert box.bell._ringers == []


def test_a_loop_that_has_closed_does_not_stop_the_others() -> None:
    box = Box()
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(box.bell.wait_for_async(box.look, 10))
    loop.run_until_complete(asyncio.sleep(0))
    waiting.cancel()
    ringers = list(box.bell._ringers)
    loop.run_until_complete(asyncio.gather(waiting, return_exceptions=True))
    loop.close()
    box.bell._ringers += ringers
    thread = box.fill_when_somebody_waits("apple")
    assert box.bell.wait_for(box.look, 10) == "apple"
    thread.join()
