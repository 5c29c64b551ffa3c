"""What a user gets for a wrong argument of what the package offers: never a library's words."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

import openai_mock_api as package
from openai_mock_api import ConfigError, MockServer
from tests.serving import flow

if TYPE_CHECKING:
    from collections.abc import Callable

#: Untyped, as users without a type checker write.
api: Any = package
mock: Any = MockServer({"responses": [flow("weather", content="Sunny")]}, port=0)
MESSAGE = r"a message such as user(…) or assistant(…)"

WRONG: list[tuple[str, Callable[[], Any], str]] = [
    ("a key of a turn", lambda: mock.reply("a", delya=1), "reply(): delya: unknown argument; did you mean 'delay'?"),
    ("no answer", lambda: mock.reply(None), "reply(): says[0]: expected text, a mapping, a list, tool_call(…), a "),
    (
        "a number as the message",
        lambda: mock.reply("a", to=3),
        "reply(): to: expected text, a matcher such as contains",
    ),
    ("numbers as messages", lambda: mock.reply("a", to=[3]), f"reply(): to[0]: expected {MESSAGE}, got the number 3"),
    ("times", lambda: mock.reply("a", times="x"), "reply(): times: expected an integer, got text 'x'"),
    ("a preset", lambda: mock.fail("rate_limitt"), "fail(): error: 'rate_limitt' is not an error; did you mean 'rate_"),
    ("a field of an error", lambda: mock.fail(statuss=3), "Error(): statuss: unknown argument; did you mean 'status'?"),
    ("a text as a message", lambda: mock.script("a"), f"script(): messages[0]: expected {MESSAGE}, got text 'a'"),
    ("an id", lambda: mock.remove(3), "remove(): id: expected text, got the number 3"),
    ("what is held", lambda: mock.hold(3), "hold(): responses[0]: expected text or a function, got the number 3"),
    ("how long it is held", lambda: mock.hold(timeout=None), "hold(): timeout: expected a number, text or a timedelta"),
    ("how many go", lambda: mock.hold().release("x"), "release(): count: expected an integer, got text 'x'"),
    ("a namespace", lambda: mock.namespace(3), "namespace(): name: expected text, got the number 3"),
    ("a filter", lambda: mock.assert_requested(modle="x"), "assert_requested(): modle: unknown argument; did you mean"),
    ("tools", lambda: mock.assert_requested(tools="f"), "assert_requested(): tools: expected a list, got text 'f'"),
    ("messages", lambda: mock.assert_not_requested(messages=["a"]), "assert_not_requested(): messages[0]: expected a "),
    ("an order", lambda: mock.assert_order(["a"]), "assert_order(): flows[0]: expected text, got a list"),
    ("what is waited for", lambda: mock.wait_for_request(times="x"), "wait_for_request(): times: expected an integer"),
    ("in async", lambda: mock.wait_for_request_async(user=3), "wait_for_request_async(): user: expected text or a mat"),
    ("a seed", lambda: api.MockServer(seed="x"), "MockServer(): seed: expected an integer, got text 'x'"),
    ("a port", lambda: api.MockServer(port="x"), "MockServer(): port: expected an integer, got text 'x'"),
    ("an option", lambda: api.MockServer(prot=3), "MockServer(): prot: unknown argument; did you mean 'port'?"),
    ("a policy", lambda: api.MockServer(unmatched="eror"), "MockServer(): unmatched: 'eror' is not a policy for unm"),
    ("a file of a log", lambda: api.MockServer(log_file=3), "MockServer(): log_file: expected text or a path, got the"),
    ("a later server", lambda: asyncio.run(api.create_mock_server({}, port="x")), "MockServer(): port: expected an "),
    ("a clock", lambda: api.Clock("x"), "expected an integer as the seed, got 'x'"),
    ("a text", lambda: api.user(3), "user(): text: expected text or a matcher such as contains(…), got the number 3"),
    (
        "a kind of part",
        lambda: api.user("a", parts=["imge"]),
        "user(): parts[0]: 'imge' is not a kind of part; did you",
    ),
    ("a call", lambda: api.tool("a", call={}), "tool(): call: expected tool_call(…) or text, got a mapping"),
    ("no text", lambda: api.assistant(None), "expected text, a mapping, a list or tool_call(…), got NoneType"),
    ("a key of an answer", lambda: api.assistant("a", delya=1), "assistant(): delya: unknown argument; did you mean"),
    ("the end", lambda: api.sequence("a", then="lop"), "sequence(): then: 'lop' is not a way to go on after a sequen"),
    ("a name of a tool", lambda: api.tool_call(3), "tool_call(): name: expected text, got the number 3"),
    ("no name", lambda: api.tool_call(), "tool_call() missing 1 required positional argument: 'name'"),
    ("arguments", lambda: api.tool_call("f", [1]), "tool_call(): arguments: expected a mapping or text, got a list"),
    ("a mode", lambda: api.expect(mode="sft"), "expect(): mode: 'sft' is not a mode; did you mean 'soft'?"),
    ("expected tools", lambda: api.expect(tools="f"), "expect(): tools: expected a list, got text 'f'"),
    ("what is held by a text", lambda: api.contains(3), "contains(): text: expected text, got the number 3"),
    ("a threshold", lambda: api.fuzzy("a", treshold=1), "fuzzy(): treshold: unknown argument; did you mean 'thresh"),
    ("what is not", lambda: api.not_(3), "not_(): text: expected text or a matcher such as contains(…), got the numb"),
    ("no JSON", lambda: api.json_(object()), "json_(): value: expected what JSON can say; Encoding objects of type "),
    ("a configuration", lambda: api.MockConfig(respnses=[]), "MockConfig(): respnses: unknown argument; did you mean"),
    ("a client", lambda: api.AdminClient(3), "AdminClient(): url: expected text, got the number 3"),
    ("a client's key", lambda: api.AdminClient("http://x", admin_kee=""), "AdminClient(): admin_kee: unknown argument"),
]


@pytest.mark.parametrize(("call", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_arguments(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((TypeError, ConfigError), match=f"^{re.escape(message)}"):
        call()
    mock.reset()
