"""What must hold of what accompanies a text: its sources, sound and probabilities, and the choices beside it."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from openai_mock_api.config.complaints import not_negative
from openai_mock_api.config.model import Annotation, AssistantTurn, Audio, CustomTool, UrlCitation
from openai_mock_api.config.shapes import fields_of, is_given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_mock_api.config.complaints import Complaint, Rule
    from openai_mock_api.config.places import KeyPath

#: Keys that several choices share.
_OF_ALL_CHOICES: Final = (
    "choices",
    "usage",
    "model",
    "system_fingerprint",
    "headers",
    "delay",
    "pacing",
    "error",
    "fault",
    "content_filter",
    "expect",
)


def _custom_tool(tool: CustomTool) -> Iterator[Complaint]:
    if tool.name == "":
        yield ("name",), "is empty; name the tool"


def _citation(citation: UrlCitation) -> Iterator[Complaint]:
    if citation.url in (UNSET, ""):
        yield (), "needs `url`, the address of the source"
    yield from not_negative(citation, "start_index", "end_index")
    start, end = citation.start_index, citation.end_index
    if citation.text is not UNSET and (start is not UNSET or end is not UNSET):
        yield ("text",), "is the part of the text that the indices would name; remove one of them"
    if start is not UNSET and end is not UNSET and start > end:
        yield ("end_index",), f"expected {start} or more, which is `start_index`, got {end}"


def _annotation(annotation: Annotation) -> Iterator[Complaint]:
    if annotation.url_citation is UNSET:
        yield from _citation(annotation)
        return
    for key in filter(lambda key: is_given(annotation, key), fields_of(UrlCitation)):
        yield (key,), "goes into `url_citation`, which is given"


def _audio(audio: Audio) -> Iterator[Complaint]:
    if audio.data is not UNSET and not _is_base64(audio.data):
        yield ("data",), "is not base64"


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def beside_the_text(turn: AssistantTurn) -> Iterator[Complaint]:
    """What accompanies the text must agree with it."""
    if turn.audio is not UNSET and turn.audio.transcript is not UNSET and turn.content not in (None, UNSET):
        yield ("audio", "transcript"), "is the text, but `content` is given too; remove one"
    if not turn.template and isinstance(turn.content, str):
        yield from _quotations(turn.annotations, turn.content)
    logprobs = turn.logprobs if isinstance(turn.logprobs, list) else [turn.logprobs]
    for i, logprob in enumerate(logprobs):
        if logprob is not UNSET and logprob > 0:
            place = (i,) if isinstance(turn.logprobs, list) else ()
            yield ("logprobs", *place), f"expected 0 or less, as the logarithm of a probability is, got {logprob:g}"


def _quotations(annotations: Iterable[Annotation], content: str) -> Iterator[Complaint]:
    for i, annotation in enumerate(annotations):
        inner = annotation.url_citation
        citation = annotation if inner is UNSET else inner
        path: KeyPath = ("annotations", i) if inner is UNSET else ("annotations", i, "url_citation")
        if citation.text is not UNSET and citation.text not in content:
            yield (*path, "text"), "does not stand in `content`"
        if citation.end_index is not UNSET and citation.end_index > len(content):
            yield (*path, "end_index"), f"is behind the end of `content`, which has {len(content)} characters"


def choices(turn: AssistantTurn) -> Iterator[Complaint]:
    """What is said stands in the choices, what is of the whole answer beside them."""
    if turn.choices:
        for key in filter(lambda key: is_given(turn, key) and key not in _OF_ALL_CHOICES, fields_of(AssistantTurn)):
            yield (key,), "goes into the entries of `choices`, which answer instead of this turn"
    for i, choice in enumerate(turn.choices):
        for key in filter(lambda key: is_given(choice, key), _OF_ALL_CHOICES):
            yield ("choices", i, key), "is of the whole answer; put it beside `choices`"


ANSWER_RULES: Final[dict[type[msgspec.Struct], Rule]] = {
    CustomTool: _custom_tool,
    UrlCitation: _citation,
    Annotation: _annotation,
    Audio: _audio,
}
