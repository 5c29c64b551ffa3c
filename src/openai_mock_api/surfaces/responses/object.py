"""The response object around its output (source: API reference, "The response object").

What differs from answer to answer has marks: the ids, the moments and, as long as it is not finished, the status. JSON
text never holds the control characters that marks are made of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from openai_mock_api.script.tokens.counting import prompt_tokens
from openai_mock_api.surfaces.reading import TIERS
from openai_mock_api.surfaces.responses.form import is_summary_wanted, listed
from openai_mock_api.surfaces.responses.output import UNFINISHED, marked

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Failure, Reply
    from openai_mock_api.script.speech import Speech

CREATED: Final = b"\x02"
COMPLETED: Final = b"\x03"
STATUS: Final = b"\x04"

#: What is repeated of a request, and what stands there for one that does not say.
_REPEATED: Final[dict[str, Any]] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
    "metadata": {},
}

#: What common requests say that is repeated.
COMMON: Final = ("store", "instructions", "max_output_tokens", "temperature", "top_p")

#: What requests may say of which nothing else is repeated, but for the model.
ORDINARY: Final = frozenset({"model", "input", "stream", "stream_options", *COMMON})

#: How responses fail that the server could not make (source: the SDK's ``ResponseError``).
FAILURES: Final = frozenset(
    {
        "server_error",
        "rate_limit_exceeded",
        "invalid_prompt",
        "data_residency_mismatch",
        "bio_policy",
        "misalignment_policy_violation",
        "vector_store_timeout",
        "invalid_image",
        "invalid_image_format",
        "invalid_base64_image",
        "invalid_image_url",
        "image_too_large",
        "image_too_small",
        "image_parse_error",
        "image_content_policy_violation",
        "invalid_image_mode",
        "image_file_too_large",
        "unsupported_image_media_type",
        "empty_image_file",
        "failed_to_download_image",
        "image_file_not_found",
    }
)

#: What the API adds to tools that say less.
_TOOLS: Final[dict[str, dict[str, Any]]] = {
    "function": {"description": None, "parameters": None, "strict": True},
    "custom": {"description": None, "format": {"type": "text"}},
    "web_search": {"filters": None, "search_context_size": "medium", "user_location": None},
    "web_search_preview": {"search_context_size": "medium", "user_location": None},
    "file_search": {
        "filters": None,
        "max_num_results": 20,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    },
    "image_generation": {
        "background": "auto",
        "moderation": "auto",
        "output_compression": 100,
        "output_format": "png",
        "quality": "auto",
        "size": "auto",
    },
    "mcp": {"allowed_tools": None, "headers": None, "require_approval": "always", "server_description": None},
}

#: Models that think unless they are told not to, and the later ones that do only when they are told to.
_THINKING: Final = re.compile(r"(?:ft:)?(?:o\d|gpt-oss|gpt-5(?![.\d])(?!-chat))")
_ABLE_TO_THINK: Final = re.compile(r"(?:ft:)?gpt-(?:5\.\d+|[6-9])(?!.*chat)")

_USAGE: Final = (
    b'{"input_tokens":%d,"input_tokens_details":{"cached_tokens":%d,"cache_write_tokens":0},'
    b'"output_tokens":%d,"output_tokens_details":{"reasoning_tokens":%d},"total_tokens":%d}'
)

_encode = msgspec.json.encode


class Frame:
    """A response around its output. Lives as long as its answer is rendered."""

    def __init__(self, call: Call, reply: Reply) -> None:
        asked = call.parameters or {}
        self._fields: dict[str, Any] = {
            "id": msgspec.Raw(b'"resp_%b"' % marked(0)),
            "object": "response",
            "created_at": msgspec.Raw(CREATED),
            "status": msgspec.Raw(b'"%b"' % STATUS),
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "model": reply.model or call.model,
            "output": [],
            **{key: _or(default, asked.get(key)) for key, default in _REPEATED.items()},
            "service_tier": _or("auto", asked.get("service_tier")),
            "reasoning": _reasoning(asked.get("reasoning"), call.model),
            "text": _text(asked.get("text")),
            "tools": [_tool(tool) for tool in listed(asked.get("tools"))],
            **_only_when_given(asked),
            "usage": None,
        }

    def unfinished(self) -> bytes:
        """Return the response before anything is said, with a mark for its status."""
        return _encode(self._fields)

    def finished(self, output: bytes, reason: str) -> bytes:
        """Return the response when all is said, up to its usage. ``reason`` is how the speech ended."""
        left = UNFINISHED.get(reason)
        tier = self._fields["service_tier"]
        fields = {
            **self._fields,
            "status": "completed" if left is None else "incomplete",
            "completed_at": msgspec.Raw(COMPLETED) if left is None else None,
            "incomplete_details": None if left is None else {"reason": left},
            "output": msgspec.Raw(output),
            "service_tier": TIERS.get(tier, tier) if isinstance(tier, str) else tier,
        }
        return _encode(fields).removesuffix(b"null}")

    def failed(self, output: bytes, failure: Failure) -> bytes:
        """Return the response that has failed, up to its usage, which it has not."""
        code = failure.code if failure.code in FAILURES else "server_error"
        error = {"code": code, "message": failure.message}
        fields = {**self._fields, "status": "failed", "error": error, "output": msgspec.Raw(output)}
        return _encode(fields).removesuffix(b"null}")


def _or(default: Any, value: Any) -> Any:
    return default if value is None else value


def _reasoning(asked: Any, model: str) -> dict[str, Any]:
    """Return the effort, and which summary there is. A summary that is left to the API is a detailed one."""
    given = asked if isinstance(asked, dict) else {}
    effort = given.get("effort")
    if effort is None:
        effort = "medium" if _THINKING.match(model) else "none" if _ABLE_TO_THINK.match(model) else None
    summary = (given.get("summary") or given.get("generate_summary")) if is_summary_wanted(given) else None
    return {"effort": effort, "summary": "detailed" if summary == "auto" else summary}


def _text(asked: Any) -> dict[str, Any]:
    given = asked if isinstance(asked, dict) else {}
    form = _or({"type": "text"}, given.get("format"))
    if isinstance(form, dict) and form.get("type") == "json_schema":
        form = {"description": None, "strict": True, **form}
    return {"format": form, "verbosity": _or("medium", given.get("verbosity"))}


def _tool(tool: Any) -> Any:
    """Return a tool with what the API adds, and without what it does not tell again: the keys of MCP servers."""
    if not isinstance(tool, dict):
        return tool
    told = {**_TOOLS.get(str(tool.get("type")), {}), **tool}
    if tool.get("type") == "mcp":
        told = {key: None if key == "headers" else value for key, value in told.items() if key != "authorization"}
    return told


def _only_when_given(asked: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    conversation = asked.get("conversation")
    if conversation is not None:
        fields["conversation"] = {"id": conversation} if isinstance(conversation, str) else conversation
    if asked.get("prompt") is not None:
        fields["prompt"] = asked["prompt"]
    return fields


def usage_of(call: Call, reply: Reply, speech: Speech) -> bytes:
    """Return the token figures. Those that the reply gives replace the counted ones."""
    given = reply.usage
    thought = given.get("reasoning_tokens", speech.reasoning_tokens)
    prompt = given["prompt_tokens"] if "prompt_tokens" in given else prompt_tokens(call)
    completion = given.get("completion_tokens", speech.said + thought)
    cached = given.get("cached_tokens", call.cached_tokens)
    return _USAGE % (prompt, cached, completion, thought, given.get("total_tokens", prompt + completion))
