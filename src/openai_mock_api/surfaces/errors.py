"""Error bodies, in the words of OpenAI's API (source: API reference, "Errors", and its live answers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.json import encode

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Response, json_response

if TYPE_CHECKING:
    from openai_mock_api.script.diagnosis import NearMiss
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.tokens.windows import Excess

NO_MATCH = "No matching response found for the provided messages"


def error_response(error: ApiError) -> Response:
    """Render an error: ``{"error": {"message", "type", "param", "code"}}`` and what it carries beside them."""
    response = json_response({"error": error.body()}, error.status)
    response.own = error.headers
    return response


def error_event(error: ApiError) -> bytes:
    """Render an error as the event that ends a stream."""
    return b"data: %b\n\n" % encode({"error": error.body()})


def missing_key() -> ApiError:
    """No key was sent."""
    return ApiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
        "auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're "
        "accessing the API from your browser and are prompted for a username and password. You can obtain an API "
        "key from https://platform.openai.com/account/api-keys.",
    )


def wrong_key(key: str) -> ApiError:
    """Another key was sent. It is masked in the message."""
    return ApiError(
        401,
        f"Incorrect API key provided: {masked(key)}. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def masked(key: str) -> str:
    """Hide all of a key but its first eight and last four characters, and all of a short one."""
    if len(key) <= 16:
        return "*" * len(key)
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"


def unknown_path(method: str, path: str) -> ApiError:
    """No such endpoint."""
    return ApiError(404, f"Invalid URL ({method} {path})")


def wrong_method(method: str, path: str, allowed: str) -> ApiError:
    """The endpoint exists for other methods: ``allowed``, separated by commas."""
    return ApiError(
        405,
        f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)",
        code="method_not_supported",
        headers={"allow": allowed},
    )


def body_too_large(most: int) -> ApiError:
    """The body is larger than ``most`` bytes."""
    return ApiError(413, f"The request body is larger than the limit of {most} bytes.", code="request_too_large")


def not_json() -> ApiError:
    """The body is not JSON."""
    return ApiError(
        400,
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
        "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you "
        "have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
    )


def wrong_content_type(content_type: str) -> ApiError:
    """The body is announced as something else than JSON."""
    return ApiError(
        400,
        f"Invalid Content-Type header ({content_type}), expected application/json. (HINT: If you're using curl, "
        "you can pass -H 'Content-Type: application/json')",
    )


def model_not_found(model: str) -> ApiError:
    """``GET /models/{model}`` for a model that is not listed."""
    return ApiError(404, f"The model '{model}' does not exist", param="model", code="model_not_found")


def model_unavailable(model: str) -> ApiError:
    """A call for a model that is not listed."""
    return ApiError(404, f"The model `{model}` does not exist or you do not have access to it.", code="model_not_found")


def answer_too_long(call: Call, most: int) -> ApiError:
    """A call allows an answer of more tokens than its model gives."""
    if call.endpoint == "responses":
        return ApiError(
            400,
            "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= "
            f"{most}, but got {call.max_tokens} instead.",
            param="max_output_tokens",
            code="integer_above_max_value",
        )
    name = "max_completion_tokens" if call.document().get("max_completion_tokens") is not None else "max_tokens"
    message = (
        f"{name} is too large: {call.max_tokens}. This model supports at most {most} completion tokens, whereas you "
        f"provided {call.max_tokens}."
    )
    return ApiError(400, message, param=name, code="invalid_value")


def context_too_long(call: Call, excess: Excess) -> ApiError:
    """A prompt, or a prompt and the answer that it allows, is longer than the model's window."""
    if call.endpoint == "responses":
        return ApiError(
            400,
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            param="input",
            code="context_length_exceeded",
        )
    if call.endpoint == "completions":
        return ApiError(
            400,
            f"This model's maximum context length is {excess.window.whole} tokens, however you requested "
            f"{excess.total} tokens ({excess.messages} in your prompt; {excess.answer} for the completion). Please "
            "reduce your prompt; or completion length.",
        )
    if excess.window.prompt is not None:
        message = (
            f"Input tokens exceed the configured limit of {excess.window.prompt} tokens. Your messages resulted in "
            f"{excess.total} tokens. Please reduce the length of the messages."
        )
    else:
        message = f"This model's maximum context length is {excess.window.whole} tokens. However, {_sum(excess)}"
    return ApiError(400, message, param="messages", code="context_length_exceeded")


def _sum(excess: Excess) -> str:
    """Say how many tokens there are, by kind when there are several, and what to shorten."""
    counts = {"messages": excess.messages, "functions": excess.functions, "completion": excess.answer}
    kinds = {kind: count for kind, count in counts.items() if count or kind == "messages"}
    said = "you requested" if excess.answer else "your messages resulted in"
    parts = (
        f" ({_joined([f'{count} in the {kind}' for kind, count in kinds.items()], 'and')})" if len(kinds) > 1 else ""
    )
    return f"{said} {excess.total} tokens{parts}. Please reduce the length of the {_joined(list(kinds), 'or')}."


def _joined(parts: list[str], word: str) -> str:
    """Return ``a``, ``a or b`` or ``a, b, or c``; sums of two have only a comma."""
    if len(parts) > 2:
        return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"
    return ", ".join(parts) if word == "and" else f" {word} ".join(parts)


def no_match(near: list[NearMiss], explanation: str, param: str | None = None) -> ApiError:
    """No flow answers: status 400, which the SDKs do not retry. ``error.nearest`` holds the near misses as data."""
    return ApiError(
        400,
        f"{NO_MATCH}\n\n{explanation}",
        param=param,
        code="no_match",
        extra={"nearest": [miss.as_data() for miss in near]},
    )


def internal_error() -> ApiError:
    """A fault of the mock itself, which its log describes."""
    return ApiError(
        500,
        "The mock server failed while answering this request; its log has the details. Please report this.",
        type="server_error",
    )


def headers_too_large(most: int) -> ApiError:
    """Target and headers are larger than ``most`` bytes together."""
    return ApiError(431, f"The request headers are larger than the limit of {most} bytes.", code="headers_too_large")
