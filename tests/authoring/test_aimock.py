from typing import Any

import pytest

from tests.authoring.imports import answer, app_of, called, imported, remarks, result


def fixtures(*entries: tuple[dict[str, Any], dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"fixtures": [{"match": match, "response": response, **more} for match, response in entries]}


TEXT: dict[str, Any] = {"content": "Hi"}


def test_a_fixture_answers_a_message_that_holds_its_text() -> None:
    app = app_of(fixtures(({"userMessage": "hello"}, TEXT)))
    assert answer(app, "say hello!") == "Hi"
    assert answer(app, "x", {"role": "assistant", "content": "y"}, "hello") == "Hi"
    assert answer(app, "Hello") == (400, "no_match")  # case counts there
    assert answer(app, "hello", {"role": "assistant", "content": "y"}, "x") == (400, "no_match")


def test_the_first_that_fits_answers_whatever_is_more_specific_here() -> None:
    data = fixtures(({}, {"content": "first"}), ({"userMessage": "a", "model": "gpt-4o"}, {"content": "second"}))
    assert answer(app_of(data), "a") == "first"
    assert "priority: 2" in imported(data).text
    assert "priority" not in imported({"fixtures": data["fixtures"][::-1]}).text


def test_calls_get_ids_and_their_results_an_answer() -> None:
    call = {"name": "look", "arguments": {"city": "Paris"}}
    data = fixtures(
        ({"userMessage": "weather"}, {"toolCalls": [call, {**call, "id": "mine"}, call]}),
        ({"toolCallId": "mine", "toolResultContains": "sun"}, {"content": "Sunny"}),
        ({"toolCallId": "mine"}, {"content": "Other"}),
    )
    app = app_of(data)
    assert [id_ for id_, _, _ in answer(app, "weather")] == ["call_look", "mine", "call_look_3"]
    assert answer(app, "weather", called("mine"), result("mine", "the sun")) == "Sunny"
    assert answer(app, "weather", called("mine"), result("mine", "rain")) == "Other"


@pytest.mark.parametrize(
    ("arguments", "sent"), [({"a": 1}, '{"a":1}'), ('{"a": 1}', '{"a": 1}'), ("{broken", "{broken"), ([1], "[1]")]
)
def test_arguments_are_sent_as_they_stand(arguments: Any, sent: str) -> None:
    app = app_of(fixtures(({}, {"toolCalls": [{"name": "f", "arguments": arguments}]})))
    assert answer(app, "x") == [("call_f", "f", sent)]


def test_fixtures_of_one_match_are_the_turns_of_a_conversation() -> None:
    look = {"toolCalls": [{"name": "f", "id": "c", "arguments": {}}]}
    for name, first, second in (("turnIndex", 0, 1), ("hasToolResult", False, True)):
        match = {"userMessage": "trip"}
        data = fixtures(({**match, name: second}, TEXT), ({**match, name: first}, look))
        app = app_of(data)
        assert answer(app, "a trip") == [("c", "f", "{}")]
        assert answer(app, "a trip", called("c"), result("c", "ok")) == "Hi"
    texts = fixtures(*(({"userMessage": "go", "turnIndex": i}, {"content": f"{i}"}) for i in range(2)))
    app = app_of(texts)
    assert answer(app, "go") == "0"
    assert answer(app, "go", {"role": "assistant", "content": "0"}, "go on") == "1"


def test_fixtures_with_an_index_are_a_sequence_that_ends() -> None:
    match = {"userMessage": "joke"}
    entries = [({**match, "sequenceIndex": i}, {"content": f"{i}"}) for i in range(2)]
    app = app_of(fixtures(*entries, (match, {"content": "no more"})))
    assert [answer(app, "a joke") for _ in range(4)] == ["0", "1", "no more", "no more"]


def test_what_stands_behind_a_gap_is_left_out() -> None:
    match = {"userMessage": "joke"}
    data = fixtures(
        ({**match, "sequenceIndex": 0}, TEXT), ({**match, "sequenceIndex": 2}, TEXT), ({"turnIndex": 1}, TEXT)
    )
    assert remarks(data) == [
        "fixtures[1].match.sequenceIndex: left out with its fixture; no other one stands before it",
        "fixtures[2].match.turnIndex: left out with its fixture; no other one stands before it",
    ]


def test_conditions() -> None:
    model = app_of(fixtures(({"model": "gpt-4o"}, TEXT)))
    assert [answer(model, "x", model=m) for m in ("gpt-4o", "gpt-4o-2024-08-06")] == ["Hi", "Hi"]
    assert answer(model, "x", model="gpt-4o-mini") == (400, "no_match")
    tools = [{"type": "function", "function": {"name": "f"}}]
    tool = app_of(fixtures(({"toolName": "f"}, TEXT)))
    assert (answer(tool, "x", tools=tools), answer(tool, "x")) == ("Hi", (400, "no_match"))
    form = app_of(fixtures(({"responseFormat": "json_object"}, {"content": {"a": 1}})))
    assert answer(form, "json", response_format={"type": "json_object"}) == '{"a":1}'
    context = app_of(fixtures(({"context": "a*"}, TEXT)))
    assert answer(context, "x", headers={"x-aimock-context": "a*"}) == "Hi"
    assert answer(context, "x", headers={"x-aimock-context": "ab"}) == (400, "no_match")


@pytest.mark.parametrize("wanted", ["brief.", ["brief."], ["kind", "brief."]])
def test_the_text_of_the_system(wanted: Any) -> None:
    data = fixtures(({"systemMessage": wanted, "userMessage": "x"}, TEXT))
    app = app_of(data)
    assert answer(app, {"role": "system", "content": "Be brief.\nBe kind."}, "x") == "Hi"
    assert answer(app, {"role": "system", "content": "Be long"}, "x") == (400, "no_match")
    assert remarks(data) == ["fixtures[0].match.systemMessage: fits only while the user's message is the first one"]


def test_no_text_of_the_system_is_no_condition() -> None:
    assert answer(app_of(fixtures(({"systemMessage": []}, TEXT))), "x") == "Hi"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"error": {"message": "m", "type": "t", "code": "c"}, "status": 429, "retryAfter": 3}, (429, "c")),
        ({"error": {"message": "m"}}, (500, "m")),
        ({"blocks": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"blocks": [{"type": "toolCall", "name": "f", "arguments": "{}"}]}, [("call_f", "f", "{}")]),
    ],
)
def test_answers(response: dict[str, Any], expected: Any) -> None:
    assert answer(app_of(fixtures(({}, response))), "x") == expected


def test_figures_and_pacing() -> None:
    response = {
        **TEXT, "reasoning": "Hm", "finishReason": "length", "model": "m", "systemFingerprint": "fp",
        "usage": {"prompt_tokens": 3, "cost": 1},
    }  # fmt: skip
    data = fixtures(({}, response), streamingProfile={"ttft": 200, "tps": 40, "jitter": 0.1}, metadata={})
    text = imported(data).text
    for line in ("reasoning: Hm", "finish_reason: length", "model: m", "system_fingerprint: fp",
                 "usage: {prompt_tokens: 3}", "pacing: {ttft: 0.2, tokens_per_second: 40}"):  # fmt: skip
        assert f"        {line}\n" in text
    assert remarks(data) == [
        "fixtures[0].response.usage.cost: left out; nothing here corresponds to it",
        "fixtures[0].streamingProfile.jitter: left out; nothing here corresponds to it",
    ]


def test_a_pause_between_chunks() -> None:
    data = fixtures(({}, TEXT), latency=50, chunkSize=3)
    assert "pacing: {inter_token: 0.05}" in imported(data).text
    assert remarks(data) == [
        "fixtures[0].latency: the pause stands before each token now, where it stood before each chunk",
        "fixtures[0].chunkSize: left out; nothing here corresponds to it",
    ]


LEFT = [
    (({"inputText": "x"}, TEXT), "match: left out; only fixtures for chat are carried over"),
    (({"endpoint": "image"}, TEXT), "match: left out; only fixtures for chat are carried over"),
    (({}, {"embedding": [1]}), "response: left out with its fixture; embedding is no chat answer"),
    (({}, {}), "response: left out with its fixture; nothing is no chat answer"),
    (
        ({"toolResultContains": "x"}, TEXT),
        "match.toolResultContains: left out with its fixture; here a tool's result has an id",
    ),
    (
        ({"responseFormat": "xml"}, TEXT),
        "match.responseFormat: left out with its fixture; no such format is known here",
    ),
]


@pytest.mark.parametrize(("entry", "remark"), LEFT)
def test_what_cannot_be_carried_over_is_said(entry: Any, remark: str) -> None:
    assert remarks(fixtures(({}, TEXT), entry)) == [f"fixtures[1].{remark}"]


def test_smaller_losses_are_said_too() -> None:
    data = {
        "fixtures": [
            {"match": {"toolCallId": "c", "userMessage": "x", "novel": 1}, "response": {**TEXT, "webSearches": []}},
            {"match": {"endpoint": "chat"}, "response": {**TEXT, "finishReason": "tired"}},
            "nonsense",
        ],
        "version": 2,
    }
    assert remarks(data) == [
        "fixtures[0].match.userMessage: left out; the response looks at the tool's result alone",
        "fixtures[0].match.novel: left out; nothing here corresponds to it",
        "fixtures[0].response.webSearches: left out; nothing here corresponds to it",
        "fixtures[1].response.finishReason: left out; no such reason is known here",
        "fixtures[2]: left out; a fixture needs `match` and `response`, as mappings",
        "version: left out; nothing here corresponds to it",
    ]
