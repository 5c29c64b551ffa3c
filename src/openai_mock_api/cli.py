"""The command ``openai-mock-api``. Without a subcommand it serves.

Exit codes: 0 success, 1 configuration or start-up failure, 2 bad arguments, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import signal
import stat
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openai_mock_api.__about__ import __version__
from openai_mock_api.lazy import Lazy

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api import serving
    from openai_mock_api.authoring import commands as authoring
    from openai_mock_api.config.model import Unmatched
else:
    authoring, serving = Lazy("openai_mock_api.authoring.commands"), Lazy("openai_mock_api.serving")

#: The commands for authors. Serving does not load them.
AUTHORING: Final = ("check", "explain", "import", "init", "schema")


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
        "--workers",
        type=click.IntRange(1, 256),
        default=1,
        help="Processes that share the port (default 1). Each has a journal and sequences of its own.",
    ),
    click.option("--seed", type=int, help="Makes ids and random numbers the same in every run."),
    click.option("--watch", is_flag=True, help="Load the configuration again when one of its files changes."),
    click.option(
        "--unmatched",
        type=click.Choice(["error", "echo", "auto"]),
        help="What a call gets that no response matches, instead of what the file says.",
    ),
]


class _Commands(click.Group):
    """All commands; those for authors are loaded when they are asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *AUTHORING])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return authoring.COMMANDS[name] if name in AUTHORING else super().get_command(context, name)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
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
@click.pass_context
def serve_command(context: click.Context, /, **options: Any) -> None:
    """Serve, as without a subcommand. Options may stand on both sides of the word."""
    assert context.parent is not None
    before = {name: value for name, value in context.parent.params.items() if _was_given(context.parent, name)}
    after = {name: value for name, value in options.items() if _was_given(context, name)}
    _serve(**{**options, **before, **after})


def _was_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def main() -> None:
    """Run the command and exit. Until something is served, garbage is not looked for: loading leaves next to none."""
    gc.disable()
    _prepare()
    cli(prog_name="openai-mock-api")


def _prepare() -> None:
    """Take the process as it comes: interrupted while it loads, without stdin, with a stdout that lacks characters."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 - open as long as the process runs
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _serve(*, config: str | None, unmatched: Unmatched | None, **options: Any) -> None:
    """Serve the file that was named, else stdin; on a terminal, or when a policy is given, without a script."""
    if config is None and (_is_piped() or (unmatched is None and not sys.stdin.isatty())):
        config = "-"
    if options["watch"] and config in (None, "-"):
        raise click.UsageError("--watch needs a file to watch; name it with --config PATH")
    text = sys.stdin.buffer.read() if config == "-" else b""
    if unmatched is not None and not text.strip():
        config = None if config == "-" else config
    sys.exit(serving.run(serving.ServeOptions(config=config, text=text, unmatched=unmatched, **options)))


def _is_piped() -> bool:
    """Whether somebody may have put a configuration into stdin."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
