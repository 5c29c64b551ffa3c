from __future__ import annotations

import pytest

from openai_mock_api.script.grammars.samples import LONGEST, sample_input
from openai_mock_api.script.messages import Grammar

#: The grammar of a patch, as agents send it.
PATCH = """
start: begin_patch hunk+ end_patch
begin_patch: "*** Begin Patch" LF
end_patch: "*** End Patch" LF?

hunk: add_hunk | delete_hunk | update_hunk
add_hunk: "*** Add File: " filename LF add_line+
delete_hunk: "*** Delete File: " filename LF
update_hunk: "*** Update File: " filename LF change_move? change?

filename: /(.+)/
add_line: "+" /(.*)/ LF -> line
change_move: "*** Move to: " filename LF
change: (change_context | change_line)+
change_context: ("@@" | "@@ " /(.+)/) LF
change_line: ("+" | "-" | " ") /(.*)/ LF

%import common.LF
"""


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        (Grammar("regex", "^\\d{4}-\\d{2}$"), "0000-00"),
        (Grammar("regex", "["), None),
        (Grammar("lark", 'start: "a"'), "a"),
        (Grammar("lark", PATCH), "*** Begin Patch\n*** Add File: a\n+a\n*** End Patch"),
        (Grammar("lark", "start: start"), None),
        (Grammar("lark", "start: {"), None),
        (Grammar("lark", ""), None),
        (Grammar("lark", "start: " + "(" * 5_000), None),
        (Grammar("lark", 'start: "a"'.ljust(LONGEST + 1)), None),
    ],
)
def test_an_input(grammar: Grammar, text: str | None) -> None:
    assert sample_input(grammar) == text
