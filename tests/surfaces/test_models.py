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
