from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api import MockServer
from openai_mock_api.http import Request
from openai_mock_api.server.prompts import NAMED
from tests.server.answers import error, last, named
from tests.serving import KEY, app_of, flow, serving

if TYPE_CHECKING:
    from openai_mock_api.http import Response
    from openai_mock_api.server.app import App

HEADERS = [(b"authorization", b"Bearer " + KEY.encode())]
SMALL = "text-embedding-3-small"


def meant(user: str, endpoint: str = "embeddings", **turn: Any) -> dict[str, Any]:
    return {**flow(user, **turn), "when": {"endpoint": endpoint}}


def app(*flows: dict[str, Any], **config: Any) -> App:
    return app_of({"responses": flows or [flow("unused", content="")], **config})


def ask(app: App, path: str, value: Any, *headers: tuple[bytes, bytes], **document: Any) -> Response:
    return app.handle(Request("POST", path, [*HEADERS, *headers], json.dumps({"input": value, **document}).encode()))


def embed(app: App, value: Any, *headers: tuple[bytes, bytes], **document: Any) -> Response:
    return ask(app, "/v1/embeddings", value, *headers, **{"model": SMALL, **document})


def moderate(app: App, value: Any, **document: Any) -> Response:
    return ask(app, "/v1/moderations", value, **document)


def test_nothing_of_the_script_is_needed() -> None:
    mock = app()
    assert (embed(mock, "Hello").status, moderate(mock, "Hello").status) == (200, 200)
    assert not any(exchange.missed for exchange in mock.journal.exchanges())
    assert named(mock) == []


@pytest.mark.parametrize(("endpoint", "other"), [("embeddings", "moderations"), ("moderations", "embeddings")])
def test_a_turn_that_is_an_error_fails_the_request(endpoint: str, other: str) -> None:
    mock = app(meant("bad", endpoint, error="rate_limit", delay=2))
    for path in ("/v1/embeddings", "/v1/moderations"):
        response = ask(mock, path, ["good", "bad"], **({"model": SMALL} if path == "/v1/embeddings" else {}))
        if path.endswith(other):
            assert response.status == 200
        else:
            assert (response.status, error(response)["code"], response.delay) == (429, "rate_limit_exceeded", 2)
            assert (named(mock), last(mock).response_headers["retry-after"]) == ([b"bad"], "1")


def test_flows_that_do_not_name_the_endpoint_are_for_conversations() -> None:
    mock = app(flow("bad", error="rate_limit"), {**flow("x", id="y", error="rate_limit"), "when": {"model": "text-*"}})
    assert [embed(mock, text).status for text in ("bad", "x")] == [200, 200]


def test_one_flow_may_be_for_several_endpoints() -> None:
    mock = app({**flow("bad", error="server_error"), "when": {"endpoint": ["chat", "embeddings"], "model": "text-*"}})
    assert embed(mock, "bad").status == 500
    assert embed(mock, "bad", model="other").status == 200


def test_a_sequence_goes_on_from_input_to_input_and_request_to_request() -> None:
    mock = app(meant("x", sequence=[{"content": ""}, {"content": ""}, {"error": "overloaded"}, {"content": ""}]))
    assert [embed(mock, ["x", "x"]).status, embed(mock, "x").status, embed(mock, "x").status] == [200, 503, 200]
    mock.reset()
    assert embed(mock, "x").status == 200


def test_other_turns_give_their_delay_and_their_headers() -> None:
    mock = app(meant("slow", content="", delay=3, headers={"x-a": "b"}), meant("slower", content="", delay=5))
    response = embed(mock, ["slow", "slower", "slow", "fast"])
    assert (response.status, response.delay, response.own) == (200, 5, {"x-a": "b"})
    assert named(mock) == [b"slow", b"slower"]
    assert last(mock).matched == "slower"


def test_no_more_flows_are_named_than_clients_take() -> None:
    texts = [f"text {place}" for place in range(NAMED + 5)]
    mock = app(*(meant(text, content="") for text in texts))
    embed(mock, texts)
    assert len(named(mock)) == NAMED


def test_a_function_cannot_answer() -> None:
    with MockServer({"responses": [meant("x", content="")]}, port=0) as mock:
        mock.reply(lambda _: "text", to="x", when={"endpoint": "embeddings"})
        client = openai.OpenAI(base_url=mock.base_url, api_key=mock.api_key, max_retries=0)
        with client, pytest.raises(openai.BadRequestError, match="answers by a function at messages") as caught:
            client.embeddings.create(model=SMALL, input="x")
    assert caught.value.code == "script_error"


def test_vectors_that_cannot_be_given_are_errors_of_the_script() -> None:
    mock = app(embeddings=[{"content": "x", "vector": [0, 1]}])
    assert error(embed(mock, "x", dimensions=1))["code"] == "script_error"


def test_a_reset_or_another_configuration_is_followed() -> None:
    mock = app(embeddings=[{"content": "x", "vector": [1]}], embedding_dimensions={"mine": 3})
    assert json.loads(embed(mock, "x", model="mine").body)["data"][0]["embedding"] == [1.0, 0.0, 0.0]


def test_embeddings_are_limited_by_their_tokens() -> None:
    mock = app(limits={"tokens_per_minute": 10})
    assert embed(mock, "one two three four").status == 200
    assert last(mock).response_headers["x-ratelimit-remaining-tokens"] == "6"
    assert error(embed(mock, ["one two three four"] * 2))["type"] == "tokens"


def test_only_models_exist_that_are_listed() -> None:
    mock = app(models=[SMALL])
    assert (embed(mock, "a").status, embed(mock, "a", model="text-embedding-3-large").status) == (200, 404)
    assert moderate(mock, "a").status == 200


def test_warnings_stand_in_a_header() -> None:
    mock = app(validation="warn")
    embed(mock, "a", dimensions=9999)
    assert last(mock).response_headers["x-mock-warning"].startswith("Invalid value for 'dimensions' = 9999.")
    assert embed(mock, "a", (b"x-mock-validation", b"strict"), dimensions=9999).status == 400


def test_embeddings_have_a_deployment_at_azure() -> None:
    mock = app(azure={"deployments": {"vectors": "text-embedding-3-large"}})
    path = "/openai/deployments/vectors/embeddings"
    request = Request("POST", path, [(b"api-key", KEY.encode())], b'{"input":"a"}', "api-version=2024-10-21")
    answer = json.loads(mock.handle(request).body)
    assert (answer["model"], len(answer["data"][0]["embedding"])) == ("text-embedding-3-large", 3072)


def test_the_sdk_reads_the_answers() -> None:
    entry = {"content": "near", "like": "refunds", "similarity": 0.9}
    with serving(app_of({"embeddings": [entry]})) as served:
        client = openai.OpenAI(base_url=f"{served.url}/v1", api_key=KEY, max_retries=0)
        with client:
            answer = client.embeddings.create(model=SMALL, input=["refunds", "near"])
        one, other = (found.embedding for found in answer.data)
        assert sum(a * b for a, b in zip(one, other, strict=True)) == pytest.approx(0.9, abs=1e-5)


def test_the_sdk_validates_the_answers_strictly() -> None:
    judgement = {"content": "kill", "matcher": "contains", "categories": ["violence"]}
    with serving(app(moderations=[judgement])) as served, served.client() as client:
        numbers = client.embeddings.create(model=SMALL, input="a", encoding_format="float", dimensions=2)
        assert len(numbers.data[0].embedding) == 2
        [calm, angry] = client.moderations.create(input=["a", "I will kill you"]).results
        assert (calm.flagged, angry.flagged, angry.categories.violence) == (False, True, True)
        with pytest.raises(openai.BadRequestError, match="cannot be an empty string"):
            client.embeddings.create(model=SMALL, input="")


def test_strict_validation_takes_vectors_that_are_always_numbers() -> None:
    with serving(app(embedding_format="float")) as served, served.client() as client:
        assert len(client.embeddings.create(model=SMALL, input="a").data[0].embedding) == 1536
