"""What an answer is said to have cost (source: API reference, "The chat completion object", ``usage``)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from openai_mock_api.script.tokens.counting import PER_PART, prompt_tokens
from openai_mock_api.script.tokens.spoken import sound_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply
    from openai_mock_api.script.speech import Speech
    from openai_mock_api.surfaces.chat.form import Form


class Usage(msgspec.Struct, frozen=True):
    """Token figures. ``template`` lacks those that differ from request to request: of the prompt, of all, of the cache.

    ``completion`` counts the answer, with what was thought and what was predicted in vain.
    """

    template: bytes
    completion: int

    def of(self, call: Call, reply: Reply) -> bytes:
        """Fill in the figures of one request, unless the reply gives them."""
        given = reply.usage
        if not given:
            prompt = prompt_tokens(call)
            return self.template % (prompt, prompt + self.completion, call.cached_tokens)
        prompt = given["prompt_tokens"] if "prompt_tokens" in given else prompt_tokens(call)
        total = given.get("total_tokens", prompt + self.completion)
        return self.template % (prompt, total, given.get("cached_tokens", call.cached_tokens))


def usage_of(call: Call, reply: Reply, speeches: Sequence[Speech], form: Form) -> Usage:
    """Count all choices together. Figures that the reply gives replace the counted ones."""
    given = reply.usage
    reasoning: int = given.get("reasoning_tokens", sum(speech.reasoning_tokens for speech in speeches))
    said = sum(speech.said for speech in speeches)
    spoken = sum(sound_tokens(speech.content) for speech in speeches) if form.audio is not None else 0
    accepted, rejected = _predicted(speeches, form.prediction)
    completion: int = given.get("completion_tokens", said + spoken + reasoning + rejected)
    prompt_more, completion_more = _more(call, said, form) if form.audio is not None or form.heard else (b"", b"")
    template = (
        b'{"prompt_tokens":%%d,"completion_tokens":%d,"total_tokens":%%d,'
        b'"prompt_tokens_details":{"cached_tokens":%%d,"audio_tokens":%d%b},'
        b'"completion_tokens_details":{"reasoning_tokens":%d,"audio_tokens":%d,'
        b'"accepted_prediction_tokens":%d,"rejected_prediction_tokens":%d%b}}'
    ) % (completion, form.heard * PER_PART, prompt_more, reasoning, spoken, accepted, rejected, completion_more)
    return Usage(template, completion)


def _predicted(speeches: Sequence[Speech], prediction: str | None) -> tuple[int, int]:
    """Count the predicted tokens that are in the answers, wherever, and those that are not."""
    if prediction is None:
        return 0, 0
    accepted = rejected = 0
    for speech in speeches:
        expected = Counter(speech.encoding.encode(prediction))
        common = (expected & Counter(speech.encoding.encode(speech.content or ""))).total()
        accepted += common
        rejected += expected.total() - common
    return accepted, rejected


def _more(call: Call, said: int, form: Form) -> tuple[bytes, bytes]:
    """Return what models for sound tell besides, of the prompt and of the answer."""
    seen = form.seen * PER_PART
    text = prompt_tokens(call) - seen - form.heard * PER_PART
    return b',"text_tokens":%d,"image_tokens":%d' % (text, seen), b',"text_tokens":%d' % said
