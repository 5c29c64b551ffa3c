"""The Vercel AI SDK against the mock: what vercel.mjs does and prints, over Responses and over Chat Completions."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.node.running import printed
from tests.node.test_node_sdk import ADA, FORECAST, GREETING

pytestmark = pytest.mark.timeout(300)

LOOP: Final = {"text": FORECAST, "finishReasons": ["tool-calls", "stop"], "asked": ["Paris", "Oslo"]}


@pytest.fixture(scope="module")
def everything(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What vercel.mjs prints."""
    return printed("vercel.mjs", request, tmp_path_factory)


@pytest.fixture(params=["responses", "chat"])
def results(request: pytest.FixtureRequest, everything: dict[str, Any]) -> dict[str, Any]:
    """What it prints of one API."""
    found: dict[str, Any] = everything[request.param]
    return found


def test_generate_text(results: dict[str, Any]) -> None:
    assert results["text"] == {"text": GREETING, "finishReason": "stop", "counted": True, "warnings": []}


def test_stream_text(results: dict[str, Any]) -> None:
    assert results["streamed"]["outputTokens"] > 10
    assert results["streamed"] | {"outputTokens": 0} == {
        "text": GREETING,
        "several": True,
        "finishReason": "stop",
        "outputTokens": 0,
    }


def test_tool_loop(results: dict[str, Any]) -> None:
    assert results["loop"] == LOOP


def test_streamed_tool_loop(results: dict[str, Any]) -> None:
    types = results["streamed_loop"]["types"]
    assert {"tool-input-delta", "tool-call", "tool-result", "text-delta", "finish"} <= set(types)
    assert "error" not in types
    assert {key: value for key, value in results["streamed_loop"].items() if key != "types"} == LOOP


def test_objects(results: dict[str, Any]) -> None:
    assert results["objects"] == {"object": ADA, "streamed": ADA, "growing": True, "output": ADA}


def test_a_miss_is_the_sdks_error(results: dict[str, Any]) -> None:
    assert results["miss"] == {"known": True, "status": 400, "code": "no_match"}
