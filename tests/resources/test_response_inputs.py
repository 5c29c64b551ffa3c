from __future__ import annotations

from tests.resources.talking import Talk, text_of, user

MODEL = {"model": "gpt-5"}


def test_tokens_are_those_of_the_usage() -> None:
    talk = Talk()
    first = talk.say("Hello")
    counted = talk.ask("POST", "/responses/input_tokens", {**MODEL, "input": "Hello"})
    assert counted == {"object": "response.input_tokens", "input_tokens": first["usage"]["input_tokens"]}
    following = {"previous_response_id": first["id"]}
    second = talk.say("And now?", **following)
    counted = talk.ask("POST", "/responses/input_tokens", {**MODEL, "input": "And now?", **following})
    assert counted["input_tokens"] == second["usage"]["input_tokens"]


def test_nothing_has_no_tokens() -> None:
    assert Talk().ask("POST", "/responses/input_tokens")["input_tokens"] == 0


def test_a_compacted_conversation_goes_on_to_match() -> None:
    talk = Talk()
    first = talk.say("Hello")
    compacted = talk.ask("POST", "/responses/compact", {**MODEL, "previous_response_id": first["id"]})
    (item,) = compacted["output"]
    assert (compacted["object"], item["type"]) == ("response.compaction", "compaction")
    usage = compacted["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    second = talk.say([item, user("And now?")])
    assert text_of(second) == "You said hello."
    assert text_of(talk.say("And now?", previous_response_id=second["id"])) == "You repeat yourself."


def test_what_is_refused() -> None:
    talk = Talk()
    count, compact = "/responses/input_tokens", "/responses/compact"
    assert talk.error("POST", compact, {"input": "Hi"})[2:] == ("model", "missing_required_parameter")
    assert talk.error("POST", compact, {**MODEL, "stream": True})[2:] == ("stream", "unknown_parameter")
    assert talk.error("POST", count, {"input": 3})[2:] == ("input", "invalid_type")
    assert talk.error("POST", count, {"previous_response_id": "resp_1"})[0] == 400


def test_levels() -> None:
    talk = Talk(validation="off")
    assert talk.ask("POST", "/responses/compact", {"surprise": 1})["output"][0]["type"] == "compaction"
