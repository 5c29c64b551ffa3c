from typing import Any

import pytest

from openai_mock_api.config.load import load_text
from openai_mock_api.config.model import Azure, ConversationMessage, MockConfig, MockResponse, Namespaces
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
    assert (settings.validation, settings.context_windows) == ("strict", {})


def test_settings_hold_the_seed_if_there_is_one() -> None:
    response = MockResponse(id="a", messages=[ConversationMessage(role="assistant", content="x")])
    assert Settings.of(MockConfig(responses=[response])).seed is None
    assert Settings.of(MockConfig(responses=[response], seed=0)).seed == 0


def test_settings_hold_how_requests_are_validated() -> None:
    response = MockResponse(id="a", messages=[ConversationMessage(role="assistant", content="x")])
    settings = Settings.of(MockConfig(responses=[response], validation="warn", context_windows={"m": 5}))
    assert (settings.validation, settings.context_windows) == ("warn", {"m": 5})


def test_settings_of_a_loaded_configuration_know_where_its_templates_are_written() -> None:
    turn = "{role: assistant, template: true, content: '{{ 1 }}'}"
    loaded = load_text(f"api_key: k\nresponses:\n- id: a\n  messages:\n  - {turn}", "m.yaml")
    step = Settings.loaded(loaded).script.flows[0].turn(0)
    assert step.replies[0].template is not None
    assert step.replies[0].template.texts["content"].place == "messages[0].content of response 'a' (m.yaml:5:39)"


def test_settings_hold_the_deployments_of_azure() -> None:
    config = MockConfig(azure=Azure(deployments={"mine": "gpt-4o"}))
    assert Settings.of(config).azure.deployments == {"mine": "gpt-4o"}


def test_settings_hold_what_is_said_of_namespaces_and_admin_routes() -> None:
    assert (Settings.of(MockConfig()).namespaces.max, Settings.of(MockConfig()).admin_key) == (1000, None)
    settings = Settings.of(MockConfig(namespaces=Namespaces(max=2), admin_key="secret", reply="last"))
    assert (settings.namespaces.max, settings.admin_key, settings.reply) == (2, "secret", "last")


def test_settings_without_a_configuration_answer_anything() -> None:
    settings = Settings.zero()
    assert (settings.script.flows, settings.keys, settings.unmatched) == ((), None, "auto")


def test_settings_keep_what_was_written() -> None:
    response = MockResponse(id="a", messages=[ConversationMessage(role="assistant", content="x")])
    config = MockConfig(responses=[response])
    assert Settings.of(config).config is config


def test_another_policy_for_what_nothing_matches() -> None:
    settings = Settings.zero().with_unmatched("error")
    assert (settings.unmatched, settings.config.unmatched, settings.keys) == ("error", "error", None)
