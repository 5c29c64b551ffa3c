"""A file for the npm package openai-mock-api 0.4, unchanged, against what that package answered (see README.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2
import msgspec
import pytest

from openai_mock_api import ConfigError, MockConfig, MockServer
from openai_mock_api.config.load import load_config, load_text
from openai_mock_api.config.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent
CONVERSATIONS: Final = FOLDER / "conversations.yaml"
EXPECTED: Final = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))

#: Replies that say something else here: a variable is filled in.
REPLIES_HERE: Final = {"variable": {"content": "In the shop.", "tool_calls": None}}


def table(file: str) -> dict[str, Any]:
    data: dict[str, Any] = read((FOLDER / file).read_text(encoding="utf-8"), environ={}).data
    return data


REQUESTS: Final = table("requests.yaml")["requests"]
HTTP: Final = table("requests.yaml")["http"]
CONFIGURATIONS: Final = table("configurations.yaml")
SHARED: Final = [name for name in REQUESTS if "here" not in REQUESTS[name]]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """The file as it is."""
    with MockServer(CONVERSATIONS, port=0) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: MockServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url) as client:
        yield client


@pytest.fixture(scope="module")
def last_client() -> Iterator[httpx2.Client]:
    """The file with the package's rule for replies."""
    config = with_last_replies(load_config(CONVERSATIONS).config)
    with MockServer(config, port=0) as server, httpx2.Client(base_url=server.url) as client:
        yield client


def with_last_replies(config: MockConfig) -> MockConfig:
    responses = [msgspec.structs.replace(response, reply="last") for response in config.responses]
    return msgspec.structs.replace(config, responses=responses)


def ask(client: httpx2.Client, name: str) -> httpx2.Response:
    row = REQUESTS[name]
    body = {"model": "gpt-4o", "messages": row["messages"], **row.get("body", {})}
    return client.post("/v1/chat/completions", json=body, headers={"authorization": "Bearer shop-key"})


def answer(response: httpx2.Response) -> str | int:
    """Name an answer as the tables do."""
    if response.status_code == 200:
        return response.headers["x-mock-response"]
    return "no match" if response.json()["error"]["code"] == "no_match" else response.status_code


def test_what_was_recorded_is_what_the_tables_ask() -> None:
    asked = {name: (row["messages"], row.get("body")) for name, row in REQUESTS.items()}
    recorded = {name: (row["messages"], row.get("body")) for name, row in EXPECTED["requests"].items()}
    assert recorded == asked, "run record.mjs, see README.md"
    assert list(EXPECTED["http"]) == list(HTTP)
    assert list(EXPECTED["configurations"]) == list(CONFIGURATIONS)


def test_the_file_uses_every_response() -> None:
    chosen = {row["answer"] for row in EXPECTED["requests"].values()}
    assert {response.id for response in load_config(CONVERSATIONS).config.responses} <= chosen


def test_key_and_port_come_from_the_file() -> None:
    server = MockServer(CONVERSATIONS)
    assert (server.port, server.api_key) == (3917, "shop-key")


@pytest.mark.parametrize("name", SHARED)
def test_the_same_response_is_chosen(client: httpx2.Client, server: MockServer, name: str) -> None:
    expected = EXPECTED["requests"][name]["answer"]
    assert answer(ask(client, name)) == expected
    exchange = server.last_request
    assert exchange is not None
    assert exchange.matched == (expected if expected in EXPECTED["replies"] else None)


@pytest.mark.parametrize("name", [name for name in REQUESTS if "here" in REQUESTS[name]])
def test_another_response_is_chosen_for_a_reason(client: httpx2.Client, name: str) -> None:
    row = REQUESTS[name]
    assert row["because"]
    assert row["here"] != EXPECTED["requests"][name]["answer"], "the programs agree; remove `here`"
    assert answer(ask(client, name)) == row["here"]


@pytest.mark.parametrize(
    "name", [name for name in SHARED if EXPECTED["requests"][name]["answer"] in EXPECTED["replies"]]
)
def test_reply_last_says_what_the_package_says(last_client: httpx2.Client, name: str) -> None:
    id_ = EXPECTED["requests"][name]["answer"]
    message = ask(last_client, name).json()["choices"][0]["message"]
    said = {"content": message["content"], "tool_calls": message.get("tool_calls")}
    assert said == REPLIES_HERE.get(id_, EXPECTED["replies"][id_])


def test_reply_next_says_the_turn_that_follows(client: httpx2.Client) -> None:
    first = ask(client, "conversation, first message").json()
    third = ask(client, "conversation, first three").json()
    assert first["choices"][0]["message"]["content"] == "What is wrong with it?"
    assert third["choices"][0]["message"]["content"] == "Front or rear?"


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations_that_only_one_program_accepts(name: str) -> None:
    row = CONFIGURATIONS[name]
    assert (row["here"] is None) != (EXPECTED["configurations"][name] is None)
    if row["here"] is None:
        load_text(row["text"])
        return
    with pytest.raises(ConfigError) as caught:
        load_text(row["text"])
    assert row["here"] in str(caught.value)


@pytest.mark.parametrize("name", HTTP)
def test_other_requests(client: httpx2.Client, name: str) -> None:
    row = HTTP[name]
    key = row.get("key", "Bearer shop-key")
    headers = {"content-type": "application/json"} | ({} if key is None else {"authorization": key})
    response = client.request(row["method"], row["path"], headers=headers, content=row.get("body"))
    code = response.json()["error"]["code"] if response.is_error else None
    assert {"status": response.status_code, "code": code} == row.get("here", EXPECTED["http"][name])
    assert "because" not in row or row["here"] != EXPECTED["http"][name], "the programs agree; remove `here`"
