"""An application to test: a small web service with one route, ``POST /chat``, as an ASGI application."""

from __future__ import annotations

import json
from typing import Any

from openai import AsyncOpenAI, OpenAIError


class ChatService:
    """Answers ``{"message": "…"}`` with ``{"response": "…", "tokens": 12}``; with status 500 when the model fails."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        request = json.loads((await receive())["body"])
        status, answer = await self._answer(request["message"])
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def _answer(self, message: str) -> tuple[int, dict[str, Any]]:
        messages: Any = [{"role": "user", "content": message}]
        try:
            completion = await self._client.chat.completions.create(model="gpt-4o", messages=messages)
        except OpenAIError:
            return 500, {"error": "The model did not answer."}
        usage = completion.usage
        return 200, {"response": completion.choices[0].message.content, "tokens": usage.total_tokens if usage else 0}
