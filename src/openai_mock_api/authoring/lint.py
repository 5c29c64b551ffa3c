"""What is doubtful about a script that is correct.

Every flow is asked what it is made for (``examples``), by the engine that answers requests too. So whatever is
reported has been seen to happen, or holds by the matchers alone (``coverage``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.authoring.contests import Contests
from openai_mock_api.authoring.loops import loops
from openai_mock_api.authoring.overlaps import overlaps
from openai_mock_api.authoring.turns import turn_findings

if TYPE_CHECKING:
    from openai_mock_api.authoring.findings import Finding, Sources
    from openai_mock_api.script.script import Script


def lint(script: Script, sources: Sources) -> list[Finding]:
    """Look through a script; return warnings, then notes, each in the order of the script."""
    contests = Contests(script, sources)
    found = list(contests.findings())
    for flow in script.flows:
        found += turn_findings(flow)
    found += loops(contests)
    found += overlaps(contests, {finding.response for finding in found if finding.level == "warning"})
    order = {flow.id: place for place, flow in enumerate(script.flows)}
    return sorted(found, key=lambda finding: (finding.level == "note", order[finding.response], finding.path))
