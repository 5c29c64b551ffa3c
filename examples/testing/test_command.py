"""The command as a process of its own, as tests in other languages start it. It is ready when it says so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openai import OpenAI

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOWS = Path(__file__).with_name("flows.yaml")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command = [sys.executable, "-m", "openai_mock_api", "--config", str(FLOWS), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if started := re.search(r"started on port (\d+)", line):
                yield int(started[1])
                break
        process.terminate()


def test_it_answers(port: int) -> None:
    with OpenAI(api_key="test-key", base_url=f"http://127.0.0.1:{port}/v1") as client:
        answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}])
    assert answer.choices[0].message.content == "Hello! How can I help you?"
