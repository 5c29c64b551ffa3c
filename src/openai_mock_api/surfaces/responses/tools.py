"""Tools and forms of text that a request for a response names (source: API reference, "Create a model response")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.surfaces.validation import (
    anything,
    array_of,
    boolean,
    choice,
    fields,
    identifier,
    integer,
    mapping,
    number,
    one_of,
    tagged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Any, str], None]

_texts: Final = array_of(text, expected="an array of strings")
_callers: Final = array_of(choice("direct", "programmatic"), expected="an array of strings")
_size: Final = choice("low", "medium", "high")
_place: Final = fields({}, dict.fromkeys(("type", "city", "country", "region", "timezone"), text), closed=True)


def _tool(required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None) -> Check:
    return fields(required or {}, {"type": anything, **(optional or {})}, closed=True)


_DEFERRED: Final[dict[str, Check]] = {
    "allowed_callers": _callers,
    "async": boolean,
    "defer_loading": boolean,
    "description": text,
}
_grammar: Final = fields({"definition": text, "syntax": choice("lark", "regex")}, {"type": anything}, closed=True)
_function: Final = _tool(
    {"name": identifier}, {"parameters": mapping, "strict": boolean, "output_schema": mapping, **_DEFERRED}
)
_custom: Final = _tool({"name": identifier}, {"format": tagged({"text": _tool(), "grammar": _grammar}), **_DEFERRED})
_web_search: Final = _tool(
    {},
    {
        "external_web_access": boolean,
        "filters": fields({}, {"allowed_domains": _texts, "blocked_domains": _texts}, closed=True),
        "search_context_size": _size,
        "user_location": _place,
        "search_content_types": array_of(choice("text", "image"), expected="an array of strings"),
    },
)
_file_search: Final = _tool(
    {"vector_store_ids": array_of(text, least=1, expected="an array of strings")},
    {
        "filters": mapping,
        "max_num_results": integer(1, 50),
        "ranking_options": fields(
            {}, {"ranker": text, "score_threshold": number(0, 1), "hybrid_search": mapping}, closed=True
        ),
    },
)
_named_tools: Final = one_of(
    "one of an array of strings or object",
    {list: _texts, dict: fields({}, {"read_only": boolean, "tool_names": _texts}, closed=True)},
)
_mcp: Final = _tool(
    {"server_label": text},
    {
        "allowed_callers": _callers,
        "allowed_tools": _named_tools,
        **dict.fromkeys(("authorization", "connector_id", "server_description", "server_url", "tunnel_id"), text),
        "defer_loading": boolean,
        "headers": mapping,
        "require_approval": one_of(
            "one of 'always', 'never' or object",
            {str: choice("always", "never"), dict: fields({}, {"always": mapping, "never": mapping}, closed=True)},
        ),
    },
)
_container: Final = fields(
    {"type": choice("auto")},
    {"file_ids": _texts, "memory_limit": choice("1g", "4g", "16g", "64g"), "network_policy": mapping},
    closed=True,
)
_image_generation: Final = _tool(
    {},
    {
        "action": choice("generate", "edit", "auto"),
        "background": choice("transparent", "opaque", "auto"),
        "complexity": _size,
        "frame_count": integer(1),
        "frame_duration_ms": integer(1),
        "input_fidelity": choice("high", "low"),
        "input_image_mask": fields({}, {"file_id": text, "image_url": text}, closed=True),
        "model": text,
        "moderation": choice("auto", "low"),
        "output_compression": integer(0, 100),
        "output_format": choice("png", "webp", "jpeg", "gif", "svg"),
        "partial_images": integer(0, 3),
        "quality": choice("low", "medium", "high", "xhigh", "max", "auto"),
        "size": text,
        "svg": mapping,
    },
)

#: Every kind of tool, with its check.
_KINDS: Final[dict[str, Check]] = {
    "function": _function,
    "custom": _custom,
    **dict.fromkeys(
        ("web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11"), _web_search
    ),
    "file_search": _file_search,
    "mcp": _mcp,
    "code_interpreter": _tool(
        {"container": one_of("one of a string or object", {str: text, dict: _container})}, {"allowed_callers": _callers}
    ),
    "image_generation": _image_generation,
    "computer": _tool(),
    "computer_use_preview": _tool(
        {
            "display_height": integer(1),
            "display_width": integer(1),
            "environment": choice("windows", "mac", "linux", "ubuntu", "browser"),
        }
    ),
    "local_shell": _tool(),
    "shell": _tool({}, {"allowed_callers": _callers, "environment": mapping}),
    "apply_patch": _tool({}, {"allowed_callers": _callers}),
    "namespace": _tool(
        {"name": identifier, "description": text, "tools": array_of(tagged({"function": _function, "custom": _custom}))}
    ),
    "tool_search": _tool({}, {"description": text, "execution": choice("server", "client"), "parameters": mapping}),
    "programmatic_tool_calling": _tool(),
}
TOOLS: Final = tagged(_KINDS)

_named: Final = _tool({"name": text})
_MODES: Final = choice("none", "auto", "required")

#: Kinds of tools that ``tool_choice`` names by their type alone.
BUILT_IN: Final = (
    "file_search",
    "web_search",
    "web_search_preview",
    "web_search_preview_2025_03_11",
    "computer",
    "computer_use_preview",
    "computer_use",
    "image_generation",
    "code_interpreter",
    "apply_patch",
    "shell",
    "programmatic_tool_calling",
)
tool_choice: Final = one_of(
    "one of one of 'none', 'auto', or 'required' or object",
    {
        str: _MODES,
        dict: tagged(
            {
                "function": _named,
                "custom": _named,
                "mcp": _tool({"server_label": text}, {"name": text}),
                "allowed_tools": _tool({"mode": choice("auto", "required"), "tools": array_of(mapping, least=1)}),
                **dict.fromkeys(BUILT_IN, _tool()),
            }
        ),
    },
)

#: Check for what the text of an answer must be.
text_format: Final = tagged(
    {
        "text": _tool(),
        "json_object": _tool(),
        "json_schema": _tool({"name": identifier, "schema": mapping}, {"description": text, "strict": boolean}),
    }
)
