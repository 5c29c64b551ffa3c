"""What Azure adds to answers: the results of its content filter, and errors in its own words.

Source: Azure OpenAI reference, "Content filtering", and live answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.errors import AzureError
from openai_mock_api.surfaces.chat.form import Extras

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply

#: What the filter looks for, each with a severity.
HARMS: Final = ("hate", "self_harm", "sexual", "violence")

#: The severities that are let through.
_MILD: Final = ("safe", "low")

#: What a refused prompt was found to hold, unless the script says it.
_REFUSED: Final = {"hate": "high"}


# -- errors


def wrong_key() -> AzureError:
    """No key was sent, or another one."""
    return AzureError(
        401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource.",
    )


def not_found() -> AzureError:
    """No such path, or no version of the API beside it."""
    return AzureError(404, "Resource not found")


def deployment_not_found() -> AzureError:
    """No deployment has that name."""
    return AzureError(
        404,
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
        "please wait a moment and try again.",
        code="DeploymentNotFound",
    )


def prompt_refused(severities: Mapping[str, str]) -> bytes:
    """Return the body that stands for the preset ``content_filter``."""
    error = {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
        "Please modify your prompt and retry. To learn more about our content filtering policies please read our "
        "documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": _prompt_results(severities or _REFUSED),
        },
    }
    return msgspec.json.encode({"error": error})


# -- results of the content filter


def _results(severities: Mapping[str, str]) -> dict[str, Any]:
    """Return what was found: ``{"hate": {"filtered": false, "severity": "safe"}, …}``."""
    found = {harm: severities.get(harm, "safe") for harm in HARMS}
    return {harm: {"filtered": severity not in _MILD, "severity": severity} for harm, severity in found.items()}


def _prompt_results(severities: Mapping[str, str]) -> dict[str, Any]:
    return {**_results(severities), "jailbreak": {"filtered": False, "detected": False}}


def extras(_: Call, reply: Reply, prompt: int = 0) -> Extras:
    """Return what is added to the answer to a prompt: the prompt is safe, the answer what the script says of it."""
    prompts = [{"prompt_index": prompt, "content_filter_results": _SAFE}]
    return Extras(
        body={"prompt_filter_results": prompts},
        choice={"content_filter_results": _results(reply.content_filter)},
        silent={"content_filter_results": {}},
    )


_SAFE: Final = _prompt_results({})
