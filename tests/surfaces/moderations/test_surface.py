from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import ModerationCreateResponse

from openai_mock_api.clock import Clock
from openai_mock_api.http import Request
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.inputs.moderation import CATEGORIES, Judgement, Moderator
from openai_mock_api.script.matching.matchers import Contains
from openai_mock_api.surfaces.moderations.surface import Moderations
from tests.strictness import faults

KILL = Judgement(Expected(role="user", matcher=Contains.of("kill")), {"violence": 0.9, "hate": 0.4})
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def answered(value: Any, clock: Clock | None = None, **document: Any) -> dict[str, Any]:
    surface = Moderations(Moderator([KILL]))
    request = Request("POST", "/v1/moderations", [], json.dumps({"input": value, **document}).encode())
    found: dict[str, Any] = json.loads(surface.respond(surface.parse(request), clock or Clock()).body)
    return found


@pytest.mark.parametrize("value", ["kill", ["kill", "help"], [{"type": "text", "text": "kill"}, IMAGE], [IMAGE]])
def test_the_answer_is_as_the_sdk_says(value: Any) -> None:
    document = answered(value)
    assert faults(ModerationCreateResponse, document) == []
    assert list(document) == ["id", "model", "results"]
    assert document["model"] == "omni-moderation-latest"
    assert document["id"].startswith("modr-")


def test_every_input_has_a_result() -> None:
    results = answered(["help", "I kill", "them"])["results"]
    assert [result["flagged"] for result in results] == [False, True, False]


def test_categories_are_flagged_from_a_half_on() -> None:
    [result] = answered("kill")["results"]
    assert [name for name, flagged in result["categories"].items() if flagged] == ["violence"]
    assert (result["category_scores"]["violence"], result["category_scores"]["hate"]) == (0.9, 0.4)
    assert list(result["categories"]) == list(result["category_scores"]) == list(CATEGORIES)


def test_all_parts_of_an_input_have_one_result() -> None:
    [result] = answered([{"type": "text", "text": "kill"}, IMAGE])["results"]
    applied = result["category_applied_input_types"]
    assert (applied["violence"], applied["hate"], result["flagged"]) == (["text", "image"], ["text"], True)


@pytest.mark.parametrize("model", ["text-moderation-latest", "text-moderation-stable"])
def test_older_models_know_fewer_categories_and_no_kinds_of_input(model: str) -> None:
    document = answered("kill", model=model)
    [result] = document["results"]
    assert list(result) == ["flagged", "categories", "category_scores"]
    assert set(CATEGORIES) - set(result["categories"]) == {"illicit", "illicit/violent"}
    assert (document["model"], result["flagged"]) == (model, True)


def test_every_answer_has_an_id_of_its_own() -> None:
    clock = Clock()
    assert answered("a", clock)["id"] != answered("a", clock)["id"]
