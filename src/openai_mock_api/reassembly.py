"""The events of a stream as the one object that a client makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.dialogue import mappings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Fields of a delta whose texts follow each other; of others the last counts.
_JOINED: Final = ("content", "refusal", "arguments", "input", "text", "data", "transcript")


def assembled(events: Sequence[Any]) -> Any:
    """Return the completion, or the response, that the events of a stream make up; None when they make up none.

    A completion that an error has broken off has it as ``error``.
    """
    documents = [event for event in events if isinstance(event, dict)]
    whole = [event["response"] for event in documents if isinstance(event.get("response"), dict)]
    if whole:
        return whole[-1]
    chunks = [document for document in documents if "choices" in document]
    if not chunks:
        return None
    errors = [event for event in documents if isinstance(event.get("error"), dict)]
    return _completion(chunks) | (errors[-1] if errors else {})


def _completion(chunks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    completion = {name: value for chunk in chunks for name, value in chunk.items() if name != "obfuscation"}
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    parts: dict[int, list[dict[str, Any]]] = {}
    for chunk in chunks:
        for part in mappings(chunk, "choices"):
            parts.setdefault(part.get("index", 0), []).append(part)
    return {
        **completion,
        "object": str(completion.get("object", "")).removesuffix(".chunk"),
        "choices": [_choice(parts[i]) for i in sorted(parts)],
        "usage": usages[-1] if usages else None,
    }


def _choice(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    choice = _merged({key: value for key, value in part.items() if key != "delta"} for part in parts)
    deltas = [part["delta"] for part in parts if isinstance(part.get("delta"), dict)]
    if deltas:
        choice["message"] = {"content": None, **_merged(deltas)}
    return choice


def _merged(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Put the parts of one object together: texts that grow, lists of what has an index, and what was said last."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            whole[key] = _with(whole.get(key), value, joined=key in _JOINED)
    return whole


def _with(before: Any, value: Any, *, joined: bool) -> Any:
    if value is None or before is None:
        return before if value is None else _fresh(value)
    if isinstance(before, dict) and isinstance(value, dict):
        return _merged([before, value])
    if isinstance(before, list) and isinstance(value, list):
        return _listed(before, value)
    return before + value if joined and isinstance(before, str) and isinstance(value, str) else value


def _fresh(value: Any) -> Any:
    return _listed([], value) if isinstance(value, list) else value


def _listed(before: list[Any], items: list[Any]) -> list[Any]:
    """Add items to a list; those that have an index go on where an earlier one of the same index stopped."""
    whole = list(before)
    for item in items:
        at = _index(item)
        place = None if at is None else next((i for i, old in enumerate(whole) if _index(old) == at), None)
        if place is None:
            whole.append(item)
        else:
            whole[place] = _merged([whole[place], item])
    return whole


def _index(item: Any) -> Any:
    return item.get("index") if isinstance(item, dict) else None
