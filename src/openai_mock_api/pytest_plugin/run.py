"""The server of one test process: from the first test that uses it to the end of the run."""

from __future__ import annotations

import os
import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import msgspec
import pytest

from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ConfigError
from openai_mock_api.mock import MockServer, Namespace
from openai_mock_api.pytest_plugin import environment, findings, options
from openai_mock_api.pytest_plugin.trial import Trial
from openai_mock_api.pytest_plugin.verdict import title_of
from openai_mock_api.script.script import Script
from openai_mock_api.testing.reports import counted

if TYPE_CHECKING:
    from collections.abc import Generator

    from openai_mock_api.config.load import ConfigSource, LoadedConfig
    from openai_mock_api.journal import Exchange
    from openai_mock_api.pytest_plugin.options import Options

#: What a test without a configuration begins with: no responses, and any key will do.
EMPTY: Final = Settings(script=Script(()), keys=None, port=0)

#: So many namespaces of earlier tests are watched for requests that come late; a server remembers as many.
WATCHED: Final = 1000

#: So many characters of a test's name are found in the address of its namespace.
NAME: Final = 60

#: What is not found in an address.
_OTHERS: Final = re.compile(r"[^A-Za-z0-9]+")

_TRIAL: Final = pytest.StashKey[Trial]()


class Compiled(NamedTuple):
    """A configuration, ready to serve. ``source`` is the file that it comes from, empty for others."""

    settings: Settings
    source: str = ""


class Closed(NamedTuple):
    """The namespace of a test that has ended."""

    test: str
    namespace: Namespace


class Run:
    """A process's part of a run, as a plugin of pytest. Each test gets its own namespace, or the session's mock."""

    def __init__(self, config: pytest.Config) -> None:
        """Serve. Raises ``ConfigError`` and ``pytest.UsageError`` for what the configuration file says."""
        self._config = config
        self._findings = findings.of(config)
        self._options = options.of_run(config)
        self._span = options.span_of(config)
        self._files: dict[str, Compiled] = {}
        self._attempts: Counter[str] = Counter()
        self._closed: deque[Closed] = deque()
        self._led: pytest.MonkeyPatch | None = None
        self._last = ""
        self.server = MockServer(self._compile(self._options).settings, port=0, seed=self._options.seed).start()

    # -- the session's mock

    def lead(self) -> None:
        """Let clients find the session's mock, until the end of the session."""
        if self._led is None and self._span != "off":
            self._led = pytest.MonkeyPatch()
            environment.lead(self._led, self.server.base_url, self.server.api_key)

    # -- a test's mock

    def begin(self, item: pytest.Item) -> Trial:
        """Prepare the mock of a test. Fails the test if its options cannot be used."""
        wanted = options.of_test(item, self._options)
        try:
            compiled = self._compile(wanted)
        except ConfigError as error:
            options.refuse(item, error)
        self.server.clock.reseed(compiled.settings.seed if wanted.seed is None else wanted.seed)
        shared = self._span == "session" or "openai_mock_session" in item.fixturenames  # type: ignore[attr-defined]
        trial = self._lend(compiled, wanted) if shared else self._open(compiled, wanted, item)
        trial.at_end(self.server.clock.reset)
        trial.at_end(lambda: self._findings.use(compiled.source, trial.used()))
        item.stash[_TRIAL] = trial
        return trial

    def _lend(self, compiled: Compiled, wanted: Options) -> Trial:
        """Lend the session's mock. Afterwards it is as it was, with what fixtures have added."""
        room = self.server._room  # noqa: SLF001 - the server's other side
        before = msgspec.structs.replace(room.settings, script=room.answering.script)
        own = (wanted.config, wanted.unmatched) != (self._options.config, self._options.unmatched)
        room.load(compiled.settings if own else before)
        trial = Trial(self.server, wanted)
        trial.at_end(lambda: room.load(before))
        trial.at_end(self.server.reset)
        return trial

    def _open(self, compiled: Compiled, wanted: Options, item: pytest.Item) -> Trial:
        """Open a namespace. Afterwards it is closed, and watched for requests that come late."""
        namespace = self.server.namespace(self._name(item.nodeid), config=compiled.settings)
        trial = Trial(namespace, wanted)
        if self._span != "off":
            environment.lead(trial.patches, namespace.base_url, namespace.api_key)
        if not wanted.allow_late:
            trial.at_end(lambda: self._watch(Closed(item.nodeid, namespace)))
        trial.at_end(namespace.close)
        return trial

    def _name(self, test: str) -> str:
        """Name the namespace of a test: the same in every run, for its seed, and another when the test runs again."""
        self._attempts[test] += 1
        attempt = self._attempts[test]
        words = _OTHERS.sub("-", test.rpartition("::")[2]).strip("-")[:NAME]
        return f"{words or 'test'}-{crc32(test.encode()):08x}" + (f"-{attempt}" if attempt > 1 else "")

    # -- configurations

    def _compile(self, wanted: Options) -> Compiled:
        """Load what a test wants, files only once."""
        compiled = Compiled(EMPTY) if wanted.config is None else self._loaded(wanted.config)
        if wanted.unmatched is None:
            return compiled
        return compiled._replace(settings=msgspec.structs.replace(compiled.settings, unmatched=wanted.unmatched))

    def _loaded(self, source: ConfigSource) -> Compiled:
        if not isinstance(source, os.PathLike):
            return Compiled(Settings.loaded(load_config(source)))
        path = os.fspath(source)
        if path not in self._files:
            loaded = load_config(source, needs_key=False)
            self._files[path] = Compiled(Settings.loaded(loaded), path)
            self._findings.declare(path, self._places(loaded))
        return self._files[path]

    def _places(self, loaded: LoadedConfig) -> dict[str, str]:
        """Say where each response of a file is written: ``flows/weather.yaml:3``."""
        places = {id_: origin.place() for id_, origin in loaded.origins.items()}
        return {id_: f"{self._shown(place.source)}:{place.line}" for id_, place in places.items()}

    def _shown(self, file: str | None) -> str:
        return os.path.relpath(file or "", self._config.rootpath)

    # -- requests that come late

    def _watch(self, closed: Closed) -> None:
        self._closed.append(closed)
        if len(self._closed) > WATCHED:
            self._note_late(self._closed.popleft())

    def _note_late(self, closed: Closed) -> None:
        if late := closed.namespace.late:
            what = f"{counted(len(late))} came when this test had ended"
            text = f"openai-mock: {what}. Let it wait for the work that it starts."
            self._findings.late.append((closed.test, _listed(text, late)))

    def _note_unmatched(self) -> None:
        """Blame the last test for what the session's mock could not answer outside of any trial."""
        misses = self.server.misses
        if misses and not self._options.allow_misses:
            what = f"no response of the session's mock matched {counted(len(misses))}, and no test was using it"
            text = (
                f"openai-mock: {what}. Such requests come from fixtures that outlive tests, from work that a test "
                "leaves behind, and from tests that do not use the mock."
            )
            self._findings.late.append((self._last, _listed(text, misses)))
        if misses or self._span == "session":
            self.server._room.journal.clear()  # noqa: SLF001 - the next test shall not see it

    # -- hooks

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Note that a test has come to its end. Reports that are made before are those of its subtests."""
        yield
        if _TRIAL in item.stash:
            item.stash[_TRIAL].done = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let a test fail for what it said to the mock, and explain what failed. The last report is the trial's end."""
        report = yield
        if (trial := item.stash.get(_TRIAL, None)) is not None:
            trial.judge(report, item, call)
        if report.when == "teardown":
            if trial is not None:
                del item.stash[_TRIAL]
            self._last = item.nodeid
            self._note_unmatched()
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Report what came late: here, or where the reports of all workers are put together."""
        while self._closed:
            self._note_late(self._closed.popleft())
        if self._last:
            self._note_unmatched()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[findings.KEY] = self._findings.data()
        elif self._findings.tell_late(session.config) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self) -> None:
        """End the server."""
        self.server.stop()
        if self._led is not None:
            self._led.undo()


def _listed(text: str, exchanges: list[Exchange]) -> str:
    return "\n".join([text, *(f"  {title_of(exchange)}" for exchange in exchanges)])


_RUN: Final = pytest.StashKey[Run]()


def of(config: pytest.Config) -> Run:
    """Return the process's part of a run, which begins with that. Raises ``pytest.UsageError``."""
    __tracebackhide__ = True
    if _RUN not in config.stash:
        try:
            config.stash[_RUN] = Run(config)
        except ConfigError as error:
            raise pytest.UsageError(f"openai-mock: openai_mock_config cannot be used\n{error}") from None
        config.pluginmanager.register(config.stash[_RUN], "openai_mock_run")
    return config.stash[_RUN]


def in_test(config: pytest.Config) -> Run:
    """Return the same, and fail the test that asks if the run cannot begin."""
    try:
        return of(config)
    except pytest.UsageError as error:
        pytest.fail(str(error), pytrace=False)
