"""Serving as a process: the command's options, the log, the signals, one worker or several."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import msgspec

from openai_mock_api.config.load import load_file, load_text
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import MockError
from openai_mock_api.server.app import App
from openai_mock_api.server.logs import NAME, REQUESTS, LogFormat, file_handler, stdout_handler
from openai_mock_api.server.reload import Loaded, Reload, Watch
from openai_mock_api.server.runner import Service, bind, serve, url_of
from openai_mock_api.server.workers import Supervisor

if TYPE_CHECKING:
    import socket
    from types import FrameType

log = logging.getLogger(NAME)

#: Seconds that answers under way get to finish after a signal. A second signal cuts them.
GRACE: Final = 8.0

FAILED: Final = 1
INTERRUPTED: Final = 130

SNIPPET: Final = """\
No configuration was given: every call is answered with generated text, for any key. Try it:

    from openai import OpenAI

    client = OpenAI(base_url="{url}/v1", api_key="test-key")
    answer = client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": "Hello"}}])
    print(answer.choices[0].message.content)

    curl {url}/v1/chat/completions -H "Content-Type: application/json" \\
      -d '{{"model": "gpt-4o", "messages": [{{"role": "user", "content": "Hello"}}]}}'

Give it a script with: openai-mock-api --config config.yaml
"""


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the command, as given: None where the configuration decides.

    ``config`` is a file's name, or ``-`` for ``text``, which was read from stdin; None serves without a script.
    """

    config: str | None = None
    text: bytes = b""
    port: int | None = None
    host: str | None = None
    api_key: str | None = None
    log_file: str | None = None
    log_format: LogFormat = "text"
    verbose: bool = False
    quiet: bool = False
    unmatched: Literal["error", "echo", "auto"] | None = None
    seed: int | None = None
    workers: int = 1
    watch: bool = False

    def settings(self) -> Settings:
        """Load the configuration, and let the options override it. Raises ``ConfigError``."""
        return self.loaded().settings

    def loaded(self) -> Loaded:
        """Do the same, and say which files were read."""
        configured = self._configured()
        changes = {
            "port": self.port,
            "host": self.host,
            "unmatched": self.unmatched,
            "seed": self.seed,
            "keys": (self.api_key,) if self.api_key else None,  # an empty variable is one that is not set
        }
        given = {name: value for name, value in changes.items() if value is not None}
        return configured._replace(settings=msgspec.structs.replace(configured.settings, **given))

    def _configured(self) -> Loaded:
        needs_key = not self.api_key
        if self.config is None:
            return Loaded(Settings.zero(), ())
        if self.config == "-":
            loaded = load_text(self.text, "<stdin>", needs_key=needs_key)
        else:
            loaded = load_file(Path(self.config), needs_key=needs_key)
        return Loaded(Settings.loaded(loaded), loaded.files)

    def app(self, loaded: Loaded) -> App:
        """Build the app that serves what was loaded, and keep it so if that was asked for."""
        app = App(loaded.settings)
        if self.watch:
            Watch(Reload(app, loaded.files, self.loaded))
        return app

    def configure_logging(self) -> None:
        """Log to stdout, and to the file that was asked for. Raises ``OSError`` when it cannot be opened."""
        log.addHandler(stdout_handler(self.log_format))
        if self.log_file is not None:
            log.addHandler(file_handler(self.log_file))
        log.setLevel(logging.DEBUG if self.verbose else logging.INFO)
        log.propagate = False
        if self.quiet:
            logging.getLogger(REQUESTS).setLevel(logging.WARNING)


def run(options: ServeOptions) -> int:
    """Serve until a signal ends it; return the exit code."""
    try:
        options.configure_logging()
        loaded = options.loaded()
        settings = loaded.settings
        gc.freeze()  # what has been loaded stays, and need not be looked through again
        gc.enable()
        listener = bind(settings.host, settings.port)
    except (MockError, OSError) as error:
        _report_failure(error)
        return FAILED
    code = _run_alone(options, loaded, listener) if options.workers == 1 else _run_workers(options, settings, listener)
    log.info("Mock OpenAI API server stopped")
    return code


def _report_failure(error: Exception) -> None:
    """Say why the server did not start: in one line, or one for each problem of a configuration."""
    lines = str(error).splitlines()
    message = lines[0] if len(lines) == 1 else "\n  ".join(["", *lines])
    print(f"Failed to start server: {message}", file=sys.stderr)


def _run_alone(options: ServeOptions, loaded: Loaded, listener: socket.socket) -> int:
    port = listener.getsockname()[1]
    service = Service(options.app(loaded), on_ready=lambda: _announce(loaded.settings, port))
    signals = _Signals(_Alone(service))
    serve(service, listener)
    return signals.exit_code


def _run_workers(options: ServeOptions, settings: Settings, listener: socket.socket) -> int:
    port = listener.getsockname()[1]
    supervisor = Supervisor(options.workers, listener, make_app, options, GRACE)
    signals = _Signals(supervisor)
    started = supervisor.run(lambda: _announce(settings, port, options.workers))
    return signals.exit_code if started else FAILED


def make_app(options: ServeOptions) -> App:
    """Build the app of one worker process."""
    options.configure_logging()
    return options.app(options.loaded())


def _announce(settings: Settings, port: int, workers: int = 1) -> None:
    log.info("Mock OpenAI API server started on port %d", port)
    if workers > 1:
        log.info("%d workers, each with a journal, sequences and ids of its own", workers)
    if not settings.script.flows and settings.unmatched == "auto" and settings.keys is None:
        with suppress(OSError):  # nobody reads it
            print(SNIPPET.format(url=url_of(settings.host, port)), flush=True)


class _Stoppable(Protocol):
    @property
    def stopping(self) -> bool: ...

    def stop(self) -> None: ...

    def cut(self) -> None: ...


class _Alone:
    """A service in this process, to be stopped like a supervisor."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def stopping(self) -> bool:
        return self._service.should_exit

    def stop(self) -> None:
        self._service.stop(GRACE)

    def cut(self) -> None:
        self._service.cut()


class _Signals:
    """What signals do: the first begins the end and lets answers finish, the second cuts them."""

    def __init__(self, served: _Stoppable) -> None:
        self._served = served
        self.exit_code = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._served.stopping:
            self._served.cut()
            return
        self.exit_code = INTERRUPTED if number == signal.SIGINT else 0
        log.info("Shutting down server...")
        self._served.stop()
