"""The commands for authors: check, explain, init, schema, import.

Exit codes: 0 success; 1 a configuration that cannot be used, or a call that nothing matches; 2 bad arguments; 3 an
import that had to leave something out, under ``--strict``.
"""

from __future__ import annotations

import os
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from openai_mock_api.authoring import explain as explanations
from openai_mock_api.authoring.asking import ask, messages_from
from openai_mock_api.authoring.checking import check
from openai_mock_api.authoring.findings import Sources
from openai_mock_api.authoring.importing import FORMATS, import_text
from openai_mock_api.authoring.schema import schema_of
from openai_mock_api.authoring.starter import CONFIG, TEST, begin
from openai_mock_api.config.files import contents, decoded
from openai_mock_api.config.load import load_file, load_text
from openai_mock_api.config.model import IncludedFile, MockConfig
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ApiError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.config.load import LoadedConfig

FAILED: Final = 1
LEFT_OUT: Final = 3

_CONFIG: Final = click.argument("config", metavar="CONFIG", envvar="OPENAI_MOCK_CONFIG")
_FORMAT: Final = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Format of the output."
)


def _or_problems(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command end with the problems of a configuration."""

    @wraps(command)
    def run(**options: Any) -> None:
        try:
            command(**options)
        except ConfigError as error:
            click.echo(error, err=True)
            sys.exit(FAILED)

    return run


def _load(config: str) -> LoadedConfig:
    return load_text(sys.stdin.buffer.read(), "<stdin>") if config == "-" else load_file(Path(config))


def _json(data: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(data)).decode()


@click.command("check")
@_CONFIG
@click.option("--strict", is_flag=True, help="Fail for warnings too.")
@_FORMAT
def check_command(config: str, strict: bool, form: str) -> None:
    """Look for mistakes in a configuration; CONFIG is a file, or - for stdin.

    First everything that keeps it from being served, else what is doubtful: responses and turns that never answer,
    pairs that one message can fit, conversations that would call tools for ever.
    """
    checked = check(lambda: _load(config))
    click.echo(_json(checked.as_data()) if form == "json" else checked.as_text(config))
    if checked.problems or (strict and checked.of_level("warning")):
        sys.exit(FAILED)


class _InOrder(click.Command):
    """A command that knows in which order the options of messages were given."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(context).parse_args(args=list(args))
        rest = super().parse_args(context, args)
        values = {role: iter(context.params.pop(role)) for role in _ROLES}
        context.params["said"] = [(str(p.name), next(values[str(p.name)])) for p in order if p.name in values]
        return rest


_ROLES: Final = ("system", "user", "assistant", "tool")


@click.command("explain", cls=_InOrder)
@_CONFIG
@click.option("--user", multiple=True, metavar="TEXT", help="A message of the user.")
@click.option("--system", multiple=True, metavar="TEXT", help="A message of the system.")
@click.option("--assistant", multiple=True, metavar="TEXT", help="A message of the assistant.")
@click.option("--tool-result", "tool", multiple=True, metavar="ID=TEXT", help="The result of a tool's call.")
@click.option("--tool", "offered", multiple=True, metavar="NAME", help="A tool that the request offers.")
@click.option("--model", default="gpt-4o", help="The model (default gpt-4o).")
@click.option("--stream", is_flag=True, help="Ask for a stream.")
@click.option("--header", multiple=True, metavar="'NAME: VALUE'", help="A header.")
@click.option("--request", metavar="FILE", help="JSON body of the request, instead of the options; - for stdin.")
@_FORMAT
@_or_problems
def explain_command(
    config: str, said: list[tuple[str, str]], request: str | None, header: tuple[str, ...], form: str, **options: Any
) -> None:
    """Say which response answers a request, and where each other one parted from it.

    Messages stand in the order of their options. Exits with 1 when nothing matches.

    \b
    openai-mock-api explain config.yaml --user Hello
    openai-mock-api explain config.yaml --request body.json --header 'x-tenant: acme'
    """  # noqa: D301 - click's mark for lines to keep is a backspace
    if bool(said) == bool(request):
        raise click.UsageError("Say what is asked: either --user TEXT and the like, or --request FILE.")
    _check_results(said)
    body = _read_body(request) if request else _body(said, **options)
    loaded = _load(config)
    try:
        asked = ask(body, dict(map(_header, header)))
    except ApiError as error:
        raise click.UsageError(f"No call can be made of the request: {error.message}") from None
    found = explanations.explain(Settings.loaded(loaded), asked)
    sources = Sources(loaded.origins)
    as_data, as_text = explanations.as_data(found, sources), explanations.as_text(found, sources)
    click.echo(_json(as_data) if form == "json" else as_text)
    if found.match is None:
        sys.exit(FAILED)


def _check_results(said: list[tuple[str, str]]) -> None:
    for role, text in said:
        id_, equals, _ = text.partition("=")
        if role == "tool" and not (id_ and equals):
            raise click.UsageError(f"{text!r} is not a tool's result; write it as 'call_1=text'.")


def _body(said: list[tuple[str, str]], *, model: str, stream: bool, offered: tuple[str, ...]) -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in offered]
    return {
        "model": model,
        "messages": messages_from(said),
        **({"stream": True} if stream else {}),
        **({"tools": tools} if tools else {}),
    }


def _read_body(name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_read(name), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.UsageError(f"{name} is not a JSON object: {error}") from None


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (colon and name.strip() and text.isascii()):
        raise click.UsageError(f"{text!r} is not a header; write it as 'x-name: value'.")
    return name.strip(), value.strip()


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else contents(Path(name))


@click.command("init")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@_or_problems
def init_command(path: Path, force: bool) -> None:
    """Write a script with comments and a pytest example into a folder, the working directory unless PATH is given."""
    for written in begin(path, force=force):
        click.echo(f"wrote {written}")
    prefix = "" if path == Path() else f"cd {path} && "
    click.echo(
        "\nNext:\n"
        f"  {prefix}pytest {TEST}    run the example; it needs pytest and openai\n"
        f"  {prefix}openai-mock-api check {CONFIG}\n"
        f"  {prefix}openai-mock-api --config {CONFIG}    serve it, on http://127.0.0.1:3000/v1"
    )


@click.command("schema")
@click.option("-o", "--output", metavar="FILE", help="Write to this file instead of stdout.")
@click.option("--included", is_flag=True, help="The schema of a file that another one includes.")
@_or_problems
def schema_command(output: str | None, included: bool) -> None:
    """Print the JSON Schema of configurations, for editors."""
    _write(_json(schema_of(IncludedFile if included else MockConfig)) + "\n", output)


@click.command("import")
@click.argument("file")
@click.option("--from", "tool", type=click.Choice(list(FORMATS)), help="Whose file it is, instead of recognising it.")
@click.option("-o", "--output", metavar="FILE", help="Write to this file instead of stdout.")
@click.option("--strict", is_flag=True, help="Exit with 3 when something was not carried over as it was.")
@_or_problems
def import_command(file: str, tool: str | None, output: str | None, strict: bool) -> None:
    """Turn the file of another mock into a configuration; what could not be carried over is listed on stderr."""
    source = "<stdin>" if file == "-" else file
    imported = import_text(decoded(_read(file), source), source, tool)
    _write(imported.text, output)
    for remark in imported.remarks:
        click.echo(remark, err=True)
    if strict and imported.remarks:
        sys.exit(LEFT_OUT)


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{output}  cannot be written: {os.strerror(error.errno or 0)}; choose another file"
        ) from None


COMMANDS: Final = {
    command.name: command for command in (check_command, explain_command, init_command, schema_command, import_command)
}
