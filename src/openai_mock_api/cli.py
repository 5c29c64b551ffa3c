"""The command ``openai-mock-api``. Without a subcommand it serves.

Exit codes: 0 success, 1 configuration or start-up failure, 2 bad arguments, 130 interrupted.
"""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from openai_mock_api.__about__ import __version__
from openai_mock_api.config.load import load_file, load_text
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import MockError
from openai_mock_api.server.app import App
from openai_mock_api.server.logs import NAME, REQUESTS, file_handler, stdout_handler
from openai_mock_api.server.runner import Service, bind, serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

log = logging.getLogger(NAME)

#: Seconds that answers under way get to finish after a signal. A second signal cuts them.
GRACE: Final = 8.0

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


def serve_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of serving to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = [
    click.option(
        "-c",
        "--config",
        metavar="PATH",
        envvar="OPENAI_MOCK_CONFIG",
        help="YAML file with the script; - reads it from stdin, which is also read when no file is named.",
    ),
    click.option(
        "-p",
        "--port",
        type=click.IntRange(0, 65535),
        envvar="OPENAI_MOCK_PORT",
        help="TCP port (default 3000); 0 picks a free one.",
    ),
    click.option("--host", envvar="OPENAI_MOCK_HOST", help="Address to listen on (default 127.0.0.1)."),
    click.option(
        "--api-key", envvar="OPENAI_MOCK_API_KEY", help="The key that clients must send, instead of the file's."
    ),
    click.option(
        "-l",
        "--log-file",
        metavar="PATH",
        envvar="OPENAI_MOCK_LOG_FILE",
        help="Also write the log to this file, as JSON lines.",
    ),
    click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", help="Format of the log on stdout."
    ),
    click.option("-v", "--verbose", is_flag=True, help="Log how each request was matched."),
    click.option("-q", "--quiet", is_flag=True, help="Log no request lines."),
    click.option(
        "--unmatched",
        type=click.Choice(["error", "echo", "auto"]),
        help="What a call gets that no response matches, instead of what the file says.",
    ),
]


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@serve_options
@click.version_option(__version__, "-V", "--version", message="%(version)s")
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Serve a mock OpenAI API from a script of conversations.

    \b
    openai-mock-api -c config.yaml -p 3000 -l mock.log -v
    cat config.yaml | openai-mock-api
    openai-mock-api                       answers anything, without a script
    """  # noqa: D301 - click's mark for lines to keep is a backspace
    if context.invoked_subcommand is None:
        _serve(**options)


@cli.command("serve")
@serve_options
def serve_command(**options: Any) -> None:
    """Serve, as without a subcommand."""
    _serve(**options)


def main() -> None:
    """Run the command and exit."""
    cli(prog_name="openai-mock-api")


def _serve(*, verbose: bool, quiet: bool, log_format: str, log_file: str | None, **options: Any) -> None:
    try:
        _configure_logging(verbose, quiet, log_format, log_file)
        settings = _settings(**options)
        listener = bind(settings.host, settings.port)
    except (MockError, OSError) as error:
        _report_failure(error)
        sys.exit(1)
    port = listener.getsockname()[1]
    service = Service(App(settings), on_ready=lambda: _announce(settings, port))
    interruption = _Interruption(service)
    serve(service, listener)
    log.info("Mock OpenAI API server stopped")
    sys.exit(interruption.exit_code)


def _report_failure(error: Exception) -> None:
    """Say why the server did not start: in one line, or one for each problem of a configuration."""
    lines = str(error).splitlines()
    message = lines[0] if len(lines) == 1 else "\n  ".join(["", *lines])
    click.echo(f"Failed to start server: {message}", err=True)


def _configure_logging(verbose: bool, quiet: bool, log_format: str, log_file: str | None) -> None:
    log.addHandler(stdout_handler("json" if log_format == "json" else "text"))
    if log_file is not None:
        log.addHandler(file_handler(log_file))
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    log.propagate = False
    if quiet:
        logging.getLogger(REQUESTS).setLevel(logging.WARNING)


def _settings(
    *, config: str | None, port: int | None, host: str | None, api_key: str | None, unmatched: str | None
) -> Settings:
    settings = _configured(config, unmatched, needs_key=api_key is None)
    changes = {"port": port, "host": host, "unmatched": unmatched, "keys": (api_key,) if api_key else None}
    return msgspec.structs.replace(settings, **{name: value for name, value in changes.items() if value is not None})


def _configured(config: str | None, unmatched: str | None, *, needs_key: bool) -> Settings:
    """Read the file that was named, else stdin; on a terminal, or when a policy is given, serve without a script."""
    if config is not None and config != "-":
        return Settings.of(load_file(Path(config), needs_key=needs_key).config)
    if config is None and (unmatched is not None or sys.stdin.isatty()):
        return Settings.zero()
    return Settings.of(load_text(sys.stdin.buffer.read(), "<stdin>", needs_key=needs_key).config)


def _announce(settings: Settings, port: int) -> None:
    log.info("Mock OpenAI API server started on port %d", port)
    if not settings.script.flows:
        click.echo(SNIPPET.format(url=f"http://{settings.host}:{port}"))


class _Interruption:
    """What signals do: the first begins the end and lets answers finish, the second cuts them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.exit_code = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._service.should_exit:
            self._service.cut()
            return
        self.exit_code = INTERRUPTED if number == signal.SIGINT else 0
        log.info("Shutting down server...")
        self._service.stop(GRACE)
