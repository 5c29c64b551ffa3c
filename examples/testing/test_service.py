"""A web service, with what its clients get when the model fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from chat_service import ChatService
from openai import AsyncOpenAI

if TYPE_CHECKING:
    from openai_mock_api import Mock

pytestmark = [pytest.mark.asyncio, pytest.mark.openai_mock(config="flows.yaml")]


async def post(message: str) -> httpx2.Response:
    async with AsyncOpenAI(max_retries=0) as client:
        transport = httpx2.ASGITransport(app=ChatService(client))
        async with httpx2.AsyncClient(transport=transport, base_url="http://service") as http:
            return await http.post("/chat", json={"message": message})


async def test_it_answers(openai_mock: Mock) -> None:
    response = await post("Hello")
    body: dict[str, Any] = response.json()
    assert response.status_code == 200
    assert body["response"] == "Hello! How can I help you?"
    assert body["tokens"] > 0


@pytest.mark.openai_mock(allow_misses=True)
async def test_it_copes_with_what_nothing_matches(openai_mock: Mock) -> None:
    response = await post("something else")
    assert (response.status_code, response.json()) == (500, {"error": "The model did not answer."})


@pytest.mark.parametrize("failure", ["rate_limit", "server_error", "insufficient_quota"])
async def test_it_copes_with_failures(openai_mock: Mock, failure: Any) -> None:
    openai_mock.fail(failure)
    assert (await post("Hello")).status_code == 500
