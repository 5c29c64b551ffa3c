from __future__ import annotations

import math

import pytest
from msgspec import UNSET

from openai_mock_api.config.complaints import not_negative
from openai_mock_api.config.model import Pacing


@pytest.mark.parametrize("seconds", [0, 0.5, 1e9])
def test_numbers_from_0(seconds: float) -> None:
    assert list(not_negative(Pacing(ttft=seconds, inter_token=UNSET), "ttft", "inter_token")) == []


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan])
def test_other_numbers(seconds: float) -> None:
    ((path, message),) = not_negative(Pacing(ttft=seconds), "ttft", "inter_token")
    assert path == ("ttft",)
    assert message.startswith("expected 0 or more, got ")
