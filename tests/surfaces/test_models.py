from __future__ import annotations

import openai
import pytest

from openai_mock_api.surfaces.models import CURRENT
from tests.serving import Served, app_of, flow, head, serving


def test_the_configured_models_are_listed(fast: Served) -> None:
    models = fast.client().models.list().data
    assert [model.id for model in models] == ["gpt-4o", "ft:gpt-4o/mine"]
    assert {(model.object, model.owned_by) for model in models} == {("model", "system")}


def test_current_models_are_listed_without_configured_ones() -> None:
    with serving(app_of({"responses": [flow("Hello", content="Hi")]})) as served:
        models = served.client().models.list()
    assert {model.id: model.created for model in models} == CURRENT


@pytest.mark.parametrize("name", ["gpt-4o", "ft:gpt-4o/mine"])
def test_one_model(fast: Served, name: str) -> None:
    assert fast.client().models.retrieve(name).id == name


@pytest.mark.parametrize("name", ["gpt-5", "gpt-4o-mini", "GPT-4O", "gpt 4o", "é"])
def test_a_model_that_is_not_listed(fast: Served, name: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        fast.client().models.retrieve(name)
    assert caught.value.body == {
        "message": f"The model '{name}' does not exist",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


@pytest.mark.parametrize("path", ["/v1/models", "/models", "/v1/models/", "/models/", "/v1/models?limit=1"])
def test_paths_of_the_list(fast: Served, path: str) -> None:
    with fast.wire() as wire:
        assert len(wire.ask(head("GET", path)).json["data"]) == 2


TUNED = "ft:gpt-4o/mine"


def test_a_fine_tuned_model_is_deleted_until_the_server_is_reset(fast: Served) -> None:
    models = fast.client().models
    deleted = models.delete(TUNED)
    assert (deleted.id, deleted.object, deleted.deleted) == (TUNED, "model", True)
    assert [model.id for model in models.list()] == ["gpt-4o"]
    for call in (models.retrieve, models.delete):
        with pytest.raises(openai.NotFoundError):
            call(TUNED)
    fast.app.reset()
    assert models.retrieve(TUNED).id == TUNED


def test_other_models_cannot_be_deleted(fast: Served) -> None:
    with pytest.raises(openai.PermissionDeniedError, match="only fine-tuned models can"):
        fast.client().models.delete("gpt-4o")
    assert fast.client().models.retrieve("gpt-4o").id == "gpt-4o"


def test_unknown_models_can_be_made_up() -> None:
    config = {"resources": {"missing": "synthesize"}, "models": ["gpt-4o"], "responses": [flow("Hello", content="Hi")]}
    with serving(app_of(config)) as served:
        models = served.client().models
        assert models.retrieve("gpt-9").id == "gpt-9"
        assert models.delete("ft:gpt-9:mine").deleted
        assert [model.id for model in models.list()] == ["gpt-4o"]
