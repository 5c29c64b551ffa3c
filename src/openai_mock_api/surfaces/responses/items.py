"""The items of ``input``, each kind with its check (source: API reference, "Create a model response", ``input``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.surfaces.responses.tools import TOOLS, text_format
from openai_mock_api.surfaces.validation import (
    anything,
    array_of,
    bad,
    boolean,
    choice,
    empty_text,
    fields,
    integer,
    mapping,
    missing,
    number,
    one_of,
    tagged,
    text,
    text_up_to,
    wrong_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any, str], None]

_texts: Final = array_of(text, expected="an array of strings")
_status: Final = choice("in_progress", "completed", "incomplete")
_long: Final = text_up_to(10_485_760)
_id: Final = text_up_to(64)


def _call_id(value: Any, name: str) -> None:
    _id(value, name)
    if not value:
        raise empty_text(name)


def id_like(prefix: str) -> Check:
    """Check for an id that begins as those of its kind do."""

    def check(value: Any, name: str) -> None:
        text(value, name)
        if not value.startswith(prefix):
            raise bad(
                f"Invalid '{name}': '{value}'. Expected an ID that begins with '{prefix}'.", name, "invalid_value"
            )
        _id(value, name)

    return check


#: Which of several agents an item is of (source: the SDK's beta types, "multi-agent").
_agent: Final = fields({"agent_name": text}, closed=True)
_action: Final = choice("spawn_agent", "interrupt_agent", "list_agents", "send_message", "followup_task", "wait_agent")


def _item(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """Check an item: the fields that it must have, and those that it may have beside those of all items."""
    general: dict[str, Check] = {"type": anything, "id": _id, "status": text, "agent": _agent}
    return fields(required, {**general, **(optional or {})}, closed=True)


def _kinds(**kinds: tuple[dict[str, Check], dict[str, Check]]) -> Check:
    """Check one of several objects by its ``type``: required fields and others."""
    checks = {kind: fields(needed, {"type": anything, **more}, closed=True) for kind, (needed, more) in kinds.items()}
    return tagged(checks)


_breakpoint: Final = fields({"mode": choice("explicit")}, {"ttl": choice("30m", "12h")}, closed=True)
_caller: Final = _kinds(direct=({}, {}), program=({"caller_id": text}, {}))
_detail: Final = choice("low", "high", "auto", "original")

_input_text: Final = fields({"text": _long}, {"type": anything, "prompt_cache_breakpoint": _breakpoint}, closed=True)
_input_image: Final = fields(
    {},
    {"type": anything, "detail": _detail, "file_id": text, "image_url": text, "prompt_cache_breakpoint": _breakpoint},
    closed=True,
)
_input_file: Final = fields(
    {},
    {
        "type": anything,
        "detail": choice("auto", "low", "high"),
        **dict.fromkeys(("file_data", "file_id", "file_url", "filename"), text),
        "prompt_cache_breakpoint": _breakpoint,
    },
    closed=True,
)
_input_audio: Final = fields(
    {"input_audio": fields({"data": text, "format": choice("mp3", "wav")}, closed=True)},
    {"type": anything},
    closed=True,
)
_output_text: Final = fields(
    {"text": _long}, {"type": anything, "annotations": array_of(mapping), "logprobs": array_of(mapping)}, closed=True
)
_refusal: Final = fields({"refusal": _long}, {"type": anything}, closed=True)

#: Parts that a client may send, and those that only the assistant says.
_SENT: Final[dict[str, Check]] = {
    "input_text": _input_text,
    "input_image": _input_image,
    "input_file": _input_file,
    "input_audio": _input_audio,
}
_SAID: Final[dict[str, Check]] = {"output_text": _output_text, "refusal": _refusal}
sent_part: Final = tagged({kind: check for kind, check in _SENT.items() if kind != "input_audio"})

_part: Final = tagged({**_SENT, **_SAID})


def _content(allowed: dict[str, Check]) -> Check:
    def check(value: Any, name: str) -> None:
        _part(value, name)
        if value["type"] not in allowed:
            raise wrong_value(name, value["type"], tuple(allowed))

    parts = array_of(check, expected="an array of objects")
    return one_of("one of a string or array of objects", {str: _long, list: parts})


_sent_content: Final = _content(_SENT)
_said_content: Final = _content(_SAID)

_message: Final = fields(
    {"role": choice("assistant", "system", "developer", "user"), "content": anything},
    {
        "type": choice("message"),
        "id": id_like("msg"),
        "status": _status,
        "phase": choice("commentary", "final_answer"),
        "agent": _agent,
    },
    closed=True,
)


def _check_message(value: Any, name: str) -> None:
    _message(value, name)
    check = _said_content if value["role"] == "assistant" else _sent_content
    check(value["content"], f"{name}.content")


_output: Final = one_of("one of a string or array of objects", {str: _long, list: array_of(sent_part)})
_safety_check: Final = array_of(fields({"id": text}, {"code": text, "message": text}, closed=True))
_call: Final = {"call_id": _call_id, "name": text}
_called: Final = {"caller": _caller, "namespace": text, "async": boolean}

_chunk: Final = fields(
    {"stdout": text, "stderr": text, "outcome": _kinds(timeout=({}, {}), exit=({"exit_code": integer()}, {}))},
    {"created_by": text},
    closed=True,
)
_patch: Final = _kinds(
    create_file=({"path": text, "diff": text}, {}),
    delete_file=({"path": text}, {}),
    update_file=({"path": text, "diff": text}, {}),
)
_search: Final = _kinds(
    search=({}, {"query": text, "queries": _texts, "sources": array_of(mapping)}),
    open_page=({}, {"url": text}),
    find_in_page=({"pattern": text, "url": text}, {}),
)
_text_of: Final[Callable[[str], Check]] = lambda kind: array_of(  # noqa: E731 - one shape under two names
    fields({"type": choice(kind), "text": text}, closed=True)
)
_result: Final = fields(
    {}, {"attributes": mapping, "file_id": text, "filename": text, "score": number(), "text": text}, closed=True
)
_image: Final = dict.fromkeys(("action", "background", "output_format", "quality", "revised_prompt", "size"), text)

#: Every kind of item but messages and references, which need no ``type``.
_KINDS: Final[dict[str, Check]] = {
    "message": _check_message,
    "item_reference": _item({"id": _id}),
    "function_call": _item({**_call, "arguments": _long}, {**_called, "id": id_like("fc"), "status": _status}),
    "function_call_output": _item(
        {"output": _output}, {"call_id": _call_id, "caller": _caller, "name": text, "namespace": text}
    ),
    "custom_tool_call": _item({**_call, "input": _long}, {**_called, "id": id_like("ctc")}),
    "custom_tool_call_output": _item({"call_id": _call_id, "output": _output}, {"caller": _caller}),
    "reasoning": _item(
        {"summary": _text_of("summary_text")},
        {"id": id_like("rs"), "content": _text_of("reasoning_text"), "encrypted_content": text, "status": _status},
    ),
    "file_search_call": _item({"id": _id, "queries": _texts, "status": text}, {"results": array_of(_result)}),
    "web_search_call": _item({"id": _id, "status": text}, {"action": _search}),
    "computer_call": _item(
        {"id": _id, "call_id": _call_id, "pending_safety_checks": _safety_check, "status": _status},
        {"action": mapping, "actions": array_of(mapping)},
    ),
    "computer_call_output": _item(
        {"call_id": _call_id, "output": _kinds(computer_screenshot=({}, {"file_id": text, "image_url": text}))},
        {"acknowledged_safety_checks": _safety_check},
    ),
    "image_generation_call": _item({"id": _id}, {"result": text, "error": mapping, "svg_usage": mapping, **_image}),
    "code_interpreter_call": _item({"id": _id, "container_id": text}, {"code": text, "outputs": array_of(mapping)}),
    "local_shell_call": _item({"id": _id, "action": mapping, "call_id": _call_id}),
    "local_shell_call_output": _item({"id": _id, "output": _long}, {"call_id": _call_id}),
    "shell_call": _item(
        {"action": fields({"commands": _texts}), "call_id": _call_id}, {"caller": _caller, "environment": mapping}
    ),
    "shell_call_output": _item(
        {"call_id": _call_id, "output": array_of(_chunk)}, {"caller": _caller, "max_output_length": integer()}
    ),
    "apply_patch_call": _item({"call_id": _call_id, "operation": _patch}, {"caller": _caller}),
    "apply_patch_call_output": _item(
        {"call_id": _call_id, "status": choice("completed", "failed")}, {"caller": _caller, "output": _long}
    ),
    "mcp_list_tools": _item({"id": _id, "server_label": text, "tools": array_of(mapping)}, {"error": anything}),
    "mcp_approval_request": _item({"id": _id, "arguments": text, "name": text, "server_label": text}),
    "mcp_approval_response": _item({"approval_request_id": text, "approve": boolean}, {"reason": text}),
    "mcp_call": _item(
        {"id": _id, "arguments": text, "name": text, "server_label": text},
        {"approval_request_id": text, "error": anything, "output": text},
    ),
    "tool_search_call": _item({"arguments": anything}, {"call_id": _call_id, "execution": choice("server", "client")}),
    "tool_search_output": _item(
        {"tools": array_of(TOOLS)}, {"call_id": _call_id, "execution": choice("server", "client")}
    ),
    "additional_tools": _item({"role": choice("developer"), "tools": array_of(TOOLS)}),
    "configuration_update": _item({}, {"reasoning": mapping, "text": fields({"format": text_format}, closed=True)}),
    "compaction": _item({"encrypted_content": _long}),
    "compaction_trigger": _item({}),
    "agent_message": _item({"author": text, "recipient": text, "content": array_of(mapping)}),
    "multi_agent_call": _item({"action": _action, "arguments": text, "call_id": _call_id}),
    "multi_agent_call_output": _item({"action": _action, "call_id": _call_id, "output": array_of(mapping)}),
    "program": _item({"id": _id, "call_id": _call_id, "code": text, "fingerprint": text}),
    "program_output": _item({"id": _id, "call_id": _call_id, "result": text}),
}
_kind: Final = choice(*_KINDS)


def kind_of(item: dict[str, Any]) -> str | None:
    """Return an item's kind, None for what is none. Messages and references need not name it."""
    kind = item.get("type")
    if kind is not None:
        return kind if type(kind) is str else None
    return "message" if "role" in item else "item_reference" if "id" in item else None


def check_item(value: Any, name: str) -> None:
    """Refuse an item that the real API refuses. Raises ``ApiError``."""
    mapping(value, name)
    kind = value.get("type") or kind_of(value)
    if kind is None:
        raise missing(f"{name}.type")
    _kind(kind, f"{name}.type")
    _KINDS[kind](value, name)


check_items: Final = array_of(check_item, expected="an array of input items")

#: Check for ``input``: a text or items.
check_input: Final = one_of("one of a string or array of input items", {str: _long, list: check_items})
