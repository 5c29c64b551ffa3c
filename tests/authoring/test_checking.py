from openai_mock_api.authoring.checking import Checked, check
from openai_mock_api.config.load import load_text
from tests.authoring.scripts import HEAD

ORDER = "  - {id: %s, messages: [{role: user, content: order, matcher: contains}, {role: assistant, content: %s}]}\n"


def checked(text: str) -> Checked:
    return check(lambda: load_text(text, "config.yaml"))


def test_nothing_to_complain_about_is_one_line() -> None:
    found = checked(HEAD + ORDER % ("a", "a"))
    assert found.as_text("config.yaml") == "config.yaml: 1 response, 0 warnings, 0 notes"
    assert found.as_data() == {"responses": 1, "problems": [], "warnings": [], "notes": []}


def test_problems_come_all_at_once_and_alone() -> None:
    found = checked(f"prot: 1\n{HEAD}{ORDER % ('a', 'a')}{ORDER % ('a', 'b')}")
    assert found.as_text("config.yaml").splitlines() == [
        "config.yaml:1:1  prot: unknown key; did you mean 'port'?",
        "config.yaml:5:6  responses[1].id: 'a' is also the id of the response at config.yaml:4:5; ids must be unique",
        "config.yaml: 2 problems",
    ]
    assert found.as_data()["problems"][0] == {
        "source": "config.yaml",
        "line": 1,
        "column": 1,
        "path": "prot",
        "message": "unknown key; did you mean 'port'?",
    }


def test_warnings_and_notes_are_counted() -> None:
    found = checked(HEAD + ORDER % ("a", "a") + ORDER % ("b", "b") + (ORDER % ("c", "c")).replace("order", "cancel"))
    assert found.as_text("config.yaml").splitlines()[-1] == "config.yaml: 3 responses, 1 warning, 1 note"
    assert [warning["kind"] for warning in found.as_data()["warnings"]] == ["duplicate"]
    assert [note["level"] for note in found.as_data()["notes"]] == ["note"]
