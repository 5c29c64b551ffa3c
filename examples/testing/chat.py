"""An application to test: a chat that remembers what was said."""

from __future__ import annotations

from typing import Any

from openai import OpenAI, OpenAIError


class Chat:
    """One conversation. What was said so far is sent with every message."""

    def __init__(self, client: OpenAI) -> None:
        self._client = client
        self.messages: list[Any] = []

    def say(self, text: str) -> str:
        """Say something, and return the answer, or an apology when there is none."""
        self.messages.append({"role": "user", "content": text})
        try:
            completion = self._client.chat.completions.create(model="gpt-4o", messages=self.messages)
            answer = completion.choices[0].message.content or ""
        except OpenAIError:
            answer = "Sorry, something went wrong."
        self.messages.append({"role": "assistant", "content": answer})
        return answer
