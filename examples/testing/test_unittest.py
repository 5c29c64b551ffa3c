"""The same with unittest."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import ClassVar

from openai import AuthenticationError, OpenAI

from openai_mock_api import MockServer

FLOWS = Path(__file__).with_name("flows.yaml")


class TestCompletions(unittest.TestCase):
    mock: ClassVar[MockServer]
    client: ClassVar[OpenAI]

    @classmethod
    def setUpClass(cls) -> None:
        cls.mock = cls.enterClassContext(MockServer(FLOWS, port=0))
        cls.client = cls.enterClassContext(OpenAI(api_key="test-key", base_url=cls.mock.base_url))

    def setUp(self) -> None:
        self.mock.reset()
        self.addCleanup(self.mock.verify)

    def test_a_completion_is_answered(self) -> None:
        answer = self.client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}])
        self.assertEqual(answer.choices[0].message.content, "Hello! How can I help you?")
        self.assertEqual(len(self.mock.requests), 1)

    def test_a_wrong_key_is_refused(self) -> None:
        client = self.client.with_options(api_key="wrong-key")
        with self.assertRaises(AuthenticationError):
            client.models.list()
