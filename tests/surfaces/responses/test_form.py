from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.surfaces.responses.form import PLAIN, Form, form_of
from tests.surfaces.responding import call_of

FORMS: list[tuple[dict[str, Any], Form]] = [
    ({}, PLAIN),
    ({"temperature": 0, "metadata": {"a": "b"}}, PLAIN),
    ({"reasoning": {"effort": "low"}}, PLAIN),
    ({"reasoning": {"summary": "auto"}}, Form(summary=True)),
    ({"reasoning": {"generate_summary": "concise"}}, Form(summary=True)),
    ({"include": ["message.output_text.logprobs"], "top_logprobs": 3}, Form(logprobs=3)),
    (
        {"include": ["reasoning.encrypted_content", "message.input_image.image_url"]},
        Form(included=frozenset({"reasoning.encrypted_content"})),
    ),
    ({"tools": [{"type": "image_generation", "partial_images": 2}, {"type": "web_search"}]}, Form(partial_images=2)),
    ({"tools": [{"type": "image_generation"}]}, PLAIN),
    ({"model": "gpt-oss-120b"}, Form(thoughts=True)),
    ({"model": "gpt-oss-120b", "reasoning": {"summary": "auto"}}, Form(thoughts=True)),
    ({"reasoning": "much", "include": {}, "tools": {"type": "image_generation"}}, PLAIN),
    ({"tools": [7, {"type": "image_generation", "partial_images": "2"}], "include": [{}]}, PLAIN),
]


@pytest.mark.parametrize(("parameters", "form"), FORMS)
def test_the_form_is_what_the_request_asks_for(parameters: dict[str, Any], form: Form) -> None:
    assert form_of(call_of(**parameters)) == form


def test_a_call_that_was_read_in_one_pass_has_the_plain_form() -> None:
    call = call_of()
    call.parameters = None
    assert form_of(call) is PLAIN
