from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.script.messages import Message, ToolCall
from openai_mock_api.surfaces.responses.messages import check_answers, read_items
from tests.surfaces.refusals import fault_of

CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
CUSTOM = {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"}
ANSWER = {"type": "function_call_output", "call_id": "c1", "output": "ok"}


def test_what_the_assistant_puts_out_in_one_turn_is_one_message() -> None:
    items = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Wait."}]},
        CALL,
        CUSTOM,
        ANSWER,
        {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "found"}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ]
    assert read_items(items) == [
        Message("system", "Be kind."),
        Message("user", "Hi"),
        Message("assistant", "Wait.", tool_calls=(ToolCall("c1", "f", "{}"), ToolCall("c2", "g", "x", "custom"))),
        Message("tool", "ok", tool_call_id="c1"),
        Message("tool", "found", tool_call_id="c2"),
        Message("assistant", "No."),
    ]


def test_parts_of_a_message() -> None:
    content = [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": "data:"},
        {"type": "input_file", "file_id": "file_1"},
        {"type": "input_audio", "input_audio": {"data": "", "format": "mp3"}},
        {"type": "input_text", "text": "here"},
    ]
    (message,) = read_items([{"role": "user", "content": content}])
    assert message == Message("user", "Look\nhere", parts=("image", "file", "audio"))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "file_id": "f"}},
            Message("tool", tool_call_id="c", parts=("image",)),
        ),
        ({"type": "local_shell_call_output", "id": "l", "output": "done"}, Message("tool", "done", tool_call_id="l")),
        (
            {
                "type": "shell_call_output",
                "call_id": "s",
                "output": [{"stdout": "out", "stderr": "err"}, {"stdout": ""}],
            },
            Message("tool", "out\nerr", tool_call_id="s"),
        ),
        ({"type": "apply_patch_call_output", "call_id": "a", "output": None}, Message("tool", tool_call_id="a")),
        (
            {"type": "mcp_approval_response", "approval_request_id": "m", "approve": True},
            Message("tool", "approved", tool_call_id="m"),
        ),
        (
            {"type": "mcp_approval_response", "approval_request_id": "m", "approve": False},
            Message("tool", "denied", tool_call_id="m"),
        ),
    ],
)
def test_answers_of_the_client_are_messages_of_tools(item: dict[str, Any], message: Message) -> None:
    assert read_items([item]) == [message]


def test_items_that_nobody_says_divide_no_turn() -> None:
    items = [{"role": "user", "content": "Hi"}, CALL, {"type": "configuration_update"}, CUSTOM]
    assert [message.role for message in read_items(items)] == ["user", "assistant"]


def test_what_cannot_be_understood_is_left_out() -> None:
    items: list[Any] = [
        3,
        {"role": "user", "content": [7, {"type": 3, "text": 4}]},
        {"type": "function_call"},
        {"type": 4},
    ]
    assert read_items(items) == [Message("user"), Message("assistant", tool_calls=(ToolCall("", "", ""),))]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([CALL], "No tool output found for function call c1."),
        ([ANSWER], "No tool call found for function call output with call_id c1."),
        ([CUSTOM], "No tool output found for custom tool call c2."),
        (
            [{"type": "custom_tool_call_output", "call_id": "c2"}],
            "No tool call found for custom tool call output with call_id c2.",
        ),
    ],
)
def test_every_call_has_its_answer_and_every_answer_its_call(items: list[Any], message: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_answers(items)
    assert (caught.value.message, caught.value.param, caught.value.code) == (message, "input", None)


def test_calls_that_are_answered_are_in_order() -> None:
    assert fault_of(check_answers, [CALL, ANSWER, {"role": "user", "content": "Hi"}]) is None


def test_an_output_may_name_no_call() -> None:
    alone = {"type": "function_call_output", "output": "ok", "name": "f"}
    assert fault_of(check_answers, [CALL, ANSWER, alone]) is None
    assert read_items([alone]) == [Message("tool", "ok", "f")]


def test_what_the_api_has_run_itself_is_of_the_assistants_turn() -> None:
    call = {"type": "shell_call", "id": "sh_1", "call_id": "s", "action": {"commands": ["ls"]}}
    result = {"type": "shell_call_output", "call_id": "s", "output": [{"stdout": "a"}]}
    said = {"type": "message", "role": "assistant", "content": "Done."}
    assert read_items([call, {**result, "id": "sho_1"}, said]) == [Message("assistant", "Done.")]
    assert [message.role for message in read_items([call, result, said])] == ["assistant", "tool", "assistant"]
