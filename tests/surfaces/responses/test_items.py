"""Every kind of item that the SDK may send."""

from __future__ import annotations

from typing import Any, NotRequired, Required, get_args, get_origin, get_type_hints

import pytest
from openai.types.beta import beta_response_input_item_param, beta_tool_param
from openai.types.responses import response_input_item_param, tool_param
from typing_extensions import is_typeddict

from openai_mock_api.errors import ApiError
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import Reply
from openai_mock_api.surfaces.responses.items import check_item, kind_of
from openai_mock_api.surfaces.responses.tools import TOOLS
from tests.surfaces.refusals import fault_of
from tests.surfaces.responding import whole
from tests.surfaces.responses.test_sdk import TOOL_ITEMS

#: Fields whose values have a form that their type does not tell.
FORMS = {"id": "msg_1", "image_url": "data:", "name": "a_name"}

IDS = {"function_call": "fc_1", "custom_tool_call": "ctc_1", "reasoning": "rs_1"}


def sample(hint: Any, name: str = "", *, full: bool = True) -> Any:
    """Make up a value of a type of the SDK, with all its fields or only those that it must have."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        return _object(hint, full=full)
    if origin in (Required, NotRequired):
        return sample(inner[0], name, full=full)
    if hint is str:
        return FORMS.get(name, "x")
    if hint in (int, float):
        return 1
    if hint is bool:
        return True
    if hint is object:
        return {}
    if str(origin).endswith("Literal"):
        return inner[0]
    if origin is dict:
        return {"key": sample(inner[1], full=full)}
    if origin is list or "Iterable" in str(origin) or "Sequence" in str(origin):
        return [sample(inner[0], full=full)]
    return sample(inner[-2] if inner[-1] is type(None) else inner[-1], name, full=full)


def _object(hint: Any, *, full: bool) -> dict[str, Any]:
    hints = get_type_hints(hint, include_extras=True)
    wanted = {key: value for key, value in hints.items() if full or get_origin(value) is Required}
    return {key: sample(value, key, full=full) for key, value in wanted.items()}


ITEMS = (
    *get_args(response_input_item_param.ResponseInputItemParam),
    *get_args(beta_response_input_item_param.BetaResponseInputItemParam),
)
KINDS = (*get_args(tool_param.ToolParam), *get_args(beta_tool_param.BetaToolParam))


def identified(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "id": IDS.get(item.get("type", ""), item["id"])} if "id" in item else item


@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
@pytest.mark.parametrize("hint", ITEMS, ids=lambda hint: hint.__name__)
def test_every_item_of_the_sdk_is_taken(hint: Any, full: bool) -> None:
    item = identified(sample(hint, full=full))
    if item.get("role") == "assistant" and isinstance(item["content"], list):
        item["content"] = [{"type": "output_text", "text": "x", "annotations": []}]
    assert fault_of(check_item, item, "input[0]") is None


@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
@pytest.mark.parametrize("hint", KINDS, ids=lambda hint: hint.__name__)
def test_every_tool_of_the_sdk_is_taken(hint: Any, full: bool) -> None:
    assert fault_of(TOOLS, sample(hint, full=full), "tools[0]") is None


@pytest.mark.parametrize("hint", ITEMS, ids=lambda hint: hint.__name__)
def test_items_hold_nothing_else(hint: Any) -> None:
    item = identified(sample(hint, full=False))
    with pytest.raises(ApiError):
        check_item({**item, "surprise": 1}, "input[0]")


def test_messages_and_references_need_no_type() -> None:
    assert kind_of({"role": "user"}) == "message"
    assert kind_of({"id": "msg_1"}) == "item_reference"
    assert kind_of({}) is None
    check_item({"id": "msg_1"}, "input[0]")


@pytest.mark.parametrize("item", TOOL_ITEMS, ids=lambda item: str(item["type"]))
def test_items_of_an_answer_can_be_sent_back(item: dict[str, Any]) -> None:
    reply = Reply(content="Some text", reasoning="Thoughts", tool_calls=(ToolCall("c", "f", "{}"),), items=(item,))
    include = ["file_search_call.results", "code_interpreter_call.outputs", "reasoning.encrypted_content"]
    output = whole(reply, include=include)["output"]
    assert [fault_of(check_item, sent, "input[0]") for sent in output] == [None] * 4
