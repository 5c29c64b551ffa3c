from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.resources.items import listed, records, shown

IMAGE = {"type": "input_image", "image_url": "data:"}


def made(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return listed(items, lambda prefix, place: f"{prefix}_{place}")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            {"role": "user", "content": "Hi"},
            {
                "id": "msg_0",
                "type": "message",
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hi"}],
            },
        ),
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "id": None},
            {
                "id": "fc_0",
                "type": "function_call",
                "status": "completed",
                "call_id": "c",
                "name": "f",
                "arguments": "{}",
            },
        ),
        (
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None},
            {"id": "rs_1", "type": "reasoning", "summary": []},
        ),
        ({"type": "item", "x": 1}, {"id": "item_0", "type": "item", "x": 1}),
    ],
)
def test_items_are_complete_and_have_ids(item: dict[str, Any], expected: dict[str, Any]) -> None:
    assert made(item) == [expected]


def test_what_the_assistant_said_has_its_annotations() -> None:
    (said,) = made({"role": "assistant", "content": "Hi"})
    assert said["content"] == [{"annotations": [], "logprobs": [], "type": "output_text", "text": "Hi"}]


@pytest.mark.parametrize(
    ("item", "field", "name"),
    [
        ({"type": "reasoning", "encrypted_content": "x"}, "encrypted_content", "reasoning.encrypted_content"),
        ({"type": "file_search_call", "results": []}, "results", "file_search_call.results"),
        ({"type": "code_interpreter_call", "outputs": []}, "outputs", "code_interpreter_call.outputs"),
    ],
)
def test_some_fields_are_shown_on_request(item: dict[str, Any], field: str, name: str) -> None:
    assert shown(item, [name]) == item
    assert shown(item, []) == {key: value for key, value in item.items() if key != field}


def test_images_within_items_are_shown_on_request() -> None:
    message = {"type": "message", "content": [IMAGE, {"type": "input_text", "text": "x"}, 3]}
    assert shown(message, [])["content"] == [{"type": "input_image"}, {"type": "input_text", "text": "x"}, 3]
    assert shown(message, ["message.input_image.image_url"]) == message
    seen = {"type": "computer_call_output", "output": {"type": "computer_screenshot", "image_url": "data:"}}
    assert shown(seen, [])["output"] == {"type": "computer_screenshot"}
    assert shown(seen, ["computer_call_output.output.image_url"]) == seen


def test_records_are_in_the_order_of_the_items() -> None:
    items = made({"role": "user", "content": "a"}, {"role": "user", "content": "b"})
    assert [(record.id, record.place, record.object()) for record in records(items)] == [
        ("msg_0", 0, items[0]),
        ("msg_1", 1, items[1]),
    ]
