from openai_mock_api.authoring.findings import Finding, Sources, as_data, as_text
from tests.authoring.scripts import loaded

ONE = "  - {id: a, messages: [{role: user, content: x}, {role: assistant}]}\n"
FINDING = Finding(kind="loop", response="a", path=("messages", 1), message="goes on", hint="end it", example="user: x")


def test_a_finding_is_written_with_its_place_its_example_and_what_to_do() -> None:
    assert as_text(FINDING, Sources(loaded(ONE).origins)) == (
        "config.yaml:3:50  warning: loop: goes on\n    example: user: x\n    next:    end it"
    )


def test_without_a_file_it_names_the_response() -> None:
    finding = Finding(kind="duplicate", level="note", response="a", message="again", hint="remove it")
    assert as_text(finding, Sources({})) == "a  note: duplicate: again\n    next:    remove it"
    assert as_text(FINDING, Sources({})).startswith("a messages[1]  warning")
    assert Sources({}).named("a") == "'a'"


def test_a_finding_as_data() -> None:
    assert as_data(FINDING, Sources(loaded(ONE).origins)) == {
        "level": "warning",
        "kind": "loop",
        "source": "config.yaml",
        "line": 3,
        "column": 50,
        "response": "a",
        "path": "messages[1]",
        "message": "goes on",
        "example": "user: x",
        "hint": "end it",
    }
