"""The fixtures: how clients of all kinds find the mock, and what remains of it afterwards."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run


CLIENTS = {
    "OpenAI()": """
        assert ask("Hello") == "Hi"
    """,
    "the module's own client": """
        messages = [{"role": "user", "content": "Hello"}]
        assert openai.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message.content == "Hi"
    """,
    "AzureOpenAI()": """
        assert ask("Hello", AzureOpenAI()) == "Hi"
    """,
    "AsyncOpenAI()": """
        async def main():
            async with AsyncOpenAI() as client:
                messages = [{"role": "user", "content": "Hello"}]
                return await client.chat.completions.create(model="gpt-4o", messages=messages)
        assert asyncio.run(main()).choices[0].message.content == "Hi"
    """,
    "a client with the key alone": """
        assert ask("Hello", OpenAI(base_url=openai_mock.base_url.split("/ns/")[0] + "/v1")) == "Hi"
    """,
    "a client with an own key": """
        assert ask("Hello", OpenAI(api_key="sk-of-the-app")) == "Hi"
    """,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_find_the_mock(run: Run, client: str) -> None:
    result = run(f"""
@pytest.mark.parametrize("time", [1, 2])
def test_it(openai_mock, time):
    openai_mock.reply("Hi", to="Hello")
    {indent(dedent(CLIENTS[client]), "    ").strip()}
    assert len(openai_mock.requests) == 1
""")
    result.assert_outcomes(passed=2)


def test_each_test_has_a_mock_of_its_own(run: Run) -> None:
    run("""
def test_first(openai_mock):
    openai_mock.reply("one")
    assert ask("Hello") == "one"

def test_second(openai_mock):
    assert openai_mock.requests == []
    openai_mock.reply("two")
    assert ask("Hello") == "two"
""").assert_outcomes(passed=2)


def test_the_environment_is_as_before_afterwards(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "secret")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    run("""
import os
def test_within(openai_mock):
    assert os.environ["OPENAI_BASE_URL"] == os.environ["OPENAI_API_BASE"] == openai_mock.base_url
    assert os.environ["AZURE_OPENAI_ENDPOINT"] == openai_mock.url
    assert os.environ["OPENAI_API_KEY"] == os.environ["AZURE_OPENAI_API_KEY"] == openai_mock.api_key
    assert os.environ["NO_PROXY"] == "127.0.0.1,localhost,example.org"
    assert "AZURE_OPENAI_AD_TOKEN" not in os.environ

def test_afterwards():
    assert os.environ["OPENAI_BASE_URL"] == "https://elsewhere"
    assert os.environ["NO_PROXY"] == "example.org"
    assert os.environ["AZURE_OPENAI_AD_TOKEN"] == "secret"
    assert "OPENAI_API_KEY" not in os.environ
    assert openai._client is None and openai.api_key is None
""").assert_outcomes(passed=2)


def test_a_proxy_is_not_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    run("""
def test_it(openai_mock):
    openai_mock.reply("Hi")
    assert ask("Hello") == "Hi"
""").assert_outcomes(passed=1)


def test_variables_may_be_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    run(
        """
import os
def test_it(openai_mock):
    assert "OPENAI_API_KEY" not in os.environ
    openai_mock.reply("Hi")
    assert ask("Hello", OpenAI(base_url=openai_mock.base_url, api_key=openai_mock.api_key)) == "Hi"

def test_session(openai_mock_session):
    assert "OPENAI_API_KEY" not in os.environ
""",
        ini="openai_mock_env = off",
    ).assert_outcomes(passed=2)


@pytest.mark.parametrize("plugin", ["asyncio", "anyio"])
def test_async_tests_use_it(run: Run, plugin: str) -> None:
    run(f"""
@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.{plugin}
async def test_it(openai_mock):
    openai_mock.reply("Hi")
    async with AsyncOpenAI() as client:
        messages = [{{"role": "user", "content": "Hello"}}]
        answers = [client.chat.completions.create(model="gpt-4o", messages=messages) for _ in range(3)]
        assert [a.choices[0].message.content for a in await asyncio.gather(*answers)] == ["Hi"] * 3
    assert len(openai_mock.requests) == 3

@pytest.mark.{plugin}
async def test_miss(openai_mock):
    async with AsyncOpenAI() as client:
        try:
            await client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": "Hello"}}])
        except OpenAIError:
            pass
""").assert_outcomes(passed=1, failed=1)


def test_unittest_uses_it(run: Run) -> None:
    result = run("""
import unittest

@pytest.mark.openai_mock(config="flows.yaml")
class TestMarked(unittest.TestCase):
    def test_answers(self):
        self.assertEqual(ask("Hello"), "Hi")

    def test_miss(self):
        swallow("Bye")

    def test_fails_itself(self):
        self.assertEqual(ask("Hello"), "Ho")

class TestAutouse(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def use(self, openai_mock):
        self.mock = openai_mock

    def test_answers(self):
        self.mock.reply("Hi")
        self.assertEqual(ask("Hello"), "Hi")

@pytest.mark.usefixtures("openai_mock")
class TestUsing(unittest.IsolatedAsyncioTestCase):
    async def test_miss(self):
        swallow("Hello")
""")
    result.assert_outcomes(passed=2, failed=3)
    result.stdout.fnmatch_lines(["E*AssertionError: 'Hi' != 'Ho'*"])


# -- the session's mock


def test_clients_of_import_time_find_the_sessions_mock(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    run(
        """
import service
def test_first(openai_mock):
    openai_mock.reply("one")
    assert ask("Hello", service.client) == "one"
    assert ask("Hello") == "one"

def test_second(openai_mock):
    assert openai_mock.requests == []
    openai_mock.reply("two")
    assert ask("Hello", service.client) == "two"

@pytest.mark.openai_mock(config="flows.yaml")
def test_third():
    assert ask("weather?", service.client) == "Sunny"

def test_fourth(openai_mock):
    swallow("weather?")
""",
        ini="openai_mock_env = session",
        service="from openai import OpenAI\nclient = OpenAI()",
        conftest="import service",
    ).assert_outcomes(passed=3, failed=1)


SHARED = "openai_mock_env = session\n"


def test_a_miss_is_its_tests_own_where_all_share_a_mock(run: Run) -> None:
    result = run(
        """
import unittest

def test_without_the_fixture():
    swallow("Hello")

def test_with_it(openai_mock):
    assert openai_mock.requests == []

class TestUnit(unittest.TestCase):
    def test_unit(self):
        swallow("Hello")

def test_last(openai_mock):
    assert openai_mock.requests == []
""",
        "--doctest-modules",
        ini=SHARED,
        documented='def f():\n    """\n    >>> import app; app.swallow("weather")\n    \'I am sorry.\'\n    """',
    )
    result.assert_outcomes(failed=3, passed=2)
    result.stdout.fnmatch_lines(
        [
            "FAILED documented.py::documented.f - Failed: openai-mock: no *",
            "FAILED test_it.py::test_without_the_fixture - Failed: openai-mock: no *",
            "FAILED test_it.py::TestUnit::test_unit - Failed: openai-mock: no *",
        ]
    )


def test_a_miss_of_a_fixture_after_the_test_is_shown_where_all_share_a_mock(run: Run) -> None:
    result = run(
        """
@pytest.fixture
def ended(openai_mock):
    yield
    swallow("Goodbye")

def test_it(ended):
    pass
""",
        ini=SHARED,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*openai-mock: the conversation*", "   user: Goodbye", "*1 request matched no response*"]
    )


def test_fixtures_that_outlive_a_test_use_the_sessions_mock(run: Run) -> None:
    run("""
@pytest.fixture(scope="module")
def service(openai_mock_session):
    openai_mock_session.reply("always", to="Hello")
    return OpenAI()

def test_first(service, openai_mock):
    openai_mock.reply("once", to="Bye")
    assert [ask("Hello", service), ask("Bye", service)] == ["always", "once"]
    assert len(openai_mock.requests) == 2

def test_second(service):
    assert ask("Hello", service) == "always"

def test_miss(service):
    try:
        ask("Bye", service)
    except OpenAIError:
        pass

@pytest.mark.openai_mock(allow_misses=True)
def test_allowed(service, openai_mock_session):
    with pytest.raises(OpenAIError):
        ask("Bye", service)
    assert openai_mock_session.misses

def test_no_longer_allowed(service, openai_mock, openai_mock_session):
    assert openai_mock is openai_mock_session
    assert not openai_mock.misses_allowed

def test_apart(openai_mock):
    openai_mock.reply("apart")
    assert ask("Hello") == "apart"
""").assert_outcomes(passed=5, failed=1)


def test_the_sessions_variables_stay_until_its_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere")
    run("""
import os
def test_first(openai_mock_session):
    pass

def test_second():
    assert os.environ["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")
""").assert_outcomes(passed=2)
    assert __import__("os").environ["OPENAI_BASE_URL"] == "https://elsewhere"


# -- order, time, seeds


def test_a_test_has_its_variables_before_its_other_fixtures(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    run("""
@pytest.fixture(scope="module", autouse=True)
def wide():
    import os
    assert "OPENAI_BASE_URL" not in os.environ

@pytest.fixture
def client():
    with OpenAI() as client:
        yield client

@pytest.mark.openai_mock(config="flows.yaml")
@pytest.mark.parametrize("text", ["weather", "more weather"])
def test_marked(client, text):
    assert ask(text, client) == "Sunny"

@pytest.mark.parametrize("text", ["weather", "more weather"])
def test_named(client, text, openai_mock):
    openai_mock.reply("Sunny")
    assert ask(text, client) == "Sunny"
""").assert_outcomes(passed=4)


def test_the_clock_is_the_systems_again_for_the_next_test(run: Run) -> None:
    run("""
import time
def test_first(openai_mock):
    openai_mock.clock.freeze(0)

def test_second(openai_mock):
    assert abs(openai_mock.clock.now() - time.time()) < 60
""").assert_outcomes(passed=2)


def test_a_seed_gives_a_test_the_same_ids_in_every_run(run: Run) -> None:
    module = """
ids = []
@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.openai_mock(seed=7)
def test_seeded(openai_mock, time):
    openai_mock.reply("Hi")
    messages = [{"role": "user", "content": "Hello"}]
    print("id:", OpenAI().chat.completions.create(model="gpt-4o", messages=messages).id)
"""
    first, second = (run(module, "-s") for _ in range(2))
    ids = [[line for line in result.outlines if "id:" in line] for result in (first, second)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_gates_of_a_test_do_not_hold_up_the_next(run: Run) -> None:
    run("""
def test_first(openai_mock):
    openai_mock.reply("Hi")
    gate = openai_mock.hold()
    threading.Thread(target=swallow, args=["Hello"], daemon=True).start()
    gate.wait()

def test_second(openai_mock):
    openai_mock.reply("Hi")
    assert ask("Hello") == "Hi"
""").assert_outcomes(passed=2)
