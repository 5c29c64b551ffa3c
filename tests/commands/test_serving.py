from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from conformance.sdk_suite import HERE
from conformance.serving import serving

if TYPE_CHECKING:
    from pathlib import Path


def test_the_suites_configuration_is_served(tmp_path: Path) -> None:
    with (
        serving(HERE / "sdk_suite.yaml", tmp_path / "log") as address,
        urllib.request.urlopen(f"{address}/health") as answer,
    ):
        assert json.load(answer)["status"] == "ok"
    assert (tmp_path / "log").read_text().endswith("server stopped\n")


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"), serving(tmp_path / "none.yaml", tmp_path / "log"):
        pass
