"""The parts that do the work, loaded when they are used.

They stand in a module of their own because pytest looks into everything that it finds in a plugin, which is a use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    from openai_mock_api.pytest_plugin import findings, run
else:
    findings = Lazy("openai_mock_api.pytest_plugin.findings")
    run = Lazy("openai_mock_api.pytest_plugin.run")

__all__ = ["findings", "run"]
