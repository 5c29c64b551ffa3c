from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.surfaces.chat.form import ORDINARY, Extras, Form, form_of
from tests.surfaces.rendering import call_of

SOUND = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
FUNCTIONS = [{"name": "f", "parameters": {}}]
TOOLS = [{"type": "function", "function": FUNCTIONS[0]}]
VOICE = {"voice": "alloy", "format": "mp3"}


def asking(**parameters: Any) -> dict[str, Any]:
    return parameters


def showing(*parts: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, *parts]}]}


@pytest.mark.parametrize(
    "parameters",
    [
        asking(),
        asking(tools=TOOLS, temperature=1, seed=1),
        asking(logprobs=False),
        asking(modalities=["text"]),
        asking(modalities=None, prediction=None),
        showing(),
        showing(IMAGE),
    ],
)
def test_the_ordinary_form(parameters: dict[str, Any]) -> None:
    assert form_of(call_of(**parameters)) is ORDINARY


@pytest.mark.parametrize(
    ("parameters", "form"),
    [
        (asking(logprobs=True), Form(logprobs=0)),
        (asking(logprobs=True, top_logprobs=5), Form(logprobs=5)),
        (asking(functions=FUNCTIONS), Form(legacy=True)),
        (asking(modalities=["text", "audio"], audio=VOICE), Form(audio="mp3")),
        (asking(prediction={"type": "content", "content": "Hi"}), Form(prediction="Hi")),
        (showing(SOUND), Form(heard=1)),
        (showing(IMAGE, SOUND, SOUND), Form(heard=2, seen=1)),
    ],
)
def test_other_forms(parameters: dict[str, Any], form: Form) -> None:
    assert form_of(call_of(**parameters)) == form


def test_what_a_dialect_adds_is_part_of_the_form() -> None:
    extras = Extras(choice={"content_filter_results": {}})
    assert form_of(call_of(), extras) == Form(extras=extras)


@pytest.mark.parametrize(
    ("parameters", "form"),
    [
        (asking(modalities=["audio"], audio=None), Form(audio="wav")),
        (asking(modalities=["audio"], audio={}), Form(audio="wav")),
        (asking(prediction={"content": 7}), Form()),
        (asking(prediction="Hi"), Form()),
        (asking(prediction={"content": ["a", {"text": "b"}, {}]}), Form(prediction="b")),
    ],
)
def test_what_nobody_has_checked_is_read_as_far_as_it_goes(parameters: dict[str, Any], form: Form) -> None:
    call = call_of(user="x")
    call.parameters = {**(call.parameters or {}), **parameters}
    call.aloud = "modalities" in parameters
    assert form_of(call) == form
