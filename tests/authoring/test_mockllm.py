from tests.authoring.imports import answer, app_of, imported, remarks

FILE = """\
responses:
  "what is 2+2?": "2+2 equals 9."
  "tell me ${MORE}": Later
defaults:
  unknown_response: I do not know.
settings:
  lag_enabled: true
  lag_factor: 10
"""


def test_prompts_are_the_last_messages_of_the_user() -> None:
    app = app_of(FILE)
    assert answer(app, "what is 2+2?") == "2+2 equals 9."
    assert answer(app, "Hello", {"role": "assistant", "content": "Hi"}, "what is 2+2?") == "2+2 equals 9."
    assert answer(app, "tell me ${MORE}") == "Later"
    assert answer(app, "What else?") == "I do not know."


def test_lag_becomes_pacing() -> None:
    assert imported(FILE).text.count("pacing: {inter_token: 0.04}") == 3
    assert remarks(FILE) == [
        "settings.lag_factor: the pause per character became one per token, of 4 characters, and does not vary"
    ]


def test_without_lag_there_is_no_pacing_and_its_own_words_for_the_unknown() -> None:
    data = {"responses": {"Hi": "Hello"}, "settings": {"lag_enabled": False, "lag_factor": 10}, "defaults": {"a": 1}}
    assert answer(app_of(data), "What?") == "I don't know the answer to that."
    assert "pacing" not in imported(data).text
    assert remarks(data) == ["defaults.a: left out; nothing here corresponds to it"]
