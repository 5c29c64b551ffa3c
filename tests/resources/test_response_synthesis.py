from __future__ import annotations

from tests.resources.talking import Talk, events_of


def test_unknown_responses_are_made_up_where_that_is_asked_for() -> None:
    talk = Talk(resources={"missing": "synthesize"})
    made_up = talk.get("/responses/resp_1")
    assert (made_up["id"], made_up["status"]) == ("resp_1", "completed")
    assert talk.get("/responses/resp_1") == made_up
    assert events_of(talk.send("GET", "/responses/resp_2", None, "stream=true"))[-1]["type"] == "response.completed"
    assert talk.get("/responses/resp_3/input_items", "after=msg_1")["data"][0]["role"] == "user"
    assert talk.ask("POST", "/responses/resp_4/cancel")["status"] == "completed"
