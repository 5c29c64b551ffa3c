from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.replies import Reply
from openai_mock_api.surfaces.azure import deployment_not_found, extras, not_found, prompt_refused, wrong_key
from openai_mock_api.surfaces.errors import error_response

if TYPE_CHECKING:
    from openai_mock_api.errors import AzureError

CALL = Call("chat", "gpt-4o", [Message("user", "Hi")])
SAFE = {"filtered": False, "severity": "safe"}


@pytest.mark.parametrize(
    ("error", "status", "code", "begin"),
    [
        (wrong_key(), 401, "401", "Access denied due to invalid subscription key or wrong API endpoint."),
        (not_found(), 404, "404", "Resource not found"),
        (deployment_not_found(), 404, "DeploymentNotFound", "The API deployment for this resource does not exist."),
    ],
)
def test_errors_of_the_gateway(error: AzureError, status: int, code: str, begin: str) -> None:
    response = error_response(error)
    body = json.loads(response.body)["error"]
    assert response.status == status
    assert list(body) == ["code", "message"]
    assert (body["code"], body["message"].startswith(begin)) == (code, True)


def test_what_is_added_to_an_answer() -> None:
    added = extras(CALL, Reply(content="Hi"))
    harms = {"hate": SAFE, "self_harm": SAFE, "sexual": SAFE, "violence": SAFE}
    jailbreak = {"filtered": False, "detected": False}
    prompts = [{"prompt_index": 0, "content_filter_results": {**harms, "jailbreak": jailbreak}}]
    assert added.body == {"prompt_filter_results": prompts}
    assert added.choice == {"content_filter_results": harms}
    assert added.silent == {"content_filter_results": {}}


@pytest.mark.parametrize(("severity", "filtered"), [("safe", False), ("low", False), ("medium", True), ("high", True)])
def test_what_the_script_says_of_an_answer(severity: str, filtered: bool) -> None:
    added = extras(CALL, Reply(content="Hi", content_filter={"sexual": severity}), 3)
    results = added.choice["content_filter_results"]
    assert results["sexual"] == {"filtered": filtered, "severity": severity}
    assert results["hate"] == SAFE
    assert added.body["prompt_filter_results"][0]["prompt_index"] == 3
    assert added.body["prompt_filter_results"][0]["content_filter_results"]["sexual"] == SAFE


def test_a_refused_prompt() -> None:
    error = json.loads(prompt_refused({}))["error"]
    assert "content management policy" in error.pop("message")
    inner = error.pop("innererror")
    assert error == {"type": None, "param": "prompt", "code": "content_filter", "status": 400}
    assert inner["code"] == "ResponsibleAIPolicyViolation"
    assert inner["content_filter_result"]["hate"] == {"filtered": True, "severity": "high"}
    assert inner["content_filter_result"]["jailbreak"] == {"filtered": False, "detected": False}


def test_why_a_prompt_was_refused() -> None:
    result = json.loads(prompt_refused({"violence": "medium"}))["error"]["innererror"]["content_filter_result"]
    assert [harm for harm, found in result.items() if found["filtered"]] == ["violence"]
