"""What stands in front of a request's own input."""

from __future__ import annotations

from tests.resources.talking import Talk, events_of, output, text_of, user

NO_ITEM = (
    "Item with id '{}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to "
    "true, or remove this item from your input."
)


def test_a_response_follows_the_ones_before_it() -> None:
    talk = Talk()
    first = talk.say("Hello")
    second = talk.say("And now?", previous_response_id=first["id"])
    third = talk.say("And now?", previous_response_id=second["id"])
    assert [text_of(turn) for turn in (first, second, third)] == [
        "Hi there!",
        "You said hello.",
        "You repeat yourself.",
    ]
    assert third["previous_response_id"] == second["id"]


def test_a_response_cannot_be_followed_before_it_is_finished() -> None:
    talk = Talk()
    id_ = talk.say("Slow", background=True)["id"]
    for status in ("queued", "in_progress"):
        said = (
            f"Previous response with id '{id_}' is {status}: it cannot be followed before it is finished. Retrieve it "
            "until it is, then try again."
        )
        refused = (400, said, "previous_response_id", "previous_response_not_finished")
        assert talk.refusal("And now?", previous_response_id=id_) == refused
        following = {"model": "gpt-5", "input": "x", "previous_response_id": id_}
        assert talk.error("POST", "/responses/input_tokens", following) == refused
        talk.clock.advance(5)
    assert talk.refusal("And now?", previous_response_id=id_)[3] == "no_match"


def test_a_cancelled_response_can_be_followed() -> None:
    talk = Talk(unmatched="echo")
    id_ = talk.say("Slow", background=True)["id"]
    talk.ask("POST", f"/responses/{id_}/cancel")
    following = talk.say("x", previous_response_id=id_)
    assert [item["role"] for item in talk.get(f"/responses/{following['id']}/input_items")["data"]] == ["user", "user"]


def test_output_that_is_still_to_come_cannot_be_referred_to() -> None:
    talk = Talk(unmatched="echo")
    events = events_of(talk.stream("Slow", background=True))
    output_id = events[-1]["response"]["output"][0]["id"]
    input_id = talk.get(f"/responses/{events[0]['response']['id']}/input_items")["data"][0]["id"]
    reference = {"type": "item_reference", "id": output_id}
    assert talk.refusal([reference])[0] == 404
    assert talk.say([{**reference, "id": input_id}])
    talk.clock.advance(60)
    assert talk.say([reference, user("x")])


def test_one_response_can_be_followed_by_several() -> None:
    talk = Talk()
    first = talk.say("Hello")
    answers = [talk.say("And now?", previous_response_id=first["id"]) for _ in range(2)]
    assert [text_of(answer) for answer in answers] == ["You said hello."] * 2


def test_instructions_hold_for_their_own_request() -> None:
    talk = Talk(unmatched="echo")
    first = talk.say("x", instructions="Be kind.")
    path = "/responses/input_tokens"
    following = {"model": "gpt-5", "input": "y", "previous_response_id": first["id"]}
    plain = talk.ask("POST", path, following)["input_tokens"]
    assert talk.ask("POST", path, {**following, "instructions": "Be kind."})["input_tokens"] > plain
    assert len(talk.get(f"/responses/{first['id']}/input_items")["data"]) == 1


def test_the_result_of_a_tool_follows_its_call() -> None:
    talk = Talk()
    first = talk.say("Weather?")
    assert text_of(talk.say([output()], previous_response_id=first["id"])) == "Sunny."
    assert talk.refusal("What?", previous_response_id=first["id"]) == (
        400,
        "No tool output found for function call call_1.",
        "input",
        None,
    )


def test_a_response_that_nobody_knows_cannot_be_followed() -> None:
    talk = Talk()
    refusal = (
        400,
        "Previous response with id 'resp_1' not found.",
        "previous_response_id",
        "previous_response_not_found",
    )
    assert talk.refusal("Hello", previous_response_id="resp_1") == refusal
    unstored = talk.say("Hello", store=False)["id"]
    assert talk.refusal("Hello", previous_response_id=unstored)[1] == refusal[1].replace("resp_1", unstored)


def test_what_follows_a_deleted_response_cannot_be_followed() -> None:
    talk = Talk()
    first = talk.say("Hello")["id"]
    second = talk.say("And now?", previous_response_id=first)["id"]
    talk.ask("DELETE", f"/responses/{first}")
    assert talk.refusal("And now?", previous_response_id=second)[1] == f"Previous response with id '{first}' not found."


def test_references_stand_for_items_of_responses() -> None:
    talk = Talk()
    first = talk.say("Hello")
    asked = talk.get(f"/responses/{first['id']}/input_items")["data"][0]["id"]
    references = [{"type": "item_reference", "id": asked}, {"id": first["output"][0]["id"]}]
    assert text_of(talk.say([*references, user("And now?")])) == "You said hello."


def test_a_reference_to_nothing() -> None:
    talk = Talk()
    for item in ("msg_1", "msg_" + "0" * 48):
        assert talk.refusal([{"id": item}]) == (404, NO_ITEM.format(item), "input", None)


def test_thoughts_that_were_stored_can_be_sent_back() -> None:
    talk = Talk()
    first = talk.say("Weather?")
    assert [item["type"] for item in first["output"]] == ["reasoning", "function_call"]
    assert text_of(talk.say([user("Weather?"), *first["output"], output()])) == "Sunny."
    unstored = talk.say("Weather?", store=False)
    refusal = talk.refusal([user("Weather?"), *unstored["output"], output()])
    assert refusal[:2] == (404, NO_ITEM.format(unstored["output"][0]["id"]))


def test_references_stand_for_items_of_the_conversation() -> None:
    talk = Talk(unmatched="echo")
    conversation = talk.ask("POST", "/conversations", {"items": [user("Hello")]})["id"]
    (item,) = talk.get(f"/conversations/{conversation}/items")["data"]
    talk.say([{"id": item["id"]}], conversation=conversation)
    assert talk.refusal([{"id": item["id"]}])[0] == 404


def test_what_follows_a_response_of_a_conversation_knows_the_conversation() -> None:
    talk = Talk()
    conversation = talk.ask("POST", "/conversations", {})["id"]
    talk.say("Hello", conversation=conversation)
    second = talk.say("And now?", conversation=conversation)
    talk.say("And now?", conversation=conversation)
    assert text_of(talk.say("And now?", previous_response_id=second["id"])) == "You repeat yourself."


def test_where_objects_are_made_up_everything_is_known() -> None:
    talk = Talk(resources={"missing": "synthesize"}, unmatched="echo")
    assert talk.say([{"id": "msg_1"}, user("Hi")], previous_response_id="resp_1")["status"] == "completed"
    assert talk.say("Hi", conversation="conv_1")["conversation"] == {"id": "conv_1"}


def test_the_same_bytes_are_answered_anew_when_they_refer_to_what_is_stored() -> None:
    talk = Talk()
    conversation = talk.ask("POST", "/conversations", {})["id"]
    assert talk.send("POST", "/responses", {"model": "gpt-5", "input": "Hello"}).rendering is not None
    document = {"model": "gpt-5", "input": "Hello", "conversation": conversation}
    assert talk.send("POST", "/responses", document).rendering is None


def test_windows_hold_for_the_whole_conversation() -> None:
    talk = Talk(context_windows={"gpt-5": 18})
    first = talk.say("Hello")["id"]
    refusal = talk.refusal("And now?", previous_response_id=first)
    message = "Your input exceeds the context window of this model. Please adjust your input and try again."
    assert refusal == (400, message, "input", "context_length_exceeded")
    assert text_of(talk.say("And now?", previous_response_id=first, truncation="auto")) == "You said hello."


def test_items_of_built_in_tools_do_not_divide_a_turn() -> None:
    ran = [
        {"type": "shell_call", "action": {"commands": ["ls"]}, "call_id": "s"},
        {"type": "shell_call_output", "call_id": "s", "output": [{"stdout": "a"}]},
    ]
    messages = [
        {"role": "user", "content": "Look"},
        {"role": "assistant", "content": "One file.", "items": ran},
        {"role": "user", "content": "Thanks"},
        {"role": "assistant", "content": "Any time."},
    ]
    talk = Talk(responses=[{"id": "shell", "messages": messages}])
    first = talk.say("Look")
    assert len(first["output"]) == 3
    assert text_of(talk.say("Thanks", previous_response_id=first["id"])) == "Any time."
    assert text_of(talk.say([user("Look"), *first["output"], user("Thanks")])) == "Any time."
