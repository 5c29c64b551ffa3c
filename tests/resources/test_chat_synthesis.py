import msgspec
from openai.types.chat import ChatCompletion, ChatCompletionStoreMessage

from openai_mock_api.clock import Clock
from openai_mock_api.resources.chat_requests import message_records
from openai_mock_api.resources.chat_synthesis import ChatSynthesis
from openai_mock_api.surfaces.chat.surface import Chat


def test_a_completion_is_made_up_that_the_sdk_takes_strictly() -> None:
    data, content = ChatSynthesis(Chat(), Clock(seed=1), "gpt-4o")("mine")
    completion = ChatCompletion.model_validate(msgspec.json.decode(data), strict=True)
    assert (completion.id, completion.model) == ("mine", "gpt-4o")
    assert completion.choices[0].message.content is not None
    (record,) = message_records("mine", content)
    message = ChatCompletionStoreMessage.model_validate(record.object(), strict=True)
    assert (message.id, message.role, message.content) == ("mine-0", "assistant", completion.choices[0].message.content)
