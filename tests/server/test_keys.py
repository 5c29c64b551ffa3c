from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.server.keys import Keys
from tests.serving import Served, app_of, chat, flow, head, post, serving
from tests.surfaces.refusals import fault_of

KEYS = Keys(["test-key", "clé"])


def sent(*authorization: bytes) -> Request:
    return Request("GET", "/", [(b"authorization", value) for value in authorization])


@pytest.mark.parametrize(
    "value",
    [b"Bearer test-key", b"bearer test-key", b"BEARER test-key", b"Bearer  test-key", "Bearer clé".encode()],
)
def test_accepted_keys(value: bytes) -> None:
    assert fault_of(KEYS.check, sent(value)) is None


@pytest.mark.parametrize("values", [[], [b""], [b"Bearer"], [b"Bearer "], [b"Basic dGVzdC1rZXk="], [b"test-key"]])
def test_no_key(values: list[bytes]) -> None:
    with pytest.raises(ApiError, match="You didn't provide an API key") as caught:
        KEYS.check(sent(*values))
    assert (caught.value.status, caught.value.code, caught.value.param) == (401, None, None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"Bearer nope", r"\*\*\*\*\."),
        (b"Bearer test-key2", r"\*{9}\."),
        (b"Bearer sk-wrong-and-long-enough", r"sk-wrong\*{12}ough\."),
        (b"bearer \xff\xfe", r"\*\*\."),
    ],
)
def test_another_key(value: bytes, shown: str) -> None:
    with pytest.raises(ApiError, match="Incorrect API key provided: " + shown) as caught:
        KEYS.check(sent(value))
    assert (caught.value.status, caught.value.code) == (401, "invalid_api_key")


def test_without_keys_everybody_may_call() -> None:
    assert fault_of(Keys(None).check, sent()) is None
    assert fault_of(Keys(None).check_azure, sent()) is None


@pytest.mark.parametrize(
    "headers",
    [
        [(b"api-key", b"test-key")],
        [(b"api-key", "clé".encode()), (b"authorization", b"Bearer nope")],
        [(b"authorization", b"Bearer test-key")],
    ],
)
def test_keys_that_azure_accepts(headers: list[tuple[bytes, bytes]]) -> None:
    assert fault_of(KEYS.check_azure, Request("GET", "/", headers)) is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"api-key", b"nope")],
        [(b"api-key", b"Bearer test-key")],
        [(b"api-key", b"nope"), (b"authorization", b"Bearer test-key")],
        [(b"authorization", b"test-key")],
        [(b"authorization", b"Basic test-key")],
    ],
)
def test_keys_that_azure_refuses(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(ApiError, match="Access denied due to invalid subscription key") as caught:
        KEYS.check_azure(Request("GET", "/", headers))
    assert (caught.value.status, caught.value.code) == (401, "401")


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/chat/completions"), ("GET", "/v1/models")])
def test_a_key_is_needed(fast: Served, method: str, path: str) -> None:
    with fast.wire() as wire:
        assert wire.ask(head(method, path, key=None)).status == 401
        assert wire.ask(head(method, path, key="wrong")).error["code"] == "invalid_api_key"


def test_health_and_preflight_need_no_key(fast: Served) -> None:
    with fast.wire() as wire:
        assert wire.ask(head("GET", "/health", key=None)).status == 200
        assert wire.ask(head("OPTIONS", "/v1/models", key=None)).status == 200


def test_the_sdk_knows_the_error(fast: Served) -> None:
    with pytest.raises(openai.AuthenticationError, match=r"sk-wrong\*+ough"):
        fast.client(api_key="sk-wrong-and-long-enough").models.list()


@pytest.mark.parametrize(
    ("config", "accepted", "refused"),
    [
        ({"api_key": "a"}, ["a"], ["b", None]),
        ({"api_keys": ["a", "b"]}, ["a", "b"], ["test-key"]),
        ({"api_key": None}, ["a", None], []),
    ],
)
def test_configured_keys(config: dict[str, Any], accepted: list[str | None], refused: list[str | None]) -> None:
    app = app_of({**config, "responses": [flow("Hello", content="Hi")]})
    with serving(app) as served, served.wire() as wire:
        assert {wire.ask(post(chat("Hello"), key=key)).status for key in accepted} == {200}
        assert all(wire.ask(post(chat("Hello"), key=key)).status == 401 for key in refused)
