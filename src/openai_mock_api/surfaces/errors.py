"""Error bodies, in the words of OpenAI's API (source: API reference, "Errors", and its live answers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Response, json_response

if TYPE_CHECKING:
    from openai_mock_api.script.diagnosis import NearMiss

NO_MATCH = "No matching response found for the provided messages"


def error_response(error: ApiError) -> Response:
    """Render an error: ``{"error": {"message", "type", "param", "code"}}`` and what it carries beside them."""
    body = {
        "message": error.message,
        "type": error.type,
        "param": error.param,
        "code": error.code,
        **error.extra,
    }
    response = json_response({"error": body}, error.status)
    response.own = error.headers
    return response


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


def no_match(near: list[NearMiss], explanation: str) -> ApiError:
    """No flow answers: status 400, which the SDKs do not retry. ``error.nearest`` holds the near misses as data."""
    return ApiError(
        400,
        f"{NO_MATCH}\n\n{explanation}",
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
