"""What a call wants of the form of its answer, beyond what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call


class Extras(msgspec.Struct, frozen=True):
    """What a dialect of the API adds to its answers.

    ``body`` is added to a whole answer, and is an event of its own before those of a stream. ``choice`` is added to a
    whole choice and to every chunk that says something, ``silent`` to the other chunks.
    """

    body: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    silent: dict[str, Any] = {}


NO_EXTRAS: Final = Extras()


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one answer.

    ``logprobs`` is how many alternatives each token has, None for no probabilities. ``legacy`` writes a tool call as
    ``function_call``. ``audio`` is the format of the sound that is asked for. ``prediction`` is the text that the
    client expects. ``heard`` and ``seen`` count the sounds and images of the request.
    """

    logprobs: int | None = None
    legacy: bool = False
    audio: str | None = None
    prediction: str | None = None
    heard: int = 0
    seen: int = 0
    extras: Extras = NO_EXTRAS


#: The form of most answers. What is made in it is kept; what is made in another is forgotten with its request.
ORDINARY: Final = Form()


def form_of(call: Call, extras: Extras = NO_EXTRAS) -> Form:
    """Read the form from a call."""
    asked = call.parameters or {}
    if extras is NO_EXTRAS and _is_ordinary(call, asked):
        return ORDINARY
    audio = _audio(asked.get("audio")) if call.aloud else None
    return Form(
        logprobs=None if audio else call.logprobs,
        legacy=call.legacy_functions,
        audio=audio,
        prediction=_prediction(asked.get("prediction")),
        heard=_count(call, "audio"),
        seen=_count(call, "image"),
        extras=extras,
    )


def _is_ordinary(call: Call, asked: dict[str, Any]) -> bool:
    if call.logprobs is not None or call.legacy_functions or call.aloud or asked.get("prediction"):
        return False
    for message in call.messages:  # noqa: SIM110 - a loop takes a fifth of the time of all()
        if "audio" in message.parts:
            return False
    return True


def _audio(wanted: Any) -> str:
    """Return the format of the sound."""
    return str(wanted.get("format", "wav")) if isinstance(wanted, dict) else "wav"


def _prediction(prediction: Any) -> str | None:
    """Return the text that is predicted: a text, or parts of text."""
    content = prediction.get("content") if isinstance(prediction, dict) else None
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else None


def _count(call: Call, kind: str) -> int:
    return sum(message.parts.count(kind) for message in call.messages)
