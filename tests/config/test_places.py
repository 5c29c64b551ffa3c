import pytest

from openai_mock_api.config.places import KeyPath, Place, shown


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("responses", 1, "messages", 0, "matcher"), "responses[1].messages[0].matcher"),
        ((0, "id"), "[0].id"),
        (("when", "headers", "x-tenant"), "when.headers.x-tenant"),
        (("when", "body", "metadata.plan"), 'when.body["metadata.plan"]'),
        (("a key",), '["a key"]'),
    ],
)
def test_a_path_is_written_like_code(path: KeyPath, text: str) -> None:
    assert shown(path) == text


def test_a_place_names_what_is_known() -> None:
    assert str(Place("a.yaml", 3, 5)) == "a.yaml:3:5"
    assert str(Place(None, 3, 5)) == "<config>:3:5"
    assert str(Place("a.yaml")) == "a.yaml"
