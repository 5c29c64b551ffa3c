"""Responses of mockllm (YAML): ``responses: {prompt: text}``, ``defaults``, ``settings``.

Source of the format: the guide of github.com/StacklokLabs/mockllm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.authoring.carrying import asked, section, user

if TYPE_CHECKING:
    from openai_mock_api.authoring.carrying import Carrying

#: Characters of a token, in English.
_CHARACTERS: Final = 4

#: What it says to prompts that it does not know, unless the file says something.
_UNKNOWN: Final = "I don't know the answer to that."


def is_mockllm(data: Any) -> bool:
    """Whether data looks like responses of mockllm."""
    return isinstance(data, Mapping) and isinstance(data.get("responses"), Mapping)


def carry_mockllm(data: Any, carrying: Carrying) -> None:
    """Carry the prompts over, each compared with the last message of the user."""
    carrying.left_keys((), data, {"responses", "defaults", "settings"})
    defaults: dict[str, Any] = {}
    paced: dict[str, Any] = {}
    with carrying.entry(("defaults",)):
        defaults = section(data, "defaults")
        carrying.left_keys(("defaults",), defaults, {"unknown_response"})
    with carrying.entry(("settings",)):
        settings = section(data, "settings")
        carrying.left_keys(("settings",), settings, {"lag_enabled", "lag_factor"})
        paced = _paced(settings, carrying)
    for prompt, text in data["responses"].items():
        with carrying.entry(("responses", prompt)):
            carrying.add(prompt, [user(prompt, "exact"), {"role": "assistant", "content": text, **paced}])
    answer = {"role": "assistant", "content": defaults.get("unknown_response", _UNKNOWN), **paced}
    with carrying.entry(("defaults", "unknown_response")):
        carrying.add("unknown", [asked(None, answer), answer])


def _paced(settings: dict[str, Any], carrying: Carrying) -> dict[str, Any]:
    factor = settings.get("lag_factor", 10)
    if not settings.get("lag_enabled") or not factor:
        return {}
    message = f"the pause per character became one per token, of {_CHARACTERS} characters, and does not vary"
    carrying.left(("settings", "lag_factor"), message)
    return {"pacing": {"inter_token": round(_CHARACTERS / (factor * 10), 6)}}
