"""Answers that a function of a test's makes, on both adapters."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from openai_mock_api.config.compiler import compile_script
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ApiError, ScriptError
from openai_mock_api.http import Response, Stream
from openai_mock_api.script.messages import Call, ToolCall
from openai_mock_api.script.pacing import Pacing
from openai_mock_api.script.replies import Failure, Reply, Work
from openai_mock_api.script.script import Script
from openai_mock_api.server.app import App
from openai_mock_api.server.pending import Pending, threaded, worked
from tests.adapters import ADAPTERS
from tests.serving import chat, eventually, flow, head, post, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_mock_api.script.flows import Flow, Step
    from tests.serving import Served

CALL = Call("chat", "gpt-4o", [])


def reply_of(made: Any) -> Reply:
    """Make a reply of what a test's function has returned: a reply, or anything as text."""
    return made if isinstance(made, Reply) else Reply(content=str(made))


def fault_of(error: BaseException) -> ApiError:
    return ApiError(400, f"the function failed: {error}", code="function_failed")


def work(function: Callable[[Call], Any]) -> Work:
    return Work(function, reply_of, fault_of)


def said(call: Call) -> str:
    return call.messages[-1].text.upper()


async def said_later(call: Call) -> str:
    await asyncio.sleep(0)
    return said(call)


def refuse(_: Call) -> str:
    raise ValueError("no such thing")


async def refuse_later(_: Call) -> str:
    raise ValueError("no such thing")


class Slow:
    """A function that takes until it is told to return."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.may_return = threading.Event()

    def __call__(self, _: Call) -> str:
        self.called.set()
        self.may_return.wait(10)
        return "at last"


class Never:
    """An async function that never returns, and knows how it ended."""

    def __init__(self) -> None:
        self.ended: list[type[BaseException]] = []
        self.called = threading.Event()

    async def __call__(self, _: Call) -> str:
        self.called.set()
        try:
            await asyncio.get_running_loop().create_future()
        except BaseException as error:
            self.ended.append(type(error))
            raise
        raise AssertionError


SLOW, NEVER = Slow(), Never()

FUNCTIONS: dict[str, Callable[[Call], Any]] = {
    "sync": said,
    "async": said_later,
    "object": lambda call: said_later(call),
    "refused": refuse,
    "refused later": refuse_later,
    "slow": lambda call: SLOW(call),
    "never": lambda call: NEVER(call),
    "error": lambda _: Reply(failure=Failure(status=429, type="requests", code="rate_limit_exceeded", message="no")),
    "tool": lambda _: Reply(tool_calls=(ToolCall("call_1", "get_weather", '{"city":"Paris"}'),)),
    "headers": lambda _: Reply(content="Hi", headers={"x-request-id": "mine", "x-a": "b"}),
    "no JSON": lambda _: Reply(content="{"),
    "paced": lambda _: Reply(content="one two three", pacing=Pacing(inter_token=0.001)),
    "delayed": lambda _: Reply(content="Hi", delay=0.01),
}


def with_functions(script: Script) -> Script:
    """Let functions make the replies of the flows that are called like them."""
    return Script(_with_function(f) for f in script.flows)


def _with_function(flow_: Flow) -> Flow:
    function = FUNCTIONS.get(flow_.id)
    if function is None:
        return flow_
    steps: list[Step] = list(flow_.steps)
    steps[-1] = replace(steps[-1], replies=(Reply(work=work(function)),))
    return replace(flow_, steps=tuple(steps))


def app() -> App:
    loaded = load_config({"responses": [flow(name, content="-") for name in (*FUNCTIONS, "plain")]})
    settings = Settings.loaded(loaded)
    return App(replace(settings, script=with_functions(compile_script(loaded.config))))


@pytest.fixture(scope="module", params=ADAPTERS)
def every(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(app(), request.param) as served:
        yield served


@pytest.fixture
def made(every: Served) -> Served:
    every.app.reset()
    SLOW.__init__()  # type: ignore[misc]
    NEVER.__init__()  # type: ignore[misc]
    return every


# -- over the wire


@pytest.mark.parametrize("name", ["sync", "async", "object"])
def test_a_function_answers(made: Served, name: str) -> None:
    answer = made.client().chat.completions.create(**chat(name))
    assert answer.choices[0].message.content == name.upper()
    eventually(lambda: made.last.finished)
    assert (made.last.status, made.last.matched, made.last.response.pending) == (200, name, None)
    assert made.last.response_json["choices"][0]["message"]["content"] == name.upper()
    assert made.last.response_headers["x-mock-response"] == name


@pytest.mark.parametrize("name", ["sync", "async", "paced"])
def test_a_function_answers_a_stream(made: Served, name: str) -> None:
    stream = made.client().chat.completions.create(**chat(name), stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert text == ("one two three" if name == "paced" else name.upper())
    eventually(lambda: made.last.finished)
    assert made.last.chunks_sent == len(made.last.events)


def test_its_answer_is_made_anew_each_time(made: Served) -> None:
    with made.wire() as wire:
        ids = {wire.ask(post(chat("sync"))).json["id"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("name", ["refused", "refused later"])
def test_what_it_raises_becomes_an_error_body(made: Served, name: str) -> None:
    with made.wire() as wire:
        answer = wire.ask(post(chat(name)))
        assert (answer.status, answer.error["code"]) == (400, "function_failed")
        assert answer.error["message"] == "the function failed: no such thing"
        assert answer.headers["x-mock-response"] == name
        assert wire.ask(post(chat("sync"))).status == 200
    assert (made.app.journal.exchanges()[0].status, made.app.journal.exchanges()[0].matched) == (400, name)


def test_it_may_answer_with_an_error(made: Served) -> None:
    with made.wire() as wire:
        answer = wire.ask(post(chat("error")))
    assert (answer.status, answer.error["code"]) == (429, "rate_limit_exceeded")


def test_it_may_call_tools_as_far_as_the_request_allows(made: Served) -> None:
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]
    with made.wire() as wire:
        answer = wire.ask(post(chat("tool", tools=tools)))
        assert answer.json["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
        answer = wire.ask(post(chat("tool", tools=tools, tool_choice="none")))
        assert answer.error["code"] == "script_error"


def test_it_may_contradict_the_request(made: Served) -> None:
    with made.wire() as wire:
        answer = wire.ask(post(chat("no JSON json", response_format={"type": "json_object"})))
        assert answer.status == 400
        wanted = chat("no JSON", response_format={"type": "json_object"})
        wanted["messages"].insert(0, {"role": "system", "content": "Answer in JSON."})
        answer = wire.ask(post(wanted))
    assert (answer.status, answer.error["code"]) == (400, "script_error")
    assert answer.headers["x-mock-response"] == "no JSON"


def test_its_headers_win(made: Served) -> None:
    with made.wire() as wire:
        answer = wire.ask(post(chat("headers")))
    assert (answer.headers["x-request-id"], answer.headers["x-a"]) == ("mine", "b")
    assert answer.raw.count(b"x-request-id") == 1


def test_it_may_be_delayed(made: Served) -> None:
    with made.wire() as wire:
        assert wire.ask(post(chat("delayed"))).status == 200


def test_the_exchange_is_there_before_the_answer(made: Served) -> None:
    with made.wire() as wire:
        wire.send(post(chat("slow")))
        SLOW.called.wait(10)
        assert (made.last.matched, made.last.finished, made.last.messages[0]["content"]) == ("slow", False, "slow")
        SLOW.may_return.set()
        assert wire.answer().json["choices"][0]["message"]["content"] == "at last"


def test_others_are_answered_meanwhile_and_those_behind_it_wait(made: Served) -> None:
    with made.wire() as wire, made.wire() as other:
        wire.send(post(chat("slow")) + post(chat("plain")) + head("GET", "/health"))
        SLOW.called.wait(10)
        assert other.ask(post(chat("plain"))).status == 200
        SLOW.may_return.set()
        texts = [wire.answer().json["choices"][0]["message"]["content"] for _ in range(2)]
        assert texts == ["at last", "-"]
        assert wire.answer().json["status"] == "ok"


def test_a_client_that_hangs_up_ends_an_async_function(made: Served) -> None:
    with made.wire() as wire:
        wire.send(post(chat("never")))
        NEVER.called.wait(10)
    eventually(lambda: made.last.hung_up)
    eventually(lambda: NEVER.ended == [asyncio.CancelledError])
    assert not made.last.finished


def test_a_client_that_hangs_up_does_not_wait_for_a_function(made: Served) -> None:
    with made.wire() as wire:
        wire.send(post(chat("slow")))
        SLOW.called.wait(10)
    eventually(lambda: made.last.hung_up)
    SLOW.may_return.set()


def test_a_last_request_is_answered_and_its_connection_closed(made: Served) -> None:
    with made.wire() as wire:
        answer = wire.ask(post(chat("async"), "connection: close"))
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert wire.rest() == b""


def test_a_gate_keeps_back_what_a_function_has_made(made: Served) -> None:
    with made.app.gates.hold("sync") as gate, made.wire() as wire:
        wire.send(post(chat("sync")))
        exchange = gate.wait()
        eventually(lambda: exchange.response.pending is None)
        assert not exchange.finished
        gate.release()
        assert wire.answer().status == 200


def test_a_gate_cuts_off_what_a_function_is_making(made: Served) -> None:
    with made.app.gates.hold("never") as gate, made.wire() as wire:
        wire.send(post(chat("never")))
        gate.wait()
        NEVER.called.wait(10)
        gate.release_chunks(1)
        gate.disconnect()
    eventually(lambda: NEVER.ended == [asyncio.CancelledError])


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_server_that_stops_waits_for_no_function(adapter: str) -> None:
    SLOW.__init__()  # type: ignore[misc]
    NEVER.__init__()  # type: ignore[misc]
    with serving(app(), adapter) as served, served.wire() as wire, served.wire() as other:
        wire.send(post(chat("slow")))
        other.send(post(chat("never")))
        SLOW.called.wait(10)
        NEVER.called.wait(10)
    assert NEVER.ended == [asyncio.CancelledError]
    SLOW.may_return.set()


def test_the_log_has_a_line_when_the_answer_is_there(made: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "openai_mock_api.requests"), made.wire() as wire:
        wire.ask(post(chat("refused")))
    lines = [record.getMessage() for record in caplog.records if record.name == "openai_mock_api.requests"]
    assert len(lines) == 1
    assert lines[0].startswith("POST /v1/chat/completions 400 ")
    assert lines[0].endswith(" refused")


# -- legacy completions: several prompts, each with a function


def completions(*prompts: str) -> bytes:
    body = {"model": "gpt-3.5-turbo-instruct", "prompt": list(prompts), "max_tokens": 50}
    return post(body, target="/v1/completions")


def test_prompts_are_answered_by_functions_too(made: Served) -> None:
    with made.wire() as wire:
        answer = wire.ask(completions("sync", "plain", "async"))
        assert [choice["text"] for choice in answer.json["choices"]] == ["SYNC", "-", "ASYNC"]
        answer = wire.ask(completions("sync"))
        assert [choice["text"] for choice in answer.json["choices"]] == ["SYNC"]


@pytest.mark.parametrize(("name", "code"), [("refused", "function_failed"), ("tool", "script_error"), ("error", None)])
def test_an_error_of_one_prompt_is_the_answer_to_all(made: Served, name: str, code: str | None) -> None:
    with made.wire() as wire:
        answer = wire.ask(completions("plain", name))
    assert answer.error["code"] == (code or "rate_limit_exceeded")


# -- the parts


async def run(function: Callable[[Call], Any]) -> Reply:
    return await worked(work(function), CALL)


async def test_a_function_runs_in_a_thread_an_async_one_in_the_loop() -> None:
    async def here(_: Call) -> int:
        return threading.get_ident()

    assert (await run(lambda _: threading.get_ident())).content != str(threading.get_ident())
    assert (await run(here)).content == str(threading.get_ident())


async def test_a_thread_knows_the_context_of_its_request() -> None:
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("mine")
    assert await threaded(variable.get) == "mine"


class Outcome(BaseException):
    """What ends a test, as pytest raises it."""


@pytest.mark.parametrize("error", [ValueError("x"), StopIteration("x"), Outcome("x"), asyncio.CancelledError("x")])
@pytest.mark.parametrize("is_async", [True, False])
async def test_whatever_is_raised_is_a_fault_of_the_function(error: BaseException, is_async: bool) -> None:
    def function(_: Call) -> str:
        raise error

    async def async_function(_: Call) -> str:
        raise error

    with pytest.raises(ApiError, match="the function failed: ") as caught:
        await run(async_function if is_async else function)
    assert caught.value.__cause__ is not None


async def test_a_fault_may_also_be_in_what_is_made_of_it() -> None:
    def reply(_: Any) -> Reply:
        raise TypeError("not a reply")

    with pytest.raises(ApiError, match="the function failed: not a reply"):
        await worked(Work(lambda _: "x", reply, fault_of), CALL)


async def test_who_waits_no_longer_is_not_told_of_a_fault() -> None:
    never = Never()
    faults: list[BaseException] = []

    def fault(error: BaseException) -> ApiError:
        faults.append(error)
        return fault_of(error)

    waiting = asyncio.create_task(worked(Work(never, reply_of, fault), CALL))
    await asyncio.to_thread(never.called.wait, 10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert faults == []


def test_a_loop_may_close_before_a_thread_is_done() -> None:
    slow = Slow()
    ended = threading.Event()

    def function() -> None:
        slow(CALL)
        ended.set()

    loop = asyncio.new_event_loop()
    task = loop.create_task(threaded(function))
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    slow.may_return.set()
    assert ended.wait(10)


async def test_what_is_pending_fills_its_response_in() -> None:
    response = Response(200, b"x-request-id: req_1\r\n")

    async def make() -> Response:
        return Response(201, b"a: b\r\n", b"", Stream((b"x",)), 0.5, "outcome", {"X-Request-ID": "mine"})

    noted: list[int] = []
    response.pending = Pending(response, make)
    response.pending.afterwards(lambda: noted.append(response.status))
    await response.pending
    assert (response.status, response.delay, response.outcome, response.pending) == (201, 0.5, "outcome", None)
    assert response.head == b"a: b\r\nx-request-id: mine\r\n"
    assert response.stream == Stream((b"x",))
    assert noted == [201]


async def test_what_cannot_be_made_is_an_error_body(caplog: pytest.LogCaptureFixture) -> None:
    async def script_error() -> Response:
        raise ScriptError("no")

    async def bug() -> Response:
        raise ZeroDivisionError

    for make, status in ((script_error, 400), (bug, 500)):
        response = Response(200, outcome="kept")
        await Pending(response, make)
        assert (response.status, response.outcome) == (status, "kept")
        assert json.loads(response.body)["error"]
    assert "a reply could not be made" in caplog.text


async def test_many_functions_work_at_once() -> None:
    barrier = threading.Barrier(8, timeout=10)
    replies = await asyncio.gather(*[run(lambda _: barrier.wait() >= 0) for _ in range(8)])
    assert {reply.content for reply in replies} == {"True"}
