"""What moderation finds, as the API writes it: for inputs, or beside an answer.

Source: API reference, "Moderations", and ``moderation`` of completions and responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.script.inputs.moderation import CATEGORIES, FLAGGED, Moderator, applied_types
from openai_mock_api.script.messages import Message
from openai_mock_api.surfaces.reading import object_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.script.inputs.moderation import Judgement
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.speech import Speech

#: Categories that came with the models that look at images.
_NEWER: Final = frozenset({"illicit", "illicit/violent"})


def result(message: Message, scores: dict[str, float]) -> dict[str, Any]:
    """Return the result for one input."""
    return {
        **_findings(scores),
        "category_applied_input_types": {name: applied_types(message, name) for name in CATEGORIES},
    }


def older_result(_: Message, scores: dict[str, float]) -> dict[str, Any]:
    """Return the result for one input as the models write it that know no images."""
    return _findings({name: score for name, score in scores.items() if name not in _NEWER})


def _findings(scores: dict[str, float]) -> dict[str, Any]:
    categories = {name: score >= FLAGGED for name, score in scores.items()}
    return {"flagged": any(categories.values()), "categories": categories, "category_scores": scores}


def beside(call: Call, judgements: Sequence[Judgement]) -> Beside | None:
    """Return what judges a call and its answer, None unless the call asks for that."""
    model = object_of((call.parameters or {}).get("moderation")).get("model")
    return Beside(Moderator(judgements), model, call) if type(model) is str else None


class Beside:
    """What moderation finds in a call and its answer. Lives as long as the answer is rendered."""

    def __init__(self, moderator: Moderator, model: str, call: Call) -> None:
        self._moderator = moderator
        self._model = model
        self._messages = call.messages

    def completion(self, speeches: Sequence[Speech]) -> dict[str, Any]:
        """Return the results of a completion: one for the request, one for each choice."""
        return {
            "input": self._listed([self._input()]),
            "output": self._listed([self._output(speech) for speech in speeches]),
        }

    def response(self, speech: Speech) -> dict[str, Any]:
        """Return the results of a response: one for the request, one for the answer."""
        return {"input": self._input(), "output": self._output(speech)}

    def _listed(self, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {"type": "moderation_results", "model": self._model, "results": results}

    def _input(self) -> dict[str, Any]:
        """Judge the request: each of its messages, and of their scores the highest."""
        inputs = [_as_input(message) for message in self._messages]
        found = [self._moderator.scores(one) for one in inputs]
        highest = {name: max((scores[name] for scores in found), default=0.0) for name in CATEGORIES}
        texts, images = "".join(one.text for one in inputs), tuple(part for one in inputs for part in one.parts)
        return self._named(Message("user", texts, parts=images), highest)

    def _output(self, speech: Speech) -> dict[str, Any]:
        message = Message("user", speech.content or speech.refusal or "")
        return self._named(message, self._moderator.scores(message))

    def _named(self, message: Message, scores: dict[str, float]) -> dict[str, Any]:
        return {"type": "moderation_result", "model": self._model, **result(message, scores)}


def _as_input(message: Message) -> Message:
    """Return a message as moderation reads it: a text of somebody's, with images."""
    return Message("user", message.text, parts=tuple(part for part in message.parts if part == "image"))
