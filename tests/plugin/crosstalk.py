"""Two hundred tests in two processes that do all they can to disturb each other. ``python -m tests.plugin.crosstalk``.

Forty tests each ask plainly, leave a client behind with which threads ask during the next test, hold answers back, get
errors, and miss; all clients of a process share their connections. Whatever reaches the wrong test shows in its counts
or in its texts. With a number as argument, so many runs (20 without one); the exit code is 1 as soon as one of them is
not as it should be.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

FLOWS: Final = """\
api_key: null
responses:
  - id: greeting
    messages:
      - {role: user, content: Hello}
      - {role: assistant, content: Hi}
  - id: counted
    messages:
      - {role: user, content: Count}
      - {role: assistant, sequence: [{content: one}, {content: two}], then: miss}
"""

SUITE: Final = '''\
import threading

import httpx2
import pytest
from openai import BadRequestError, OpenAI, RateLimitError

connections = httpx2.Client()
left_behind = []

def ask(client, text):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message.content

def ask_late(client):
    """Ask by a client of an earlier test. It must be told so, and get nobody's answer."""
    for text in ("Hello", "Count", "own"):
        with pytest.raises(BadRequestError, match="is closed: its test has ended"):
            ask(client, text)

@pytest.fixture(scope="session", autouse=True)
def the_last_is_late_too():
    yield
    while left_behind:
        ask_late(left_behind.pop())
    connections.close()

@pytest.fixture
def disturbed():
    """Let clients of earlier tests ask for as long as the test lasts."""
    threads = [threading.Thread(target=ask_late, args=[left_behind.pop()]) for _ in list(left_behind)]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()

def check(mock, number, texts):
    """Whatever came is this test's: the shared responses answer it from the start, its own answer is its own."""
    client = OpenAI(max_retries=0, http_client=connections)
    mock.reply(f"answer {number}", to="own")
    assert [ask(client, text) for text in texts] == [
        {"Hello": "Hi", "own": f"answer {number}"}.get(text, "one") for text in texts
    ]
    assert [exchange.user for exchange in mock.requests] == texts
    return client

@pytest.mark.parametrize("number", range(200))
@pytest.mark.openai_mock(config="flows.yaml")
def test_it(openai_mock, disturbed, number):
    client = check(openai_mock, number, ["Hello", "own", "Count", "own"])
    match number % 5:
        case 1:
            left_behind.append(client)
        case 2:
            with openai_mock.hold("greeting") as gate:
                answers = []
                thread = threading.Thread(target=lambda: answers.append(ask(client, "Hello")))
                thread.start()
                assert gate.wait().user == "Hello"
                assert ask(client, "own") == f"answer {number}"
                gate.release()
                thread.join()
            assert answers == ["Hi"]
        case 3:
            openai_mock.fail("rate_limit", times=1)
            with pytest.raises(RateLimitError):
                ask(client, "Hello")
            assert ask(client, "Hello") == "Hi"
        case 4:
            assert ask(client, "Count") == "two"
            with pytest.raises(BadRequestError, match="a sequence that is not used up"):
                ask(client, "Count")
'''

#: What is to come of it: the misses fail their tests, late requests are errors of theirs.
EXPECTED: Final = Counter(passed=160, failed=40, errors=40)


def run(folder: Path) -> tuple[Counter[str], str]:
    """Run the suite once. Return how many tests passed, failed and had errors, and what was printed."""
    (folder / "flows.yaml").write_text(FLOWS, encoding="utf-8")
    (folder / "test_crosstalk.py").write_text(SUITE, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n2", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "."]
    printed = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    return counts(printed), printed


def counts(printed: str) -> Counter[str]:
    """Read the last line: ``40 failed, 160 passed, 40 errors in 5.00s``."""
    last = printed.rstrip().rpartition("\n")[2]
    return Counter({what: int(number) for number, what in re.findall(r"(\d+) (passed|failed|errors)", last)})


def strangers(printed: str) -> list[str]:
    """Return the tests that are reported for what should not be theirs."""
    kinds = {"FAILED": 4, "ERROR": 1}
    reported = re.findall(r"^(FAILED|ERROR) (\S+\[(\d+)\])", printed, re.MULTILINE)
    return [f"{what} {test}" for what, test, number in reported if int(number) % 5 != kinds[what]]


def main(runs: int) -> int:
    """Run the suite so often. Return the exit code."""
    for number in range(1, runs + 1):
        with TemporaryDirectory() as folder:
            found, printed = run(Path(folder))
        wrong = strangers(printed)
        print(f"run {number} of {runs}: {dict(found)}", *wrong, flush=True)
        if found != EXPECTED or wrong:
            print(printed)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
