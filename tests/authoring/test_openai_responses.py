from typing import Any

from tests.authoring.imports import answer, app_of, called, imported, remarks, result


def completion(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": i, "message": {"role": "assistant", **m}} for i, m in enumerate(messages)], **more}


HI = completion({"content": "Hi"})
CALL = {"tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]}


def test_one_completion_answers_everything_that_a_user_says() -> None:
    app = app_of(HI)
    assert [answer(app, "a"), answer(app, "a", {"role": "assistant", "content": "Hi"}, "b")] == ["Hi", "Hi"]


def test_a_list_is_given_one_after_the_other() -> None:
    app = app_of([HI, completion({"content": "Ho"})])
    assert [answer(app, "x") for _ in range(3)] == ["Hi", "Ho", "Ho"]


def test_completions_with_calls_are_one_conversation() -> None:
    app = app_of([completion(CALL), completion({"content": "Done"}), completion({"refusal": "No"})])
    assert answer(app, "x") == [("c", "f", '{"a": 1}')]
    messages = ["x", called("c"), result("c", "ok")]
    assert answer(app, *messages) == "Done"
    assert answer(app, *messages, {"role": "assistant", "content": "Done"}, "more") is None  # a refusal


def test_several_choices_and_figures() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7,
             "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0}}  # fmt: skip
    data = completion({"content": "a"}, {"content": "b"}, id="x", object="chat.completion", created=1, model="m",
                      system_fingerprint="fp", usage=usage)  # fmt: skip
    text = imported(data).text
    assert "choices:" in text
    assert "usage: {reasoning_tokens: 2, prompt_tokens: 3, completion_tokens: 4, total_tokens: 7}" in text
    assert "model: m\n" in text
    assert remarks(data) == []


def test_reasons_are_kept_where_they_say_something() -> None:
    cut = {"choices": [{"message": {"content": "a"}, "finish_reason": "length"}]}
    assert "finish_reason: length" in imported(cut).text
    assert "finish_reason" not in imported({"choices": [{"message": CALL, "finish_reason": "tool_calls"}]}).text


def test_custom_tools_and_sources() -> None:
    custom = {"type": "custom", "custom": {"name": "g", "input": "x"}}
    sources = [{"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 1}}]
    text = imported([completion({"content": "a", "annotations": sources}), completion({"tool_calls": [custom]})]).text
    assert "id: call_g" in text
    assert "custom: {name: g, input: x}" in text
    assert "url_citation" in text


def test_no_choice_is_the_empty_text() -> None:
    assert answer(app_of({"choices": []}), "x") == ""


def test_what_is_lost_is_said() -> None:
    choice = {"message": {"content": "a", "audio": {"data": ""}, "novel": 1}, "logprobs": {"content": []}}
    assert remarks({"choices": [choice], "service_tier": "x"}) == [
        "choices[0].message.audio: left out",
        "choices[0].message.novel: left out; nothing here corresponds to it",
        "choices[0].logprobs: made from the text instead",
        "service_tier: left out; nothing here corresponds to it",
    ]
