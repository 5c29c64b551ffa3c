import pytest

from openai_mock_api.config.environment import substitute

ENVIRON = {"KEY": "sk-1", "EMPTY": "", "A_1": "x"}


@pytest.mark.parametrize(
    ("text", "filled", "unset"),
    [
        ("plain", "plain", []),
        ("${KEY}", "sk-1", []),
        ("a ${KEY} b ${A_1}", "a sk-1 b x", []),
        ("${EMPTY}", "", []),
        ("${EMPTY:-d}", "d", []),
        ("${NONE:-d}", "d", []),
        ("${NONE:-}", "", []),
        ("${NONE:-a: b}", "a: b", []),
        ("${KEY:-d}", "sk-1", []),
        ("${NONE} ${NEITHER}", "${NONE} ${NEITHER}", ["NONE", "NEITHER"]),
        ("$${KEY}", "${KEY}", []),
        ("$${NONE:-d}", "${NONE:-d}", []),
        ("${name} ${Key} $KEY ${} ${1A}", "${name} ${Key} $KEY ${} ${1A}", []),
    ],
)
def test_substitution(text: str, filled: str, unset: list[str]) -> None:
    assert substitute(text, ENVIRON) == (filled, unset)
