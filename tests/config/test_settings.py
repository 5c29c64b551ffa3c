from typing import Any

import pytest

from openai_mock_api.config.model import ConversationMessage, MockConfig, MockResponse
from openai_mock_api.config.settings import Settings, accepted_keys, host_of, port_of


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({}, ("test-key",)),
        ({"api_key": "a"}, ("a",)),
        ({"api_key": None}, None),
        ({"api_keys": ["a", "b"]}, ("a", "b")),
        ({"api_key": "c", "api_keys": ["a"]}, ("c", "a")),
    ],
)
def test_the_keys_that_are_accepted(fields: dict[str, Any], keys: tuple[str, ...] | None) -> None:
    assert accepted_keys(MockConfig(**fields)) == keys


def test_where_the_server_listens() -> None:
    assert (host_of(MockConfig()), port_of(MockConfig())) == ("127.0.0.1", 3000)
    assert (host_of(MockConfig(host="::1")), port_of(MockConfig(port=0))) == ("::1", 0)


def test_settings_hold_the_script_and_every_default() -> None:
    response = MockResponse(id="a", messages=[ConversationMessage(role="assistant", content="x")])
    settings = Settings.of(MockConfig(responses=[response], models=["m"], port=0))
    assert [flow.id for flow in settings.script.flows] == ["a"]
    assert (settings.keys, settings.port, settings.host) == (("test-key",), 0, "127.0.0.1")
    assert (settings.models, settings.unmatched, settings.organization) == (("m",), "error", "openai-mock")


def test_settings_without_a_configuration_answer_anything() -> None:
    settings = Settings.zero()
    assert (settings.script.flows, settings.keys, settings.unmatched) == ((), None, "auto")
